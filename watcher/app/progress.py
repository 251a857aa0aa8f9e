"""Real progress, for the watchdog: which jobs ended when, and which have run too long."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is normal for a job, in seconds."""

    run: float
    """The longest one run may take."""
    pause: float
    """The longest time between the end of one run and the start of the next."""


@dataclass(slots=True)
class _Track:
    since: float
    running: bool = False


@dataclass(slots=True)
class Progress:
    """Notes the beginning and the end of every run. Safe to share between threads."""

    bounds: Mapping[str, Bounds]
    clock: Callable[[], float] = monotonic
    _tracks: dict[str, _Track] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        start = self.clock()
        self._tracks = {name: _Track(start) for name in self.bounds}

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Mark one run of a job."""
        self._note(name, running=True)
        try:
            yield
        finally:
            self._note(name, running=False)

    def stuck(self) -> list[str]:
        """The jobs that have run, or not been run, for longer than is normal."""
        now = self.clock()
        with self._lock:
            return [
                name
                for name, track in self._tracks.items()
                if now - track.since
                > (self.bounds[name].run if track.running else self.bounds[name].pause)
            ]

    def running(self) -> list[str]:
        """The jobs that run at this moment."""
        with self._lock:
            return [name for name, track in self._tracks.items() if track.running]

    def _note(self, name: str, *, running: bool) -> None:
        with self._lock:
            self._tracks[name] = _Track(self.clock(), running)
