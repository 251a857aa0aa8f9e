"""What can be learnt from a cancellation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Advice for one reason of a cancellation; a line that is empty is not shown."""

    order: str = ""
    """For the order that was cancelled."""
    next: str = ""
    """For the next order."""
