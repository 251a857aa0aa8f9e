"""Whatever a case has been through: no step before its time, and no silence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.domain.examples import ORDER, START, PlainCalendar, acted, make_guidance, told
from unit.domain.strategies import histories, playbooks
from watcher.domain.alert import Severity
from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.clock import Clock, Ending, Terms
from watcher.domain.deadline import deadlines, leading_deadline, running
from watcher.domain.due import Guidance, draw_agenda
from watcher.domain.event import Event, EventKind, Method
from watcher.domain.life import fold
from watcher.domain.playbook import CERTAIN, Playbook, Rung, When

ZONES = ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Europe/Berlin", "America/Sao_Paulo"]
GUIDANCE = {
    zone: replace(make_guidance(PlainCalendar(ZoneInfo(zone))), terms=Terms()) for zone in ZONES
}
zones = st.sampled_from(ZONES)
moments = st.integers(0, 200 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def known_at(history: Sequence[Event], now: datetime) -> list[Event]:
    """What had happened by `now`."""
    return [event for event in history if event.at <= now]


@given(histories, zones, moments)
@settings(max_examples=120, deadline=None)
def test_no_step_before_its_time_and_at_most_one_of_the_ladder(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """What is due is due; the next look lies ahead; one step is asked at a time, beside news."""
    case = fold(ORDER, known_at(history, now)).case
    agenda = draw_agenda(case, GUIDANCE[zone], now)
    assert all(step.due_at <= now for step in agenda.due)
    assert sum(not (step.rung.aside or step.rung.is_renewed) for step in agenda.due) <= 1
    assert agenda.look_again_at is None or agenda.look_again_at > now
    if case.snoozed_until is not None and now < case.snoozed_until:
        rights = (Clock.DISPUTE, Clock.CHARGEBACK)
        woken = any(step.clock in rights for step in agenda.due if not step.rung.aside)
        assert woken or all(step.rung.aside for step in agenda.due)


@given(histories, zones, moments)
@settings(max_examples=120, deadline=None)
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


PATIENCE = timedelta(days=36)
"""The longest that the shipped ladder may keep quiet: 20 working days and what is near them."""


@given(histories, zones, moments)
@settings(max_examples=120, deadline=None)
def test_open_case_that_is_left_alone_is_asked_again_and_again(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """Having a next date is not enough: something new is said on it before long."""
    case = fold(ORDER, known_at(history, now)).case
    if not case.is_open:
        return
    if case.snoozed_until is not None:
        now = max(now, case.snoozed_until)
    told: set[tuple[str, str]] = set()
    heard = now
    moment: datetime | None = now
    while moment is not None and moment < now + timedelta(days=250):
        agenda = draw_agenda(case, GUIDANCE[zone], moment)
        fresh = {(step.name, step.occurrence) for step in agenda.due} - told
        heard = moment if fresh else heard
        told |= fresh
        assert moment - heard <= PATIENCE
        moment = agenda.look_again_at
    assert moment is not None


news = st.builds(
    lambda kind, days, ago: (
        acted(kind, days=days, method=Method.CARD, paid_days=days - ago)
        if kind is EventKind.PAYMENT_TOLD
        else told(kind, days=days)
    ),
    kind=st.sampled_from(
        [EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED, EventKind.PAYMENT_TOLD]
    ),
    days=st.integers(0, 20).map(lambda days: days + 0.25),
    ago=st.integers(10, 118),
)


@given(st.lists(news, min_size=1, max_size=3), zones, *[st.integers(1, 60)] * 2, st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_case_that_was_put_off_without_force_sleeps_through_the_loss_of_no_right(
    later: list[Event], zone: str, day: int, days: int, share: float
) -> None:
    """Whatever becomes known meanwhile: the step that uses the right is asked in its time."""
    guidance, calendar = GUIDANCE[zone], GUIDANCE[zone].calendar
    snooze = acted(EventKind.CASE_SNOOZED, days=day / 10, until_days=day / 10 + days)
    assert snooze.until is not None
    history = [told(EventKind.ORDER_CONFIRMED, days=-9), told(EventKind.ORDER_CLOSED), *later]
    before = fold(ORDER, known_at(history, snooze.at)).case
    today, wakes = local_date(calendar, snooze.at), local_date(calendar, snooze.until)
    bound = running(before, guidance.terms, calendar, today)
    if any(today <= deadline.day < wakes for deadline in bound):
        return
    now = snooze.at + (snooze.until - snooze.at) * share
    case = fold(ORDER, known_at([*history, snooze], now)).case
    ends = deadlines(case, guidance.terms, calendar)
    asked = {step.name for step in draw_agenda(case, guidance, now).due}
    for step in draw_agenda(replace(case, snoozed_until=None), guidance, now).due:
        deadline = None if step.clock is None else ends[step.clock]
        if deadline is None or deadline.rule.ending is not Ending.FORFEITS:
            continue
        if local_date(calendar, now) <= deadline.lost_day < wakes:
            assert step.name in asked


# --- Any ladder


@given(histories, playbooks(), zones, moments)
@settings(max_examples=150, deadline=None)
def test_any_ladder_changes_its_answer_only_at_the_next_look(
    history: Sequence[Event], playbook: Playbook, zone: str, now: datetime
) -> None:
    """With every condition, repeat, remark and end: nothing before its time, nothing missed."""
    guidance = replace(GUIDANCE[zone], playbook=playbook)
    case = fold(ORDER, known_at(history, now)).case
    agenda = draw_agenda(case, guidance, now)
    assert all(step.due_at <= now for step in agenda.due)
    assert all(step.rung.only.fits(case) for step in agenda.due)
    assert sum(not (step.rung.aside or step.rung.is_renewed) for step in agenda.due) <= 1
    assert agenda.look_again_at is None or agenda.look_again_at > now
    end = agenda.look_again_at or now + timedelta(days=400)
    for share in (0.01, 0.5, 0.99):
        later = draw_agenda(case, guidance, now + (end - now) * share)
        assert later.due == agenda.due
        assert later.look_again_at == agenda.look_again_at


WEEKLY = Rung(
    name="weekly",
    title="weekly",
    at={
        state: (When(anchor=anchor, days=3),)
        for state, anchors in CERTAIN.items()
        for anchor in anchors
    },
    severity=Severity.ACTION,
    repeat_days=7,
)


@given(histories, playbooks(), st.booleans(), moments)
@settings(max_examples=150, deadline=None)
def test_any_ladder_that_is_not_refused_asks_every_open_case_to_the_end(
    history: Sequence[Event], playbook: Playbook, first: bool, now: datetime
) -> None:
    """What the reading of a playbook lets pass never falls silent."""
    rungs = (WEEKLY, *playbook.rungs) if first else (*playbook.rungs, WEEKLY)
    guidance = make_guidance(playbook=Playbook(rungs=rungs))
    case = fold(ORDER, known_at(history, now)).case
    assert guidance.playbook.silent_states() == ()
    if not case.is_open:
        return
    agenda = draw_agenda(case, guidance, now)
    assert agenda.look_again_at is not None
    assert agenda.next is not None
    assert asked_in(case, guidance, now + timedelta(days=1500), timedelta(days=40))


def asked_in(case: Case, guidance: Guidance, begin: datetime, span: timedelta) -> bool:
    """Whether a step comes due for the first time between `begin` and `begin + span`."""
    known = {(step.name, step.occurrence) for step in draw_agenda(case, guidance, begin).due}
    moment = draw_agenda(case, guidance, begin).look_again_at
    while moment is not None and moment <= begin + span:
        agenda = draw_agenda(case, guidance, moment)
        if {(step.name, step.occurrence) for step in agenda.due} - known:
            return True
        moment = agenda.look_again_at
    return False


# --- The dates


@given(histories, zones, moments)
@settings(max_examples=150, deadline=None)
def test_leading_date_is_the_first_and_never_one_that_is_lost(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """A right that is gone is not held up to the person; every open case has a date."""
    guidance = GUIDANCE[zone]
    case = fold(ORDER, known_at(history, now)).case
    today = local_date(guidance.calendar, now)
    found = running(case, guidance.terms, guidance.calendar, today)
    leading = leading_deadline(case, guidance.terms, guidance.calendar, today)
    assert (leading is None) == (not found)
    assert (leading is not None) or not case.is_open
    for deadline in found:
        assert leading is not None
        assert leading.day <= deadline.day
        assert deadline.day >= today or deadline.rule.ending is Ending.OVERDUE


@given(histories, zones, moments)
@settings(max_examples=150, deadline=None)
def test_step_about_a_right_is_never_asked_once_it_is_lost(
    history: Sequence[Event], zone: str, now: datetime
) -> None:
    """No dispute after the dispute's days, no claim after the bank's."""
    guidance = GUIDANCE[zone]
    case = fold(ORDER, known_at(history, now)).case
    yesterday = local_date(guidance.calendar, now - timedelta(days=1))
    found = running(case, guidance.terms, guidance.calendar, yesterday)
    for step in draw_agenda(case, guidance, now).due:
        # What comes after the loss, as a question to the help centre does, is about no right.
        if step.ends_a_right:
            assert step.lost_at is not None
            assert now < step.lost_at
            assert step.clock in {deadline.clock for deadline in found}
