"""Held alerts: decided at once, sent when the hold ends, in one, and none lost or doubled."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from unit.domain.examples import ORDER
from unit.flow.fakes import ALL, FakeChannel, Household, letter
from watcher.adapters.sql.store import SqlBooks, SqlStore
from watcher.domain.alert import Alert, DeliveryOutcome, Severity
from watcher.domain.outbox import Identity
from watcher.domain.quiet import LONGEST_HOLD, Hours, Quiet
from watcher.flow.bulletins import DIGEST_LENGTH
from watcher.flow.deciding import Routes

NIGHT = Quiet(hours=Hours(begin=time(22), end=time(8)))
EVENING = Quiet(digest=time(18))
DAY = timedelta(days=1)


def at(clock: str, day: int = 3) -> datetime:
    """A moment of November 2026."""
    return datetime.combine(datetime(2026, 11, day, tzinfo=UTC), time.fromisoformat(clock), UTC)


def issue(home: Household, title: str, severity: Severity, body: str = "body") -> None:
    """Write one alert into the outbox, as a decision does."""
    with home.store.writing() as books:
        books.issue(
            Alert(title=title, body=body, severity=severity),
            [Identity(subject=title, step="step", occurrence="1")],
            home.routes.channels(severity),
            home.clock(),
            not_before=home.routes.hold(severity, home.clock()),
        )


def counts(home: Household) -> dict[str, dict[str, int]]:
    """How many deliveries of each channel are in which state."""
    with home.store.reading() as books:
        return books.count_deliveries()


@pytest.fixture
def sleeper(store: SqlStore) -> Household:
    """Answer somebody who sleeps from ten to eight; it is eleven at night."""
    home = Household(store, quiet=NIGHT)
    home.clock.moment = at("23:00")
    return home


def close_order(home: Household, order: str = ORDER) -> None:
    """Have a paid order closed now."""
    home.source.put(
        letter("order_confirmed", order=order, at=home.clock() - DAY),
        letter("order_closed", order=order, at=home.clock()),
    )


def test_closing_at_night_is_decided_at_once_and_told_in_the_morning(sleeper: Household) -> None:
    """The outbox has it at eleven; the phone rings at eight, once, with the alert as it is."""
    close_order(sleeper)
    assert sleeper.live() == 1
    assert counts(sleeper) == {"phone": {"pending": 1}}
    while sleeper.clock() < at("07:59", 4):
        sleeper.live()
        sleeper.clock.forward(minutes=7)
    assert sleeper.phone.attempts == []
    sleeper.clock.moment = at("08:00", 4)
    sleeper.live()
    sleeper.live()
    (alert,) = sleeper.phone.sent
    assert ORDER in alert.title
    assert f"aliwatch did {ORDER} contact_seller" in alert.body


def test_urgent_alert_wakes(sleeper: Household) -> None:
    """A date that passes at night is lost in the morning; the others stay where they are."""
    for severity in Severity:
        issue(sleeper, severity.value, severity)
    sleeper.deliver()
    assert sleeper.phone.titles == ["urgent"]
    sleeper.clock.moment = at("08:00", 4)
    sleeper.deliver()
    assert [alert.severity for alert in sleeper.phone.sent] == [Severity.URGENT, Severity.ACTION]


def test_what_was_held_comes_in_one_digest(sleeper: Household) -> None:
    """One send for three alerts: the gravest severity, every title, every text, all settled."""
    issue(sleeper, "a notice", Severity.NOTICE, "nothing hurries")
    issue(sleeper, "an action", Severity.ACTION, "https://www.aliexpress.com/p/order?orderId=1")
    issue(sleeper, "another notice", Severity.NOTICE, "nothing at all")
    sleeper.clock.moment = at("08:00", 4)
    assert sleeper.deliver() == 3
    (digest,) = sleeper.phone.sent
    assert digest.severity is Severity.ACTION
    assert "3 alerts" in digest.title
    lines = digest.body.splitlines()
    assert lines[:3] == ["- an action", "- a notice", "- another notice"]
    assert "https://www.aliexpress.com/p/order?orderId=1" in lines
    assert "nothing hurries" in lines
    assert counts(sleeper) == {"phone": {"delivered": 3}}
    assert sleeper.deliver() == 0


def test_digest_is_bounded_and_names_everything(sleeper: Household) -> None:
    """Forty long alerts are no forty pages: titles all, texts as far as there is room."""
    for index in range(40):
        issue(sleeper, f"alert {index}", Severity.NOTICE, f"text {index} " + "x" * 400)
    sleeper.clock.moment = at("08:00", 4)
    sleeper.deliver()
    (digest,) = sleeper.phone.sent
    assert all(f"- alert {index}\n" in digest.body for index in range(40))
    assert "text 0 " in digest.body
    assert "text 39 " not in digest.body
    assert len(digest.body) < DIGEST_LENGTH + 40 * 20 + 500
    assert "aliwatch case" in digest.body


def test_notices_wait_for_the_evening_and_actions_do_not(store: SqlStore) -> None:
    """With a digest at six, the day's notices are one alert."""
    home = Household(store, quiet=EVENING)
    home.clock.moment = at("09:00")
    issue(home, "first", Severity.NOTICE)
    issue(home, "now", Severity.ACTION)
    home.deliver()
    home.clock.moment = at("17:59")
    issue(home, "second", Severity.NOTICE)
    home.deliver()
    assert home.phone.titles == ["now"]
    home.clock.moment = at("18:00")
    home.deliver()
    assert len(home.phone.sent) == 2
    assert "- first\n- second\n" in home.phone.sent[1].body


