"""What a mailbox hands over, one step at a time."""

from dataclasses import dataclass

from watcher.domain.message import RawMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One step forward through a folder: a mail, or a stretch in which none was for us."""

    folder: str
    cursor: str
    """The position after this step. Opaque: only the source that made it can read it."""
    mail: RawMail | None = None
    refusal: str | None = None
    """Why a candidate was not fetched (`larger than 5 MB`); it is set aside with a record."""
    remaining: int = 0
    """How many candidates of this folder are still to come in this poll."""
