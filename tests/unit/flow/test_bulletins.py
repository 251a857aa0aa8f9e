"""Alerts that speak of several things: orders that were closed at once, and a week."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START, euros, told
from unit.flow.fakes import Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.domain.alert import DeliveryOutcome, Severity
from watcher.domain.event import EventKind, Reason
from watcher.domain.life import fold
from watcher.domain.money import Money
from watcher.domain.outbox import Identity
from watcher.domain.quiet import Hours, Quiet, WeekTime
from watcher.flow.wording import SUMMARY_LINES

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 9, 9, tzinfo=UTC)
WEEKLY = Quiet(weekly=WeekTime.parse("mon 09:00"))


@pytest.fixture
def reader(store: SqlStore) -> Household:
    """Answer somebody who wants a summary every Monday, on a Tuesday."""
    return Household(store, quiet=WEEKLY)


def close(home: Household, order: str, money: Money | None = None) -> None:
    """Have a paid order closed now."""
    days = (home.clock() - START) / DAY
    events = [
        told(EventKind.ORDER_CONFIRMED, days=days - 1, order=order, money=money),
        told(EventKind.ORDER_CLOSED, days=days, order=order),
    ]
    with home.store.writing() as books:
        for event in events:
            books.append(replace(event, mail=None), home.clock())
        books.look_at(order, home.clock())


def number(index: int) -> str:
    """The order number of the so-and-so-many-th order."""
    return f"80{index:014}"


def live_until(home: Household, moment: datetime, minutes: float = 300) -> None:
    """Have the daemon turn every so many minutes until then."""
    while home.clock() < moment:
        home.clock.moment = min(home.clock() + timedelta(minutes=minutes), moment)
        home.live()


def weeklies(home: Household) -> list[str]:
    """The texts of the summaries that came."""
    return [alert.body for alert in home.phone.sent if alert.title.startswith("Your week")]


# --- Several orders at once


def test_orders_closed_at_once_are_one_alert(home: Household) -> None:
    """With each order's amount, last day, link and command, and what it comes to altogether."""
    close(home, ORDER, euros("12.34"))
    close(home, OTHER_ORDER, euros("5.66"))
    close(home, number(3))
    assert home.live() == 1
    (alert,) = home.phone.sent
    assert alert.title == "3 orders (€18.00): contact the seller"
    assert alert.severity is Severity.ACTION
    for order, amount in ((ORDER, "€12.34"), (OTHER_ORDER, "€5.66"), (number(3), "unknown")):
        (line,) = [line for line in alert.body.splitlines() if line.startswith(f"Order {order}:")]
        assert amount in line
        assert "Dec 1, 2026" in line
        assert f"aliwatch did {order} contact_seller" in alert.body
        assert f"aliwatch letter {order} contact_seller" in alert.body
        assert f"orderId={order}" in alert.body
    assert "https://" in alert.body
    for _ in range(3):
        home.clock.forward(minutes=10)
        assert home.live() == 0


def test_list_of_orders_names_the_clock_what_is_lost_the_store_and_the_reason(
    home: Household,
) -> None:
    """What each order's own alert would say, in a line or two."""
    for order, store in ((ORDER, "Lamp Store"), (OTHER_ORDER, "Nut Store")):
        bought = told(EventKind.ORDER_CONFIRMED, days=-9, order=order, money=euros("5"))
        events = [
            replace(bought, store=store, items=("A lamp",)),
            told(EventKind.ORDER_SHIPPED, days=-5, order=order),
            told(EventKind.ORDER_CANCELLED, order=order, reason=Reason.SELLER),
        ]
        with home.store.writing() as books:
            for event in events:
                books.append(replace(event, mail=None), home.clock())
            books.look_at(order, home.clock())
    home.live()
    (alert,) = home.phone.sent
    lines = alert.body.splitlines()
    assert "After it no dispute can be opened for this order." in lines
    for order, store in ((ORDER, "Lamp Store"), (OTHER_ORDER, "Nut Store")):
        assert f"Order {order}: €5.00, last day to open a dispute: Nov 18, 2026" in lines
        assert f"It is about A lamp, from {store}." in lines
    assert lines.count("Closed: the seller cancelled it.") == 2
    assert sum("do not wait for it" in line for line in lines) == 1, "advice is given once"