def test_alert_that_failed_by_day_is_not_tried_by_night(store: SqlStore) -> None:
    """A channel that is away until eleven at night does not ring then."""
    home = Household(store, quiet=NIGHT)
    home.clock.moment = at("21:59")
    home.phone.answer = DeliveryOutcome.FAILED
    issue(home, "late", Severity.ACTION)
    home.deliver()
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.moment = at("23:00")
    assert home.deliver() == 0
    home.clock.moment = at("08:00", 4)
    assert home.deliver() == 1
    assert home.phone.titles == ["late"]


def test_step_done_in_the_night_is_not_told_in_the_morning(sleeper: Household) -> None:
    """Who saw the mail and wrote to the seller at midnight is not asked to at eight."""
    close_order(sleeper)
    sleeper.live()
    sleeper.clock.moment = at("23:50")
    sleeper.acts.do_step(ORDER, "contact_seller", sleeper.clock())
    sleeper.live()
    sleeper.clock.moment = at("08:00", 4)
    sleeper.live()
    assert sleeper.phone.attempts == []
    assert counts(sleeper) == {"phone": {"withdrawn": 1}}


def test_step_that_was_not_done_after_all_is_told_in_the_morning(sleeper: Household) -> None:
    """An act that is taken back in the night gives the alert back that it took away."""
    close_order(sleeper)
    sleeper.live()
    sleeper.acts.do_step(ORDER, "contact_seller", sleeper.clock())
    sleeper.live()
    sleeper.clock.forward(minutes=5)
    sleeper.acts.undo(ORDER, sleeper.clock())
    sleeper.live()
    sleeper.clock.moment = at("08:00", 4)
    sleeper.live()
    (alert,) = sleeper.phone.sent
    assert f"aliwatch did {ORDER} contact_seller" in alert.body
    sleeper.acts.do_step(ORDER, "contact_seller", sleeper.clock())
    sleeper.acts.undo(ORDER, sleeper.clock())
    sleeper.live()
    assert len(sleeper.phone.sent) == 1, "what was delivered is not given back"


def test_alert_of_several_orders_is_withdrawn_when_all_are_done(sleeper: Household) -> None:
    """One done leaves it true enough; the last one done takes it back."""
    orders = [f"80{index:014}" for index in range(3)]
    for order in orders:
        close_order(sleeper, order)
    assert sleeper.live() == 1
    for order in orders:
        assert counts(sleeper) == {"phone": {"pending": 1}}
        sleeper.acts.do_step(order, "contact_seller", sleeper.clock())
        sleeper.live()
    assert counts(sleeper) == {"phone": {"withdrawn": 1}}


class Crash(Exception):  # noqa: N818 -- no error: the power goes
    """The process ends here."""


