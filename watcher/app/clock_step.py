"""Notices that the machine's clock was set, or that the machine slept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from watcher.adapters.machine_clock import machine_now
from watcher.flow.ports import Now

SMALLEST: Final = timedelta(seconds=60)
"""What counts as a step. Less is a clock that is being slewed, or a machine under load."""


@dataclass(slots=True)
class ClockStep:
    """Compares the clock on the wall with one that nobody sets and that stands during sleep."""

    wall: Now = machine_now
    steady: Callable[[], float] = monotonic
    _wall_then: datetime = field(init=False)
    _steady_then: float = field(init=False)

    def __post_init__(self) -> None:
        self._wall_then, self._steady_then = self.wall(), self.steady()

    def look(self) -> timedelta | None:
        """How far the clock jumped since the last look; `None` where it did not."""
        wall, steady = self.wall(), self.steady()
        step = wall - self._wall_then - timedelta(seconds=steady - self._steady_then)
        self._wall_then, self._steady_then = wall, steady
        return step if abs(step) > SMALLEST else None
