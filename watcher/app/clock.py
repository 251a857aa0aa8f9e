"""Where the time comes from: the machine, or a rehearsal's own clock."""

from dataclasses import dataclass
from datetime import UTC, datetime

from watcher.adapters.machine_clock import machine_now
from watcher.flow.ports import Now


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Always the same moment: `--now`."""

    moment: datetime

    def __call__(self) -> datetime:
        """The moment."""
        return self.moment


def choose_clock(text: str | None) -> Now:
    """The machine's clock, or one that stands at `text` (ISO 8601, UTC where it names no zone).

    Raises:
        ValueError: `text` is no time.

    """
    if text is None:
        return machine_now
    moment = datetime.fromisoformat(text)
    return FixedClock(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