class CrashingStore:
    """A real store whose process dies at the end of its first transaction."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    @contextmanager
    def writing(self) -> Iterator[SqlBooks]:
        """A transaction that is never finished."""
        with self._store.writing() as books:
            yield books
            raise Crash

    @contextmanager
    def reading(self) -> Iterator[SqlBooks]:
        """Answer the real view."""
        with self._store.reading() as books:
            yield books


def test_crash_between_the_send_of_a_digest_and_its_note_loses_none(sleeper: Household) -> None:
    """One send is noted for all that is in it or for none: it comes again, whole."""
    issue(sleeper, "one", Severity.NOTICE)
    issue(sleeper, "two", Severity.ACTION)
    sleeper.clock.moment = at("08:00", 4)
    delivering = sleeper.delivering(sleeper.phone)
    with pytest.raises(Crash):
        replace(delivering, store=CrashingStore(sleeper.store)).flush()
    assert counts(sleeper) == {"phone": {"pending": 2}}
    assert delivering.flush() == 2
    assert delivering.flush() == 0
    assert [alert.body for alert in sleeper.phone.sent] == [sleeper.phone.sent[0].body] * 2


def test_failed_digest_is_tried_by_one_alert_and_comes_when_the_channel_is_back(
    sleeper: Household,
) -> None:
    """While a channel fails one alone is tried; then the rest comes in one."""
    for index in range(5):
        issue(sleeper, f"alert {index}", Severity.NOTICE)
    sleeper.phone.answer = DeliveryOutcome.FAILED
    sleeper.clock.moment = at("08:00", 4)
    while sleeper.clock() < at("12:00", 4):
        sleeper.deliver()
        sleeper.clock.forward(minutes=1)
    assert "5 alerts" in sleeper.phone.attempts[0]
    assert all(title.startswith("alert") for title in sleeper.phone.attempts[1:])
    sleeper.phone.answer = DeliveryOutcome.DELIVERED
    sleeper.clock.forward(hours=6)
    assert sleeper.deliver() == 5
    probe, digest = sleeper.phone.sent
    assert probe.title.startswith("alert")
    assert "4 alerts" in digest.title


def test_alert_that_the_service_refuses_does_not_hold_up_the_digest(sleeper: Household) -> None:
    """A digest that is refused over and over is taken apart: all but the poison arrive."""
    for index in range(30):
        issue(sleeper, f"alert {index}", Severity.NOTICE)
    issue(sleeper, "poison", Severity.NOTICE)
    sleeper.phone.refuses = ["poison"]
    sleeper.clock.moment = at("08:00", 4)
    while sleeper.clock() < at("10:00", 4):
        sleeper.deliver()
        sleeper.clock.forward(minutes=1)
    told = "\n".join(alert.title + alert.body for alert in sleeper.phone.sent)
    assert all(f"alert {index}" in told for index in range(30))
    assert counts(sleeper) == {"phone": {"delivered": 30, "pending": 1}}


def test_channels_are_held_and_told_each_on_its_own(store: SqlStore) -> None:
    """One channel's digest is its own: the other got half of it before."""
    home = Household(store, FakeChannel("phone"), FakeChannel("slack"), quiet=EVENING)
    home.routes = Routes(
        carried={"phone": ALL, "slack": frozenset({Severity.ACTION})}, quiet=EVENING
    )
    home.clock.moment = at("09:00")
    issue(home, "a notice", Severity.NOTICE)
    issue(home, "an action", Severity.ACTION)
    home.clock.moment = at("18:00")
    home.deliver()
    assert home.channels["slack"].titles == ["an action"]
    assert sorted(home.phone.titles) == ["a notice", "an action"]


def test_renamed_channel_takes_the_hold_along(sleeper: Household) -> None:
    """A change of the settings at night wakes nobody."""
    issue(sleeper, "an action", Severity.ACTION)
    with sleeper.store.writing() as books:
        books.readdress({"mobile": ALL})
    mobile = FakeChannel("mobile")
    assert replace(sleeper.delivering(mobile), quiet=Quiet()).flush() == 0
    sleeper.clock.moment = at("08:00", 4)
    assert sleeper.delivering(mobile).flush() == 1


def test_hold_that_a_clock_running_ahead_wrote_does_not_last(store: SqlStore) -> None:
    """A clock that ran a year ahead for a minute holds nothing for a year."""
    home = Household(store, quiet=EVENING)
    home.clock.moment = at("09:00") + 365 * DAY
    issue(home, "from the future", Severity.NOTICE)
    home.clock.moment = at("09:00")
    assert home.deliver() == 1


def test_held_alerts_are_seen_by_whoever_looks_ahead(sleeper: Household) -> None:
    """A rehearsal at night shows what would be sent in the morning."""
    issue(sleeper, "an action", Severity.ACTION)
    with sleeper.store.reading() as books:
        assert books.pending("phone", sleeper.clock()) == []
        (item,) = books.pending("phone", sleeper.clock() + LONGEST_HOLD)
    assert item.held
    assert item.created_at == sleeper.clock()
