"""Whatever a case has been through: no step before its time, and no silence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.domain.examples import ORDER, START, PlainCalendar, make_guidance
from unit.domain.strategies import histories
from watcher.domain.due import draw_agenda
from watcher.domain.event import Event
from watcher.domain.life import fold

ZONES = ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Europe/Berlin", "America/Sao_Paulo"]
GUIDANCE = {zone: make_guidance(PlainCalendar(ZoneInfo(zone))) for zone in ZONES}
zones = st.sampled_from(ZONES)
moments = st.integers(0, 200 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def known_at(history: Sequence[Event], now: datetime) -> list[Event]:
    """What had happened by `now`."""
    return [event for event in history if event.at <= now]


@given(histories, zones, moments)
@settings(max_examples=200, deadline=None)
def test_no_step_before_its_time_and_at_most_one_of_the_ladder(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """What is due is due; the next look lies ahead; one step is asked at a time."""
    case = fold(ORDER, known_at(history, now)).case
    agenda = draw_agenda(case, GUIDANCE[zone], now)
    assert all(step.due_at <= now for step in agenda.due)
    assert sum(not step.rung.aside for step in agenda.due) <= 1
    assert agenda.look_again_at is None or agenda.look_again_at > now
    if case.snoozed_until is not None and now < case.snoozed_until:
        assert agenda.due == ()


@given(histories, zones, moments)
@settings(max_examples=200, deadline=None)
def test_every_open_case_has_a_next_date(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """No case with money at stake is ever forgotten."""
    case = fold(ORDER, known_at(history, now)).case
    agenda = draw_agenda(case, GUIDANCE[zone], now)
    if case.is_open:
        assert agenda.look_again_at is not None
        assert agenda.next is not None
    if case.is_done:
        assert agenda == draw_agenda(case, GUIDANCE[zone], now + timedelta(days=9))
        assert (agenda.due, agenda.look_again_at) == ((), None)


@given(histories, zones, moments)
@settings(max_examples=100, deadline=None)
def test_answer_changes_only_at_the_next_look(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """Between two looks nothing new comes due: the tick may sleep until then."""
    case = fold(ORDER, known_at(history, now)).case
    agenda = draw_agenda(case, GUIDANCE[zone], now)
    end = agenda.look_again_at or now + timedelta(days=400)
    for share in (0.01, 0.5, 0.99):
        later = now + (end - now) * share
        assert draw_agenda(case, GUIDANCE[zone], later).due == agenda.due


@given(histories, moments, st.sets(st.integers(0, 60), max_size=6))
@settings(max_examples=100, deadline=None)
def test_recounting_invents_no_new_asking(
    history: Sequence[Event], now: datetime, free: set[int]
) -> None:
    """Holidays that become known later move dates on; what was asked keeps its identity."""
    case = fold(ORDER, known_at(history, now)).case
    holidays = [(START + timedelta(days=day)).date() for day in free]
    moved = make_guidance(PlainCalendar(holidays=holidays))
    seen = set()
    moment = START
    while moment <= now:
        seen |= {
            (step.name, step.occurrence) for step in draw_agenda(case, GUIDANCE["UTC"], moment).due
        }
        moment = draw_agenda(case, GUIDANCE["UTC"], moment).look_again_at or now + timedelta(days=1)
    for step in draw_agenda(case, moved, now).due:
        assert (step.name, step.occurrence) in seen
