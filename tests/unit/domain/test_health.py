"""When a failing part is tried again, and when the person hears of it."""

from datetime import timedelta

import pytest

from unit.domain.examples import START
from watcher.domain.health import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PATIENCE,
    Health,
    Part,
    fail,
    pause_after,
    should_tell,
    succeed,
)

NEW = Health(part=Part.ACCOUNT, name="home")


def test_pauses_grow_and_are_bounded() -> None:
    """A refused password repeated quickly gets the address banned; days of pause help nobody."""
    pauses = [pause_after(failures) for failures in range(1, 100)]
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[1] > pauses[0]
    assert max(pauses) == LONGEST_PAUSE
    assert pause_after(0) == FIRST_PAUSE


def test_failing_part_is_left_alone_until_its_pause_is_over() -> None:
    """And may be tried at the very moment that it is."""
    failing = fail(NEW, START, "refused")
    assert failing.next_try_at is not None
    assert not failing.may_try(failing.next_try_at - timedelta(seconds=1))
    assert failing.may_try(failing.next_try_at)
    assert NEW.may_try(START)


def test_pause_counted_on_a_clock_that_was_set_back_is_over() -> None:
    """A failure noted in a wrong year does not keep the mailbox unread until that year."""
    failing = fail(NEW, START + timedelta(days=400), "timed out")
    assert failing.may_try(START)
    longest = Health(part=Part.ACCOUNT, name="home", next_try_at=START + LONGEST_PAUSE)
    assert not longest.may_try(START)


def test_failure_is_dated_from_its_beginning() -> None:
    """An outage of many failures is one outage, with its latest reason."""
    first = fail(NEW, START, "timed out")
    later = fail(first, START + timedelta(hours=3), "refused")
    assert later.is_failing
    assert later.failing_since == START
    assert (later.failures, later.reason) == (2, "refused")


def test_success_forgets_the_failure() -> None:
    """What works has no pause, no count and no reason."""
    health = succeed(fail(NEW, START, "timed out"), START + timedelta(hours=1))
    assert not health.is_failing
    assert health == Health(part=Part.ACCOUNT, name="home", worked_at=START + timedelta(hours=1))


@pytest.mark.parametrize("operator_must_act", [True, False])
def test_part_that_never_worked_is_told_of_at_once(operator_must_act: bool) -> None:
    """At set-up nobody should wait an hour to hear of a wrong password."""
    assert should_tell(fail(NEW, START, "x"), START, operator_must_act=operator_must_act)


def test_passing_failure_of_a_working_part_is_not_told() -> None:
    """A server that restarts is no news; one that is away for an hour is."""
    failing = fail(succeed(NEW, START), START, "timed out")
    soon = START + PATIENCE - timedelta(seconds=1)
    assert not should_tell(failing, soon, operator_must_act=False)
    assert should_tell(failing, START + PATIENCE, operator_must_act=False)
    assert should_tell(failing, soon, operator_must_act=True)


def test_nothing_is_told_of_what_works_or_was_told() -> None:
    """One alert for one outage."""
    assert not should_tell(NEW, START, operator_must_act=True)
    told = Health(part=Part.ACCOUNT, name="home", failing_since=START, told_at=START)
    assert not should_tell(told, START + timedelta(days=9), operator_must_act=True)
