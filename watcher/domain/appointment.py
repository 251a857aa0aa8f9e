"""One deadline as a calendar shows it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A whole day in the person's calendar."""

    uid: str
    """The same for the same clock of the same order, whatever its date becomes."""
    day: date
    """The last day of the clock, as the person's calendar has it."""
    title: str = field(repr=False)
    text: str = field(repr=False)
    """Plain text of several lines."""
    link: str
    revision: int
    """Grows with everything that happens to the order: the greater one is the newer."""
    changed_at: datetime
    """When something happened to the order last."""
    cancelled: bool = False
    """The deadline binds nobody any more: a calendar that shows it is to take it away."""
    remind: timedelta | None = None
    """How long before the day begins to remind of it; `None` where that time has passed."""
