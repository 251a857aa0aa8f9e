"""The watchdog is fed by real progress only."""

import pytest

from watcher.app.progress import Bounds, Progress


class Seconds:
    """A clock in seconds that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The seconds."""
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    """Answer a clock that stands."""
    return Seconds()


@pytest.fixture
def progress(seconds: Seconds) -> Progress:
    """Answer the progress of two jobs: a quick tick, and a poll that may take long."""
    bounds = {"tick": Bounds(run=10, pause=60), "poll": Bounds(run=300, pause=900)}
    return Progress(bounds, seconds)


def test_nothing_is_stuck_at_the_beginning(progress: Progress, seconds: Seconds) -> None:
    """Every job has its pause before its first run."""
    assert progress.stuck() == []
    seconds.now += 60
    assert progress.stuck() == []


def test_job_that_is_never_run_is_stuck(progress: Progress, seconds: Seconds) -> None:
    """A scheduler that died feeds no watchdog."""
    seconds.now += 61
    assert progress.stuck() == ["tick"]


def test_job_that_runs_too_long_is_stuck(progress: Progress, seconds: Seconds) -> None:
    """While it runs it has its own bound, and the end of the run mends it."""
    with progress.run("tick"):
        assert progress.running() == ["tick"]
        seconds.now += 10
        assert progress.stuck() == []
        seconds.now += 1
        assert progress.stuck() == ["tick"]
    assert progress.stuck() == []
    assert progress.running() == []


def test_failing_run_is_progress_too(progress: Progress, seconds: Seconds) -> None:
    """An unreachable server is no reason to be killed: the run came to its end."""
    seconds.now += 59
    with pytest.raises(OSError, match="away"), progress.run("tick"):
        raise OSError("away")
    seconds.now += 59
    assert progress.stuck() == []


def test_jobs_are_judged_each_by_its_own_bounds(progress: Progress, seconds: Seconds) -> None:
    """A quick tick does not cover for a poll that hangs."""
    with progress.run("poll"):
        for _ in range(31):
            seconds.now += 10
            with progress.run("tick"):
                pass
        assert progress.stuck() == ["poll"]
