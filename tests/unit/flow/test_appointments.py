"""Deadlines as appointments: what is open, what ended, and what is to be done."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from unit.domain.examples import (
    ORDER,
    OTHER_ORDER,
    SHIPPED_PLAYBOOK,
    START,
    PlainCalendar,
    acted,
    euros,
    make_guidance,
    told,
)
from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links
from watcher.adapters.sql.store import SqlStore
from watcher.adapters.templates import Renderer
from watcher.domain.appointment import Appointment
from watcher.domain.event import Event, EventKind
from watcher.flow.appointments import TAKEN_BACK_FOR, draw_appointments, list_appointments
from watcher.flow.wording import Wording

BOUGHT = told(EventKind.ORDER_CONFIRMED, days=-9, money=euros("49.90"))
CLOSED = told(EventKind.ORDER_CLOSED)
RECEIVED = acted(EventKind.MONEY_RECEIVED, days=5)
REFUND, DISPUTE, PROCESSING = (
    f"{ORDER}-{name}@aliwatch" for name in ("refund", "dispute", "processing")
)


def wording(calendar: PlainCalendar | None = None) -> Wording:
    """The shipped words over a plain calendar."""
    return Wording(
        renderer=Renderer(zone=UTC, language="en"),
        guidance=make_guidance(calendar),
        links=load_links(),
        hints=load_hints(),
    )


def draw(
    events: Iterable[Event], *, days: float, calendar: PlainCalendar | None = None
) -> dict[str, Appointment]:
    """The appointments of the order so many days after its closing, by their identity."""
    now = START + timedelta(days=days)
    found = list(draw_appointments(ORDER, list(events), wording(calendar), now))
    assert len({one.uid for one in found}) == len(found)
    return {one.uid: one for one in found}


def test_every_clock_that_runs_is_one_appointment_on_its_last_day() -> None:
    """The refund's twentieth working day, and the end of the time to dispute a shipped order."""
    shipped = told(EventKind.ORDER_SHIPPED, days=-8)
    found = draw([BOUGHT, shipped, CLOSED], days=1)
    days = {uid: one.day for uid, one in found.items() if not one.cancelled}
    assert days[REFUND] == date(2026, 12, 1)
    assert days[DISPUTE] == date(2026, 11, 18)
    assert all(uid.endswith("@aliwatch") for uid in days)


def test_order_on_its_way_that_is_no_case_has_none() -> None:
    """Nothing is at stake once it was shipped, long ago."""
    assert draw([BOUGHT, told(EventKind.ORDER_SHIPPED, days=-8)], days=30) == {}


def test_appointment_says_how_much_what_to_do_and_how_the_days_were_counted() -> None:
    """It must help whoever sees nothing but the calendar."""
    calendar = PlainCalendar(holidays=[date(2026, 11, 5)], worked=[date(2026, 11, 7)])
    one = draw([BOUGHT, CLOSED], days=1, calendar=calendar)[REFUND]
    assert one.title.startswith("AliExpress: last day for the refund, €49.90: ")
    assert "20 working days after Nov 3, 2026, 7 weekend days not counted." in one.text
    assert "Nov 5, 2026 not counted: holiday." in one.text
    assert "Nov 7, 2026 counted: worked weekend." in one.text
    assert "unless something changes before" in one.text
    assert f"aliwatch case {ORDER}" in one.text
    assert one.link == f"https://www.aliexpress.com/p/order/detail.html?orderId={ORDER}"
    assert one.link in one.text


def test_step_that_counts_on_that_day_is_the_one_named() -> None:
    """On the refund's last day that is not to write to the seller for the first time."""
    one = draw([BOUGHT, told(EventKind.ORDER_SHIPPED, days=-8), CLOSED], days=1)[DISPUTE]
    dispute = SHIPPED_PLAYBOOK.find("last_dispute_day")
    assert dispute is not None
    assert dispute.title in one.text
    contact = SHIPPED_PLAYBOOK.find("contact_seller")
    assert contact is not None
    assert contact.title not in one.text


def test_strangers_words_do_nothing_in_a_calendar() -> None:
    """A store's or a thing's name holds no link and no line of its own."""
    evil = replace(
        BOUGHT, store="x\nhttp://evil.example/ <b>", items=("a\r\nBEGIN:VEVENT", "@everyone")
    )
    text = draw([evil, CLOSED], days=1)[REFUND].text
    assert "evil" in text
    assert "http://evil" not in text
    assert "\nBEGIN" not in text
    assert "<b>" not in text


