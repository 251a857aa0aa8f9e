"""Accounts and channels that fail are told of: once, and not of a passing trouble."""

from datetime import timedelta

from unit.flow.fakes import Household
from watcher.domain.alert import DeliveryOutcome, Severity
from watcher.domain.health import PATIENCE, Part


def failed(home: Household, *, operator_must_act: bool = False) -> None:
    """A poll of the account failed."""
    home.vigilance.account_failed(
        "home", "timed out", home.clock(), operator_must_act=operator_must_act
    )


def test_refused_login_is_told_once(home: Household) -> None:
    """At once, for only the operator can cure it; and not again at every attempt."""
    for _ in range(10):
        failed(home, operator_must_act=True)
        home.clock.forward(hours=6)
        home.deliver()
    (alert,) = home.phone.sent
    assert alert.severity is Severity.URGENT
    assert "home" in alert.title
    assert "timed out" in alert.body


def test_recovery_is_told_and_the_next_outage_is_an_outage_again(home: Household) -> None:
    """Failing, working, failing, working: four alerts."""
    for _ in range(2):
        failed(home, operator_must_act=True)
        home.deliver()
        home.clock.forward(hours=1)
        home.vigilance.account_worked("home", home.clock())
        home.deliver()
        home.clock.forward(hours=1)
    home.vigilance.account_worked("home", home.clock())
    home.deliver()
    severities = [alert.severity for alert in home.phone.sent]
    assert severities == [Severity.URGENT, Severity.NOTICE] * 2


def test_passing_trouble_of_a_working_account_is_not_told(home: Household) -> None:
    """Servers restart; an hour of it is another matter."""
    home.vigilance.account_worked("home", home.clock())
    failed(home)
    home.clock.forward(minutes=59)
    failed(home)
    assert home.deliver() == 0
    home.clock.forward(minutes=1)
    failed(home)
    assert home.deliver() == 1


def test_trouble_that_was_not_told_has_no_end_to_tell(home: Household) -> None:
    """Who never heard of it need not hear that it is over."""
    home.vigilance.account_worked("home", home.clock())
    failed(home)
    home.clock.forward(minutes=5)
    home.vigilance.account_worked("home", home.clock())
    assert home.deliver() == 0


def test_failing_account_is_left_alone_for_a_while(home: Household) -> None:
    """Hammering a server that refuses gets the address banned."""
    assert home.vigilance.may_poll("home", home.clock())
    failed(home)
    assert not home.vigilance.may_poll("home", home.clock())
    assert home.vigilance.may_poll("other", home.clock())
    home.clock.forward(minutes=1)
    assert home.vigilance.may_poll("home", home.clock())


def break_slack(home: Household) -> None:
    """Have Slack fail for longer than anybody's patience."""
    home.write("first")
    home.deliver()
    home.channels["slack"].answer = DeliveryOutcome.FAILED
    home.write("second")
    home.deliver()
    home.clock.moment += PATIENCE + timedelta(minutes=1)


def test_failing_channel_is_told_over_the_others_once(loud_home: Household) -> None:
    """The phone says that Slack is away; Slack is not sent what it cannot take."""
    break_slack(loud_home)
    for _ in range(5):
        loud_home.vigilance.look_at_channels(loud_home.clock())
        loud_home.deliver()
        loud_home.clock.forward(hours=2)
    phone = loud_home.channels["phone"].sent
    assert [alert.severity for alert in phone] == [
        Severity.NOTICE,
        Severity.NOTICE,
        Severity.ACTION,
    ]
    assert "slack" in phone[-1].title
    assert set(loud_home.channels["slack"].attempts) == {"first", "second"}


def test_channel_that_fails_again_is_told_again(loud_home: Household) -> None:
    """A second outage is a second alert."""
    break_slack(loud_home)
    loud_home.vigilance.look_at_channels(loud_home.clock())
    loud_home.channels["slack"].answer = DeliveryOutcome.DELIVERED
    loud_home.clock.forward(hours=6)
    loud_home.deliver()
    loud_home.vigilance.look_at_channels(loud_home.clock())
    with loud_home.store.reading() as books:
        assert books.health(Part.CHANNEL, "slack").told_at is None
    break_slack(loud_home)
    loud_home.vigilance.look_at_channels(loud_home.clock())
    loud_home.deliver()
    actions = [a for a in loud_home.channels["phone"].sent if a.severity is Severity.ACTION]
    assert len(actions) == 2


def test_outage_that_begins_at_the_same_moment_is_the_same_outage(home: Household) -> None:
    """A clock that stands, as in a rehearsal, tells nothing twice."""
    for _ in range(3):
        failed(home, operator_must_act=True)
        home.vigilance.account_worked("home", home.clock())
    home.deliver()
    severities = [alert.severity for alert in home.phone.sent]
    assert severities == [Severity.URGENT, Severity.NOTICE]


def test_pauses_grow_to_half_an_hour_for_what_passes_and_to_six_for_a_refusal(
    home: Household,
) -> None:
    """An outage that is over costs little more; a refused password is not hammered with."""
    for operator_must_act, longest in ((False, timedelta(minutes=30)), (True, timedelta(hours=6))):
        pauses = []
        for _ in range(12):
            failed(home, operator_must_act=operator_must_act)
            with home.store.reading() as books:
                next_try = books.health(Part.ACCOUNT, "home").next_try_at
            assert next_try is not None
            pauses.append(next_try - home.clock())
        assert pauses == sorted(pauses)
        assert pauses[-1] == longest
        home.vigilance.account_worked("home", home.clock())


def test_missing_folder_is_told_once_and_delays_no_poll(home: Household) -> None:
    """Another one that goes missing is told as well; so is the same one after it was there."""
    for missing in ("no folder Jnk", "no folder Jnk", "no folder Jnk; no folder Odrers"):
        home.vigilance.account_worked("home", home.clock(), missing=missing)
        home.clock.forward(minutes=5)
        assert home.vigilance.may_poll("home", home.clock())
    home.vigilance.account_worked("home", home.clock())
    home.clock.forward(minutes=5)
    home.vigilance.account_worked("home", home.clock(), missing="no folder Jnk")
    home.deliver()
    assert home.phone.titles == ["A folder of mailbox home is missing"] * 3
    assert "no folder Jnk" in home.phone.sent[0].body
    with home.store.reading() as books:
        assert not books.health(Part.ACCOUNT, "home").is_failing