def test_every_order_of_one_alert_counts_as_told(home: Household) -> None:
    """Each identity is issued with it, whatever becomes of the others."""
    close(home, ORDER)
    close(home, OTHER_ORDER)
    home.live()
    with home.store.reading() as books:
        for order in (ORDER, OTHER_ORDER):
            assert books.last_told(order) == home.clock()
            identity = Identity(subject=order, step="contact_seller", occurrence="0.owed.1.0")
            assert books.was_issued(identity)


def test_one_order_alone_is_told_whole(home: Household) -> None:
    """With its letter, and not in a list."""
    close(home, ORDER)
    home.live()
    (alert,) = home.phone.sent
    assert ORDER in alert.title


def test_different_steps_of_one_tick_are_different_alerts(home: Household) -> None:
    """What is asked for two orders is one alert, what is asked for a third another."""
    close(home, ORDER)
    close(home, OTHER_ORDER)
    home.source.put(letter("order_closed", order=number(7)))
    assert home.live() == 2
    titles = sorted(home.phone.titles)
    assert any(title.startswith("2 orders") for title in titles)
    assert any(number(7) in title for title in titles)


def test_remarks_are_never_put_together(home: Household) -> None:
    """A frozen order's advice is its own."""
    for order in (ORDER, OTHER_ORDER):
        home.source.put(letter("order_confirmed", order=order, at=START - DAY))
        home.source.put(letter("order_frozen", order=order))
    home.live()
    assert len(home.phone.sent) == 2
    assert all(not title.startswith("2 orders") for title in home.phone.titles)


def test_many_orders_at_once_are_bounded(home: Household) -> None:
    """A dozen are named, the earliest last day first; how many more there are is said."""
    for index in range(20):
        close(home, number(index), euros("1"))
    assert home.live() == 1
    (alert,) = home.phone.sent
    assert alert.title.startswith("20 orders (€20.00)")
    assert alert.body.count("Order 80") == SUMMARY_LINES
    assert f"{20 - SUMMARY_LINES} more" in alert.body


# --- The week


def test_week_is_summed_up_on_monday(reader: Household) -> None:
    """Open money by currency, the number, the earliest last day, what is next, what came back."""
    close(reader, ORDER, euros("12.34"))
    close(reader, OTHER_ORDER, euros("5.66"))
    close(reader, number(1), Money(amount=Decimal(7), currency="USD"))
    close(reader, number(2))
    reader.live()
    reader.clock.forward(days=1)
    reader.acts.receive(ORDER, Decimal(10), reader.clock())
    live_until(reader, MONDAY)
    (body,) = weeklies(reader)
    alert = reader.phone.sent[-1]
    assert alert.severity is Severity.NOTICE
    assert alert.title == "Your week: €8.00 and $7.00 to get back"
    assert "Open: 4 cases, €8.00, $7.00; of 1 the amount is not known." in body
    assert "Earliest last day for the refund: Dec 1, 2026, in 22 days" in body
    assert "Came back this week: €10.00 on 1 order." in body
    assert "Next:\n- Nov " in body
    live_until(reader, MONDAY + 6 * DAY)
    assert len(weeklies(reader)) == 1


def test_summary_comes_at_its_time_and_not_before(reader: Household) -> None:
    """Nine on Monday, and neither the day it was set up nor the week before."""
    close(reader, ORDER)
    live_until(reader, MONDAY - timedelta(minutes=1))
    assert weeklies(reader) == []
    reader.clock.moment = MONDAY
    reader.live()
    assert len(weeklies(reader)) == 1


def test_nothing_open_is_no_summary(reader: Household) -> None:
    """Who is owed nothing is not written to; a case that opens on Tuesday waits for its Monday."""
    reader.live()
    live_until(reader, MONDAY + DAY)
    close(reader, ORDER)
    live_until(reader, MONDAY + 7 * DAY - timedelta(minutes=1))
    assert weeklies(reader) == []
    reader.clock.moment = MONDAY + 7 * DAY
    reader.live()
    assert len(weeklies(reader)) == 1


