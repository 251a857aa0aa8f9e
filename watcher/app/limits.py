"""How long the daemon's jobs may take."""

from collections.abc import Mapping
from dataclasses import dataclass

from watcher.adapters.channels.sender import SEND_TIMEOUT
from watcher.app.compose import Watch
from watcher.app.progress import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long what may take, in seconds."""

    poll: float = 3600
    """One poll without a mail taken in."""
    send: float = 900
    """One run of a channel without an alert sent."""
    drought: float = 900
    """Runs of a job that all fail."""
    stop: float = 20
    """The wait for a poll or a tick at the end: what they did is whole, the rest comes again."""
    stop_sending: float = SEND_TIMEOUT + 10
    """The wait for a send at the end: broken off it might be repeated."""
    look: float = 5
    """Between two looks at the clock and at the jobs."""


def make_bounds(watch: Watch, limits: Limits) -> Mapping[str, Bounds]:
    """What is normal for each job of `watch`, by the job's name."""
    drought = limits.drought
    bounds = {
        "tick": Bounds(run=120, pause=120, drought=drought),
        "proof": Bounds(run=120, pause=300, drought=drought),
    }
    for name, account in watch.accounts.items():
        pause = account.poll.total_seconds() + 300
        # One failure is followed by a whole interval in which nothing can succeed.
        longest = drought + account.poll.total_seconds()
        bounds[f"poll:{name}"] = Bounds(run=limits.poll, pause=pause, drought=longest)
    for name in watch.channels:
        bounds[f"send:{name}"] = Bounds(run=limits.send, pause=300, drought=drought)
    return bounds
