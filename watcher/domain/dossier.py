"""Everything about one order, gathered to be handed to a bank or attached to a dispute."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from watcher.domain.case import Case
from watcher.domain.deadline import Deadline
from watcher.domain.event import Event, EventKind
from watcher.domain.kept_mail import KeptMail
from watcher.domain.told import ToldAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A mail that spoke of the order."""

    mail: KeptMail
    """With its content; `content` is `None` where only the record was kept."""
    kinds: tuple[EventKind, ...]
    """What it said of the order."""
    other_orders: int
    """Of how many other orders it speaks as well: whoever gets the mail learns of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    event: Event
    changed_nothing: str | None = None
    """Why the event does not count: it did not fit the case."""
    taken_back: bool = False
    """Whether the person said so and took it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLetter:
    """A letter that went with a step the person did."""

    at: datetime
    """When the person said that they did the step."""
    step: str
    title: str
    """What the person did: `contact the seller`."""
    text: str = field(repr=False)
    """As it was proposed: filled in with what was known just before the step was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything about one order, as it stands at a moment."""

    made_at: datetime
    zone: tzinfo
    """The person's: decides on which day something happened."""
    case: Case
    clocks: tuple[Deadline, ...]
    """Every clock that runs or ran, the earliest last day first."""
    papers: tuple[Paper, ...]
    history: tuple[Entry, ...]
    letters: tuple[SentLetter, ...]
    alerts: tuple[ToldAlert, ...]
    notes: int
    """How many remarks of the person's are in the history."""
    notes_left_out: int
