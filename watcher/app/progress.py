"""Real progress, for the watchdog: which jobs got somewhere when, and which have not for long."""

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
    drought: float = 900
    """The longest time in which every run may fail, from the first that did."""


@dataclass(slots=True)
class _Track:
    since: float
    running: bool = False
    failing_since: float | None = None


@dataclass(slots=True)
class Progress:
    """Notes how every run begins, goes on and ends. Safe to share between threads."""

    bounds: Mapping[str, Bounds]
    clock: Callable[[], float] = monotonic
    _tracks: dict[str, _Track] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        start = self.clock()
        self._tracks = {name: _Track(start) for name in self.bounds}

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Mark one run of a job; one that raises is an end, and no success."""
        with self._lock:
            track = self._tracks[name]
            track.since, track.running = self.clock(), True
        failed = True
        try:
            yield
            failed = False
        finally:
            with self._lock:
                track.since, track.running = self.clock(), False
                if not failed:
                    track.failing_since = None
                elif track.failing_since is None:
                    track.failing_since = track.since

    def note(self, name: str) -> None:
        """Note that a run under way got a piece further: a long run is not a stuck one."""
        with self._lock:
            self._tracks[name].since = self.clock()

    def stuck(self) -> list[str]:
        """The jobs that have run, not been run, or only failed, for longer than is normal."""
        now = self.clock()
        with self._lock:
            return [
                name
                for name, track in self._tracks.items()
                if _is_stuck(track, self.bounds[name], now)
            ]

    def running(self) -> list[str]:
        """The jobs that run at this moment."""
        with self._lock:
            return [name for name, track in self._tracks.items() if track.running]


def _is_stuck(track: _Track, bounds: Bounds, now: float) -> bool:
    if track.failing_since is not None and now - track.failing_since > bounds.drought:
        return True
    return now - track.since > (bounds.run if track.running else bounds.pause)
