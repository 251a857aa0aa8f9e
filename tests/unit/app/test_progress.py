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


def fail(progress: Progress, name: str) -> None:
    """Run a job that does not succeed."""
    with pytest.raises(OSError, match="away"), progress.run(name):
        raise OSError("away")


def test_failing_run_is_no_progress(progress: Progress, seconds: Seconds) -> None:
    """Runs that all fail for long are stuck, however briskly they come and go."""
    for _ in range(16):
        seconds.now += 59
        assert "tick" not in progress.stuck()
        fail(progress, "tick")
    seconds.now += 59
    assert "tick" in progress.stuck()
    with progress.run("tick"):
        assert "tick" in progress.stuck(), "the next try has yet to succeed"


def test_one_good_run_mends_all_that_failed(progress: Progress, seconds: Seconds) -> None:
    """A disk that was full for a while is no reason for a restart afterwards."""
    for _ in range(40):
        seconds.now += 59
        fail(progress, "tick")
        with progress.run("tick"):
            pass
        assert "tick" not in progress.stuck()


def test_long_run_that_gets_on_is_not_stuck(progress: Progress, seconds: Seconds) -> None:
    """Ten years of mail take hours to read the first time."""
    with progress.run("poll"):
        for _ in range(20):
            seconds.now += 299
            assert "poll" not in progress.stuck()
            progress.note("poll")
        seconds.now += 301
        assert "poll" in progress.stuck()


def test_jobs_are_judged_each_by_its_own_bounds(progress: Progress, seconds: Seconds) -> None:
    """A quick tick does not cover for a poll that hangs."""
    with progress.run("poll"):
        for _ in range(31):
            seconds.now += 10
            with progress.run("tick"):
                pass
        assert progress.stuck() == ["poll"]
