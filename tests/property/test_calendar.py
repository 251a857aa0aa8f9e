"""A calendar that imports our file again and again shows what is open, whatever happens."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import vobject
from hypothesis import HealthCheck, given, settings

from unit.domain.examples import ORDER, make_guidance
from unit.domain.strategies import histories
from watcher.adapters.calendar_file import write_calendar
from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links
from watcher.adapters.templates import Renderer
from watcher.domain.calendar import local_date
from watcher.domain.deadline import running
from watcher.domain.event import Event
from watcher.domain.history import chronological
from watcher.domain.life import fold
from watcher.flow.appointments import TAKEN_BACK_FOR, draw_appointments
from watcher.flow.wording import Wording

GUIDANCE = make_guidance()
WORDING = Wording(
    renderer=Renderer(zone=UTC, language="en"),
    guidance=GUIDANCE,
    links=load_links(),
    hints=load_hints(),
)


# Whole files for every moment of a life, on whatever machine: what counts is the answer.
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Client:
    """A calendar program that imports files: of two events of one identity the newer counts.

    Source: RFC 5546, section 2.1.5: the greater SEQUENCE, among equals the later DTSTAMP.
    """

    newest: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    shown: dict[str, date] = field(default_factory=dict)

    def take_in(self, content: bytes) -> None:
        """Import a file."""
        calendar = vobject.readOne(content.decode("utf-8"))
        for event in calendar.contents.get("vevent", []):
            self._take(event)

    def _take(self, event: Any) -> None:
        uid = event.uid.value
        version = (int(event.sequence.value), event.dtstamp.value)
        if uid in self.newest and version < self.newest[uid]:
            return
        self.newest[uid] = version
        if event.status.value == "CANCELLED":
            self.shown.pop(uid, None)
        else:
            self.shown[uid] = event.dtstart.value


def export(events: list[Event], now: datetime) -> bytes:
    """The file as `aliwatch calendar` writes it at `now`."""
    return write_calendar(draw_appointments(ORDER, events, WORDING, now), now)


def open_days(events: list[Event], now: datetime) -> dict[str, date]:
    """The deadlines that are open at `now`, by the identity that a calendar knows them by."""
    case = fold(ORDER, events).case
    today = local_date(GUIDANCE.calendar, now)
    return {
        f"{ORDER}-{one.clock}@aliwatch": one.day
        for one in running(case, GUIDANCE.terms, GUIDANCE.calendar, today)
    }


@unhurried
@given(histories)
def test_file_names_the_open_deadlines_and_no_others(events: list[Event]) -> None:
    """At every moment of a life: confirmed is what runs, and the rest is cancelled or absent."""
    told = chronological(events)
    for number in range(1, len(told) + 1):
        now = told[number - 1].at + timedelta(hours=3)
        client = Client()
        client.take_in(export(told[:number], now))
        assert client.shown == open_days(told[:number], now)


@unhurried
@given(histories)
def test_client_that_imports_now_and_then_ends_with_what_is_open(events: list[Event]) -> None:
    """What changed is changed and what ended is gone; only a day that passed by itself stays."""
    told = chronological(events)
    client, now = Client(), None
    for number, event in enumerate(told, 1):
        now = event.at + timedelta(minutes=1)
        client.take_in(export(told[:number], now))
        expected = open_days(told[:number], now)
        today = local_date(GUIDANCE.calendar, now)
        still = {uid: day for uid, day in client.shown.items() if uid in expected or day >= today}
        assert still == expected
    if now is not None:
        client.take_in(export(told, now + TAKEN_BACK_FOR / 2))
        later = local_date(GUIDANCE.calendar, now + TAKEN_BACK_FOR / 2)
        expected = open_days(told, now + TAKEN_BACK_FOR / 2)
        assert {uid for uid, day in client.shown.items() if day >= later} <= set(expected)


@unhurried
@given(histories)
def test_later_word_of_the_same_order_has_the_greater_revision(events: list[Event]) -> None:
    """Whatever happens, an undo as well, makes the file the newer one; an order's file is pure."""
    told = chronological(events)
    revisions = []
    for number in range(1, len(told) + 1):
        now = told[number - 1].at + timedelta(minutes=1)
        drawn = list(draw_appointments(ORDER, told[:number], WORDING, now))
        again = list(draw_appointments(ORDER, list(reversed(told[:number])), WORDING, now))
        assert drawn == again
        revisions += [one.revision for one in drawn[:1]]
    assert revisions == sorted(set(revisions))
