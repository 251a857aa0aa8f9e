"""What a case asks of the person at a moment."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from unit.domain.examples import (
    START,
    PlainCalendar,
    acted,
    at_nine,
    case_of,
    claimed,
    make_guidance,
    told,
)
from watcher.domain.alert import Severity
from watcher.domain.case import State
from watcher.domain.clock import Clock
from watcher.domain.due import draw_agenda, due
from watcher.domain.event import Event, EventKind
from watcher.domain.playbook import Playbook, Rung, When

GUIDANCE = make_guidance()
OWED = [told(EventKind.ORDER_CONFIRMED, days=-9), told(EventKind.ORDER_CLOSED)]
LAST_DAY = date(2026, 12, 1)
SECOND = timedelta(seconds=1)


def names(events: list[Event], now: datetime) -> list[str]:
    """The names of the steps that are due."""
    return [step.name for step in due(case_of(events), GUIDANCE, now)]


def test_ladder_is_climbed_at_its_times() -> None:
    """At once the seller, the refund page, a reminder, then the dispute and the complaint."""
    times = {
        "contact_seller": START,
        "check_refund": at_nine(date(2026, 11, 10)),
        "remind_seller": at_nine(date(2026, 11, 26)),
        "open_dispute": at_nine(LAST_DAY),
        "file_complaint": at_nine(date(2026, 12, 8)),
    }
    previous: list[str] = []
    for name, at in times.items():
        assert names(OWED, at - SECOND) == previous
        assert names(OWED, at) == [name]
        previous = [name]


def test_only_the_last_step_counts_after_a_pause() -> None:
    """What was overtaken is not asked any more."""
    assert names(OWED, at_nine(date(2026, 12, 20))) == ["file_complaint"]


def test_next_step_and_next_look_are_known() -> None:
    """The command line shows what comes, and the tick knows when."""
    agenda = draw_agenda(case_of(OWED), GUIDANCE, START)
    assert agenda.next is not None
    assert agenda.next.name == "contact_seller"
    assert agenda.look_again_at == at_nine(date(2026, 11, 10))


def test_done_step_is_not_due_and_the_next_is_shown() -> None:
    """Who wrote to the seller is told what comes after."""
    done = [*OWED, acted(EventKind.STEP_DONE, days=1, step="contact_seller")]
    agenda = draw_agenda(case_of(done), GUIDANCE, START + timedelta(days=2))
    assert agenda.due == ()
    assert agenda.next is not None
    assert agenda.next.name == "check_refund"


def test_step_done_ahead_of_its_time_counts() -> None:
    """Who opened the dispute early is not asked to open it."""
    done = [*OWED, acted(EventKind.STEP_DONE, days=1, step="open_dispute")]
    assert names(done, at_nine(LAST_DAY)) == []
    agenda = draw_agenda(case_of(done), GUIDANCE, at_nine(LAST_DAY))
    assert agenda.next is not None
    assert agenda.next.name == "file_complaint"


def test_last_step_repeats_until_something_happens() -> None:
    """Each week anew, each time as an asking of its own."""
    first = at_nine(date(2026, 12, 8))
    seen = []
    for week in range(4):
        moment = first + timedelta(days=7 * week)
        before = draw_agenda(case_of(OWED), GUIDANCE, moment - SECOND)
        assert before.look_again_at == moment
        (step,) = due(case_of(OWED), GUIDANCE, moment)
        assert (step.name, step.due_at) == ("file_complaint", moment)
        seen.append(step.occurrence)
    assert len(set(seen)) == 4


def test_repeated_step_that_was_done_is_asked_again_in_its_turn() -> None:
    """A complaint without an answer is worth a second one."""
    first = at_nine(date(2026, 12, 8))
    done = acted(EventKind.STEP_DONE, days=36, step="file_complaint")
    assert done.at > first
    assert names([*OWED, done], first + timedelta(days=6)) == []
    assert names([*OWED, done], first + timedelta(days=7)) == ["file_complaint"]


def test_nothing_is_asked_while_the_case_is_put_off() -> None:
    """And the command line still shows what comes afterwards."""
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=5)]
    agenda = draw_agenda(case_of(snoozed), GUIDANCE, START + timedelta(days=2))
    assert agenda.due == ()
    assert agenda.look_again_at == START + timedelta(days=5)
    assert agenda.next is not None
    assert agenda.next.name == "contact_seller"


def test_step_is_asked_again_when_the_pause_ends() -> None:
    """As a new asking: the first one was told before the person put it off."""
    (first,) = due(case_of(OWED), GUIDANCE, START)
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=5)]
    (again,) = due(case_of(snoozed), GUIDANCE, START + timedelta(days=5))
    assert again.name == first.name
    assert again.occurrence != first.occurrence
    assert again.due_at == START + timedelta(days=5)
    twice = [*snoozed, acted(EventKind.CASE_SNOOZED, days=6, until_days=8)]
    (third,) = due(case_of(twice), GUIDANCE, START + timedelta(days=8))
    assert third.occurrence not in {first.occurrence, again.occurrence}


def test_step_that_came_due_during_the_pause_is_asked_once_it_is_over() -> None:
    """The last day passed meanwhile: the dispute counts, not the seller."""
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=29)]
    assert names(snoozed, START + timedelta(days=29)) == ["open_dispute"]


def test_step_due_after_a_pause_keeps_its_own_name() -> None:
    """A pause that is long over changes no later asking."""
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=2)]
    moment = at_nine(LAST_DAY)
    assert due(case_of(snoozed), GUIDANCE, moment) == due(case_of(OWED), GUIDANCE, moment)


def test_done_step_is_not_asked_again_when_a_pause_ends() -> None:
    """Putting off is not undoing."""
    events = [
        *OWED,
        acted(EventKind.STEP_DONE, days=1, step="contact_seller"),
        acted(EventKind.CASE_SNOOZED, days=2, until_days=5),
    ]
    assert names(events, START + timedelta(days=5)) == []


def test_remark_stands_beside_the_ladder() -> None:
    """A claimed refund is to be checked, and the seller to be written to all the same."""
    events = [*OWED, claimed(EventKind.REFUND_ANNOUNCED, days=1)]
    assert sorted(names(events, START + timedelta(days=1))) == [
        "contact_seller",
        "unproven_refund",
    ]


def test_remark_is_made_once_whatever_becomes_of_the_case() -> None:
    """A second claim, and a dispute meanwhile, make it no new remark."""
    claim = claimed(EventKind.REFUND_ANNOUNCED, days=1)
    histories = [
        [*OWED, claim],
        [*OWED, claim, claimed(EventKind.REFUND_ANNOUNCED, days=4)],
        [*OWED, claim, acted(EventKind.DISPUTE_OPENED, days=5)],
    ]
    remarks = {
        step.occurrence
        for events in histories
        for step in due(case_of(events), GUIDANCE, START + timedelta(days=6))
        if step.name == "unproven_refund"
    }
    assert len(remarks) == 1


def test_frozen_order_is_remarked_though_it_is_no_case() -> None:
    """A security check wants data before anything is lost."""
    assert names([told(EventKind.ORDER_FROZEN)], START) == ["check_frozen"]


def test_settled_case_asks_nothing_and_needs_no_look() -> None:
    """Whoever has the money is left alone."""
    settled = case_of([*OWED, acted(EventKind.MONEY_RECEIVED, days=1)])
    agenda = draw_agenda(settled, GUIDANCE, START + timedelta(days=99))
    assert (agenda.due, agenda.next, agenda.look_again_at) == ((), None, None)


@pytest.mark.parametrize(
    ("events", "first"),
    [
        ([told(EventKind.ORDER_CLOSED)], "check_payment"),
        ([*OWED, told(EventKind.REFUND_ANNOUNCED, days=1)], "watch_refund"),
    ],
)
def test_other_states_have_their_own_steps(events: list[Event], first: str) -> None:
    """Asked whether it was paid; told to watch the account."""
    assert names(events, START + timedelta(days=1)) == [first]


def test_dispute_is_followed_by_a_complaint() -> None:
    """Five days for the seller and seven for the platform, then the complaint."""
    events = [*OWED, acted(EventKind.DISPUTE_OPENED, days=2)]
    assert names(events, START + timedelta(days=2)) == []
    assert names(events, at_nine(date(2026, 11, 17))) == ["file_complaint"]


def test_recounted_dates_keep_the_identity_of_an_asking() -> None:
    """A holiday that is announced later moves the day; the person is not asked twice for it."""
    moved = make_guidance(PlainCalendar(holidays=[date(2026, 11, 20), date(2026, 11, 23)]))
    case = case_of(OWED)
    moment = at_nine(date(2026, 12, 4))
    (before,) = due(case, GUIDANCE, moment)
    (after,) = due(case, moved, moment)
    assert before.due_at != after.due_at
    assert (before.name, before.occurrence) == (after.name, after.occurrence)


def test_reopened_case_is_asked_everything_anew() -> None:
    """The second round is not silenced by the first."""
    reopened = [
        *OWED,
        acted(EventKind.CASE_DISMISSED, days=1),
        acted(EventKind.CASE_REOPENED, days=2),
    ]
    (first,) = due(case_of(OWED), GUIDANCE, START)
    (again,) = due(case_of(reopened), GUIDANCE, START + timedelta(days=2))
    assert (first.name, again.name) == ("contact_seller", "contact_seller")
    assert first.occurrence != again.occurrence


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("opened +0d", START),
        ("opened +1d", at_nine(date(2026, 11, 4))),
        ("closed +4wd", at_nine(date(2026, 11, 9))),
        ("refund -20wd", at_nine(date(2026, 11, 3))),
        ("refund +0d", at_nine(LAST_DAY)),
    ],
)
def test_times_of_the_ladder_mean_what_they_say(when: str, moment: datetime) -> None:
    """At once, or on a day at the ladder's hour, in calendar or working days."""
    rung = Rung(
        name="step", title="do it", at={State.OWED: (When.parse(when),)}, severity=Severity.NOTICE
    )
    guidance = make_guidance(playbook=Playbook(rungs=(rung,)))
    assert due(case_of(OWED), guidance, moment - SECOND) == ()
    (step,) = due(case_of(OWED), guidance, moment)
    assert step.due_at == moment


