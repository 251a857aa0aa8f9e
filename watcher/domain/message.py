"""A mail after parsing: what the rest of the program sees of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Authenticity(StrEnum):
    """Whether a mail was proven to come from the sender it names."""

    PASS = "pass"  # noqa: S105 -- RFC 8601's word for a good signature, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """One mail as the mailbox holds it, with the time the server says it came in."""

    content: bytes = field(repr=False)
    received_at: datetime | None
    """INTERNALDATE or the file's own time; `None` where the source has neither."""

    def __post_init__(self) -> None:
        if self.received_at is not None and self.received_at.tzinfo is None:
            raise ValueError("received_at needs a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A link as the page shows it, raw: not normalised, may hold anything. Never followed."""

    target: str = field(repr=False)
    text: str = field(repr=False, default="")
    """The text of the link, lines kept."""
    image: str = field(repr=False, default="")
    """What stands in for the link's first image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A parsed mail. Private text stays out of `repr`."""

    digest: str
    """Identity by content: equal for the same mail in another folder or account."""
    sender: str
    """The From address, lower case; empty where the line is not exactly one address."""
    subject: str = field(repr=False)
    text: str = field(repr=False)
    """The visible text, normalised (NFKC, plain spaces, no invisible characters), lines kept."""
    links: tuple[str, ...] = field(repr=False, default=())
    """Targets of the links, HTML entities decoded. Read for order numbers, never followed."""
    anchors: tuple[Anchor, ...] = field(repr=False, default=())
    """Those links that lead to a thing that is sold or to a store, as the page shows them."""
    sent_at: datetime | None
    """The Date header in UTC; `None` where it is missing or no date."""
    authenticity: Authenticity
    disguised: bool = False
    """Whether its From line has AliExpress's name in it, and the address of somebody else."""
    proof_pending: bool = False
    """Whether it has a signature whose key could not be looked up: a later try may prove it."""
