"""A channel that works again: told where its failure was heard of, and only there."""

from datetime import UTC, datetime, time, timedelta

import pytest

from unit.flow.fakes import FakeChannel, Household
from watcher.adapters.sql.store import SqlStore
from watcher.domain.alert import Alert, DeliveryOutcome, Severity
from watcher.domain.health import PATIENCE
from watcher.domain.quiet import Hours, Quiet

RECOVERED = "Alerts on slack get through again"
FAILING = "Alerts on slack do not get through"


def turn(home: Household) -> None:
    """One turn of the daemon."""
    home.deliver()
    home.vigilance.look_at_channels(home.clock())
    home.deliver()


def break_slack(home: Household) -> None:
    """Have Slack fail for longer than anybody's patience."""
    home.write(f"before {home.clock()}")
    turn(home)
    home.channels["slack"].answer = DeliveryOutcome.FAILED
    home.write(f"after {home.clock()}")
    turn(home)
    home.clock.moment += PATIENCE + timedelta(minutes=1)
    turn(home)


def mend_slack(home: Household) -> None:
    """Have it work again, and be tried."""
    home.channels["slack"].answer = DeliveryOutcome.DELIVERED
    home.clock.forward(hours=6)
    turn(home)


def told(home: Household) -> list[str]:
    """What the phone was told of Slack."""
    return [title for title in home.channels["phone"].titles if "slack" in title]


def test_recovery_is_told_once_over_the_other_channels(loud_home: Household) -> None:
    """A notice, after the failure was heard of; the channel itself needs none."""
    break_slack(loud_home)
    mend_slack(loud_home)
    for _ in range(3):
        loud_home.clock.forward(hours=1)
        turn(loud_home)
    assert told(loud_home) == [FAILING, RECOVERED]
    assert loud_home.channels["phone"].sent[-1].severity is Severity.NOTICE
    assert RECOVERED not in loud_home.channels["slack"].titles


def test_second_outage_and_its_end_are_told_again(loud_home: Household) -> None:
    """Failing, working, failing, working."""
    for _ in range(2):
        break_slack(loud_home)
        mend_slack(loud_home)
    assert told(loud_home) == [FAILING, RECOVERED] * 2


def test_recovery_is_not_lost_in_a_restart(loud_home: Household) -> None:
    """The channel worked just before the daemon was stopped: the next start tells it."""
    break_slack(loud_home)
    loud_home.channels["slack"].answer = DeliveryOutcome.DELIVERED
    loud_home.clock.forward(hours=6)
    loud_home.deliver()
    again = Household(loud_home.store, FakeChannel("phone"), FakeChannel("slack"))
    again.clock.moment = loud_home.clock()
    turn(again)
    assert told(again) == [RECOVERED]


def test_channel_that_fails_again_at_once_is_no_recovery(loud_home: Household) -> None:
    """One alert got through between two failures: nobody is told that all is well."""
    break_slack(loud_home)
    loud_home.channels["slack"].answer = DeliveryOutcome.DELIVERED
    loud_home.clock.forward(hours=6)
    loud_home.deliver()
    loud_home.channels["slack"].answer = DeliveryOutcome.FAILED
    loud_home.write("next")
    turn(loud_home)
    assert told(loud_home) == [FAILING]
    mend_slack(loud_home)
    assert told(loud_home) == [FAILING, RECOVERED]


@pytest.fixture
def sleeper(store: SqlStore) -> Household:
    """Answer somebody with two channels who sleeps from ten to eight."""
    quiet = Quiet(hours=Hours.parse("22:00-08:00"))
    home = Household(store, FakeChannel("phone"), FakeChannel("slack"), quiet=quiet)
    home.clock.moment = datetime(2026, 11, 3, 21, tzinfo=UTC)
    return home


def test_outage_that_is_over_by_the_morning_is_not_told(sleeper: Household) -> None:
    """Neither the failure nor its end: an urgent alert of the night got through, all is well."""
    break_slack(sleeper)
    sleeper.channels["slack"].answer = DeliveryOutcome.DELIVERED
    sleeper.clock.moment = datetime(2026, 11, 4, 4, tzinfo=UTC)
    with sleeper.store.writing() as books:
        books.issue(
            Alert(title="urgent", body="b", severity=Severity.URGENT),
            [],
            tuple(sleeper.channels),
            sleeper.clock(),
        )
    turn(sleeper)
    sleeper.clock.moment = datetime(2026, 11, 4, 8, tzinfo=UTC)
    turn(sleeper)
    assert "urgent" in sleeper.channels["slack"].titles
    assert told(sleeper) == []


def test_recovery_that_was_held_is_taken_back_by_the_next_failure(store: SqlStore) -> None:
    """The evening's digest does not say that a mailbox works which failed again at noon."""
    home = Household(store, quiet=Quiet(digest=time(18)))
    for _ in range(2):
        home.vigilance.account_failed("home", "refused", home.clock(), operator_must_act=True)
        home.deliver()
        home.clock.forward(hours=1)
        if len(home.phone.sent) == 1:
            home.vigilance.account_worked("home", home.clock())
            home.clock.forward(hours=1)
    home.clock.moment = home.clock().replace(hour=18, minute=0)
    home.deliver()
    assert [alert.severity for alert in home.phone.sent] == [Severity.URGENT] * 2


def test_only_channel_tells_nobody_of_its_own_outage(store: SqlStore) -> None:
    """Who cannot have heard that it failed need not hear that it works."""
    home = Household(store, FakeChannel("slack"))
    break_slack(home)
    mend_slack(home)
    assert all("slack" not in title for title in home.channels["slack"].titles)