@pytest.mark.parametrize("when", ["announced +0d", "disputed +0d", "frozen +0d", "posting +0d"])
def test_step_waits_for_its_anchor_to_happen(when: str) -> None:
    """What never began has no days to count from."""
    rung = Rung(
        name="step", title="do it", at={State.OWED: (When.parse(when),)}, severity=Severity.NOTICE
    )
    guidance = make_guidance(playbook=Playbook(rungs=(rung,)))
    agenda = draw_agenda(case_of(OWED), guidance, START + timedelta(days=300))
    assert (agenda.due, agenda.look_again_at) == ((), None)


def test_steps_keep_to_the_hour_of_the_playbook() -> None:
    """Who wants to be asked in the evening is."""
    evening = Playbook(rungs=GUIDANCE.playbook.rungs, hour=time(19, 30))
    (step,) = due(case_of(OWED), make_guidance(playbook=evening), datetime(2026, 12, 2, tzinfo=UTC))
    assert step.due_at == datetime(2026, 12, 1, 19, 30, tzinfo=UTC)


# --- Done, and put off

DISPUTED = [*OWED, told(EventKind.DISPUTE_OPENED, days=1), told(EventKind.DISPUTE_UPDATED, days=2)]


def test_answered_step_is_not_asked_again_when_a_pause_ends() -> None:
    """Only the next answer in the dispute asks anew."""
    answered = [
        *DISPUTED,
        acted(EventKind.STEP_DONE, days=3, step="answer_dispute"),
        acted(EventKind.CASE_SNOOZED, days=4, until_days=6),
    ]
    assert names(answered, START + timedelta(days=6)) == []
    anew = [*answered, told(EventKind.DISPUTE_UPDATED, days=7)]
    assert names(anew, START + timedelta(days=7)) == ["answer_dispute"]