def test_money_that_came_back_is_told_although_nothing_is_open(reader: Household) -> None:
    """The last summary is the good one; the week after is silent."""
    close(reader, ORDER, euros("12.34"))
    reader.live()
    reader.clock.forward(days=2)
    reader.acts.receive(ORDER, None, reader.clock())
    live_until(reader, MONDAY + 8 * DAY)
    (body,) = weeklies(reader)
    assert reader.phone.titles[-1] == "Your week: €12.34 came back, nothing is open"
    assert "Came back this week: €12.34 on 1 order." in body


def test_money_of_unknown_amount_is_told_too(reader: Household) -> None:
    """No mail named the sum, and it came back all the same."""
    close(reader, ORDER)
    reader.live()
    reader.clock.forward(days=2)
    reader.acts.receive(ORDER, None, reader.clock())
    live_until(reader, MONDAY)
    (body,) = weeklies(reader)
    assert "an unknown amount on 1 order" in body


def test_money_that_was_taken_back_did_not_come(reader: Household) -> None:
    """An act that was undone is in no sum."""
    close(reader, ORDER, euros("12.34"))
    reader.live()
    reader.clock.forward(days=1)
    reader.acts.receive(ORDER, None, reader.clock())
    reader.acts.undo(ORDER, reader.clock())
    live_until(reader, MONDAY)
    (body,) = weeklies(reader)
    assert "Came back" not in body


def test_pause_of_weeks_brings_one_summary(reader: Household) -> None:
    """Of the weeks without the daemon only the last is summed up."""
    close(reader, ORDER, euros("12.34"))
    reader.live()
    reader.clock.moment = MONDAY + 30 * DAY
    for _ in range(5):
        reader.live()
        reader.clock.forward(minutes=5)
    assert len(weeklies(reader)) == 1


def test_restart_says_nothing_twice(reader: Household) -> None:
    """What was summed up is in the books, and no new start forgets it."""
    close(reader, ORDER)
    reader.live()
    live_until(reader, MONDAY)
    again = Household(reader.store, quiet=WEEKLY)
    again.clock.moment = MONDAY + timedelta(minutes=5)
    assert again.live() == 0
    other_day = Household(reader.store, quiet=Quiet(weekly=WeekTime.parse("tue 09:00")))
    other_day.clock.moment = MONDAY + DAY
    other_day.live()
    assert weeklies(other_day) == [], "another day of the same week is the same week"


def test_summary_waits_for_the_end_of_the_night_and_for_no_digest(store: SqlStore) -> None:
    """Its time is of the person's own choosing; only quiet hours are stronger."""
    quiet = Quiet(
        hours=Hours.parse("22:00-10:00"),
        digest=MONDAY.replace(hour=18).time(),
        weekly=WeekTime.parse("mon 09:00"),
    )
    home = Household(store, quiet=quiet)
    home.clock.moment = START + timedelta(hours=3)
    close(home, ORDER)
    home.live()
    live_until(home, MONDAY + timedelta(minutes=59))
    assert weeklies(home) == []
    home.clock.moment = MONDAY + timedelta(minutes=60)
    home.live()
    assert len(weeklies(home)) == 1


def test_summary_that_nobody_took_is_overtaken_by_the_next(reader: Household) -> None:
    """A channel that was away for two weeks gets one summary, the last."""
    close(reader, ORDER)
    reader.live()
    reader.phone.answer = DeliveryOutcome.FAILED
    live_until(reader, MONDAY + 14 * DAY)
    reader.phone.answer = DeliveryOutcome.DELIVERED
    reader.clock.forward(hours=6)
    reader.live()
    assert len(weeklies(reader)) == 1


def test_case_that_has_ended_has_no_next_date(reader: Household) -> None:
    """A week's summary names what is to come, and nothing of what is over."""
    events = [told(EventKind.ORDER_CONFIRMED), told(EventKind.ORDER_COMPLETED, days=1)]
    case = fold(ORDER, events).case
    alert = reader.deciding.bulletins.weekly([case], [], reader.clock())
    assert "Next:" not in alert.body
