"""Jobs on the real scheduler: nothing late is dropped, and nothing runs twice at once."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest

from watcher.adapters.scheduler import JobScheduler
from watcher.app.clock import FixedClock, choose_clock

PATIENCE = 30.0
SELDOM = timedelta(hours=9)


@pytest.fixture
def errors() -> list[BaseException]:
    """Answer where a job's errors are kept."""
    return []


@pytest.fixture
def scheduler(errors: list[BaseException]) -> Iterator[JobScheduler]:
    """Answer a running scheduler with two pools."""
    scheduler = JobScheduler(pools={"mail": 1, "default": 1}, on_error=errors.append)
    scheduler.start()
    yield scheduler
    scheduler.stop()


def test_job_runs_at_once_and_again(scheduler: JobScheduler) -> None:
    """The first poll does not wait for the end of the first interval."""
    runs: list[float] = []
    twice = threading.Event()

    def job() -> None:
        runs.append(monotonic())
        if len(runs) >= 2:
            twice.set()

    scheduler.repeat("tick", job, timedelta(seconds=0.05), pool="default")
    assert twice.wait(PATIENCE)


def _release(runs: threading.Semaphore) -> Callable[[], None]:
    def job() -> None:
        runs.release()

    return job


def test_job_in_a_hurry_does_not_wait_for_its_time(scheduler: JobScheduler) -> None:
    """The doorbell rings: the next poll is now."""
    runs = threading.Semaphore(0)
    scheduler.repeat("poll", _release(runs), SELDOM, pool="mail")
    assert runs.acquire(timeout=PATIENCE)
    scheduler.hurry("poll")
    assert runs.acquire(timeout=PATIENCE)


def test_hurry_of_an_unknown_job_is_no_error(scheduler: JobScheduler) -> None:
    """An account that was taken away may still ring once."""
    scheduler.hurry("gone")


def test_job_is_never_run_twice_at_once(scheduler: JobScheduler) -> None:
    """A poll that takes longer than its interval is not joined by a second one."""
    running = threading.Semaphore(1)
    overlaps: list[str] = []
    release, started = threading.Event(), threading.Event()

    def job() -> None:
        if not running.acquire(blocking=False):
            overlaps.append("twice")
        started.set()
        release.wait(PATIENCE)
        running.release()

    scheduler.repeat("poll", job, timedelta(seconds=0.02), pool="mail")
    assert started.wait(PATIENCE)
    done = threading.Event()
    scheduler.repeat("tick", done.set, SELDOM, pool="default")
    assert done.wait(PATIENCE), "a stuck poll does not hold up the tick"
    threading.Event().wait(0.2)
    release.set()
    assert overlaps == []


def test_what_a_job_raises_is_handed_on(
    scheduler: JobScheduler, errors: list[BaseException]
) -> None:
    """A bug must end the daemon, not vanish in a worker."""
    raised = threading.Event()

    def job() -> None:
        raised.set()
        raise KeyError("a bug")

    scheduler.repeat("tick", job, SELDOM, pool="default")
    assert raised.wait(PATIENCE)
    end = monotonic() + PATIENCE
    while not errors and monotonic() < end:
        threading.Event().wait(0.01)
    assert isinstance(errors[0], KeyError)


def test_late_run_is_made_up_for(errors: list[BaseException]) -> None:
    """Jobs that were due before the scheduler began are run: by default they would be dropped."""
    scheduler = JobScheduler(pools={"default": 1}, on_error=errors.append)
    ran = threading.Event()
    scheduler.repeat("tick", ran.set, SELDOM, pool="default")
    threading.Event().wait(1.5)
    scheduler.start()
    assert ran.wait(PATIENCE)
    scheduler.stop()
    scheduler.stop()


def test_rehearsals_have_a_clock_that_stands() -> None:
    """`--now` sets the time; without a zone it is UTC."""
    moment = datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert choose_clock("2026-11-22T08:00:00Z") == FixedClock(moment)
    assert choose_clock("2026-11-22T08:00:00")() == moment
    with pytest.raises(ValueError, match="Invalid isoformat"):
        choose_clock("tomorrow")


def test_machines_clock_is_aware_and_in_utc() -> None:
    """Everything inside is UTC."""
    assert choose_clock(None)().tzinfo is UTC


def test_hurry_during_a_run_leads_to_another_at_its_end(scheduler: JobScheduler) -> None:
    """Mail that rings while the mailbox is read may lie in a folder that was read before."""
    runs = threading.Semaphore(0)
    release = threading.Event()

    def job() -> None:
        runs.release()
        release.wait(PATIENCE)

    scheduler.repeat("poll", job, SELDOM, pool="mail")
    assert runs.acquire(timeout=PATIENCE)
    for _ in range(3):
        scheduler.hurry("poll")
    threading.Event().wait(0.2)
    release.set()
    assert runs.acquire(timeout=PATIENCE)
    assert not runs.acquire(timeout=0.5), "three rings are one more run"


def test_what_a_job_raises_is_not_logged_by_the_library(
    scheduler: JobScheduler, errors: list[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """An error's message may quote a mail, and the log is read by others."""

    def job() -> None:
        raise ValueError("Subject: your order")

    scheduler.repeat("tick", job, SELDOM, pool="default")
    end = monotonic() + PATIENCE
    while not errors and monotonic() < end:
        threading.Event().wait(0.01)
    assert len(errors) == 1
    assert "Subject" not in caplog.text