def test_money_that_came_takes_the_appointment_back() -> None:
    """The same identity, cancelled, with a greater revision, and no reminder."""
    before = draw([BOUGHT, CLOSED], days=4)[REFUND]
    after = draw([BOUGHT, CLOSED, RECEIVED], days=6)[REFUND]
    assert (before.cancelled, after.cancelled) == (False, True)
    assert after.revision > before.revision
    assert after.changed_at > before.changed_at
    assert after.day == before.day
    assert after.remind is None
    assert "no longer matters" in after.text
    assert after.title == "AliExpress: last day for the refund, €49.90 (settled or overtaken)"


def test_what_ended_is_forgotten_after_a_while() -> None:
    """A file does not grow for ever with what is over."""
    whole = TAKEN_BACK_FOR.days
    assert REFUND in draw([BOUGHT, CLOSED, RECEIVED], days=5 + whole)
    assert draw([BOUGHT, CLOSED, RECEIVED], days=5.1 + whole) == {}


def test_news_of_an_order_does_not_bring_back_what_ended_long_ago() -> None:
    """A remark of today's is none on the deadline that ended last month."""
    note = acted(EventKind.NOTE_ADDED, days=40, note="x")
    assert draw([BOUGHT, CLOSED, RECEIVED, note], days=41) == {}


def test_time_to_ship_ends_with_the_shipping() -> None:
    """A clock that no fold of today knows any more is taken back all the same."""
    assert not draw([BOUGHT], days=-8)[PROCESSING].cancelled
    shipped = told(EventKind.ORDER_SHIPPED, days=-7)
    assert draw([BOUGHT, shipped], days=-6)[PROCESSING].cancelled


def test_day_that_passed_is_not_taken_back() -> None:
    """It disturbs nobody in a calendar, and some programs show what is cancelled."""
    late = told(EventKind.ORDER_SHIPPED, days=-1)
    assert draw([BOUGHT, late], days=-0.5) == {}


def test_undoing_brings_the_appointment_back() -> None:
    """Taken back by mistake: the newest revision counts again."""
    ended = draw([BOUGHT, CLOSED, RECEIVED], days=6)[REFUND]
    again = draw([BOUGHT, CLOSED, RECEIVED, acted(EventKind.ACT_UNDONE, days=6)], days=6)[REFUND]
    assert (ended.cancelled, again.cancelled) == (True, False)
    assert again.revision > ended.revision
    reopened = [BOUGHT, CLOSED, RECEIVED, acted(EventKind.CASE_REOPENED, days=7)]
    assert not draw(reopened, days=8)[REFUND].cancelled


def test_right_that_is_lost_is_no_open_deadline_and_what_is_overdue_stays() -> None:
    """After the last day to dispute nothing is left to do about it; a late refund still is owed."""
    events = [BOUGHT, told(EventKind.ORDER_SHIPPED, days=-8), CLOSED]
    found = draw(events, days=60)
    assert DISPUTE not in found
    assert not found[REFUND].cancelled
    assert found[REFUND].remind is None


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC", datetime(2026, 11, 30, 8, 59, tzinfo=UTC), True),
        ("UTC", datetime(2026, 11, 30, 9, 0, tzinfo=UTC), False),
        # On Kiritimati the order was closed a day later, and the day begins 14 hours earlier.
        ("Pacific/Kiritimati", datetime(2026, 11, 29, 18, 59, tzinfo=UTC), True),
        ("Pacific/Kiritimati", datetime(2026, 11, 29, 19, 0, tzinfo=UTC), False),
    ],
)
def test_reminder_is_a_day_before_at_the_hour_of_the_steps(
    zone: str, now: datetime, expected: bool
) -> None:
    """Nine in the morning of the day before, in the person's zone; never one that is past."""
    calendar = PlainCalendar(ZoneInfo(zone))
    one = draw([BOUGHT, CLOSED], days=(now - START) / timedelta(days=1), calendar=calendar)[REFUND]
    assert one.day == date(2026, 12, 1)
    assert one.remind == (timedelta(hours=15) if expected else None)


def test_all_orders_are_listed_by_day() -> None:
    """One calendar for everything that is open in the ledger."""
    store = SqlStore.open(None)
    later = timedelta(days=2)
    try:
        with store.writing() as books:
            for event in (
                *(BOUGHT, CLOSED),
                *(replace(one, order=OTHER_ORDER, at=one.at + later) for one in (BOUGHT, CLOSED)),
            ):
                books.append(replace(event, mail=None), START)
        with store.reading() as books:
            found = list_appointments(books, wording(), START + timedelta(days=3))
    finally:
        store.close()
    refunds = [one.uid for one in found if one.uid.endswith("-refund@aliwatch")]
    assert refunds == [REFUND, f"{OTHER_ORDER}-refund@aliwatch"]
    assert [one.day for one in found] == sorted(one.day for one in found)