def test_repeated_step_that_was_done_waits_for_its_turn_though_a_pause_ends() -> None:
    """Done on Wednesday, put off until Friday: next week is early enough."""
    first = at_nine(date(2026, 12, 8))
    events = [
        *OWED,
        acted(EventKind.STEP_DONE, days=36, step="file_complaint"),
        acted(EventKind.CASE_SNOOZED, days=36.5, until_days=38),
    ]
    assert names(events, START + timedelta(days=38)) == []
    assert names(events, first + timedelta(days=7)) == ["file_complaint"]


def test_each_answer_is_an_asking_of_its_own() -> None:
    """And the same answer is the same asking, whenever it is looked at."""
    twice = [*DISPUTED, told(EventKind.DISPUTE_UPDATED, days=5)]
    (first,) = due(case_of(DISPUTED), GUIDANCE, START + timedelta(days=2))
    (same,) = due(case_of(DISPUTED), GUIDANCE, START + timedelta(days=4))
    (second,) = due(case_of(twice), GUIDANCE, START + timedelta(days=5))
    assert first == same
    assert {first.name, second.name} == {"answer_dispute"}
    assert first.occurrence != second.occurrence


def test_answers_of_an_earlier_dispute_ask_nothing_in_the_next() -> None:
    """The second dispute begins without an answer."""
    second = [
        *DISPUTED,
        told(EventKind.DISPUTE_CLOSED, days=3),
        told(EventKind.DISPUTE_OPENED, days=4),
    ]
    assert names(second, START + timedelta(days=5)) == []


def test_step_names_the_clock_that_it_is_about() -> None:
    """The alert can say which date binds, and what is lost after it."""
    clocks = {
        name: one.clock
        for name, day in (("contact_seller", 0), ("remind_seller", 23), ("claim_back", 98))
        for one in due(case_of(OWED), GUIDANCE, START + timedelta(days=day + 0.1))
        if one.name == name
    }
    assert clocks == {
        "contact_seller": None,
        "remind_seller": Clock.REFUND,
        "claim_back": Clock.CHARGEBACK,
    }


def test_askings_of_one_stay_in_a_state_belong_together() -> None:
    """The books can tell when a step was asked last, whichever repeat it was."""
    weekly = [at_nine(date(2026, 12, 8)) + timedelta(days=7 * week) for week in (0, 3)]
    (first,), (fourth,) = (due(case_of(OWED), GUIDANCE, moment) for moment in weekly)
    assert first.visit == fourth.visit
    assert (first.repeats, fourth.repeats) == (0, 3)
    (second,) = due(case_of(DISPUTED), GUIDANCE, START + timedelta(days=2))
    assert second.visit != first.visit
