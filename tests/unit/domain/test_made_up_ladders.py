"""Ladders made up for one rule each: times that end, repeats, rights, conditions, steps done."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
from unit.domain.walks import asked, ladder, step
from watcher.domain.case import State
from watcher.domain.due import draw_agenda, due
from watcher.domain.event import Event, EventKind, Method
from watcher.domain.playbook import Anchor, Condition
from watcher.domain.slot import find_wakening

OWED = [told(EventKind.ORDER_CONFIRMED, days=-9), told(EventKind.ORDER_CLOSED)]
EVERYTHING = [
    told(EventKind.ORDER_CONFIRMED, days=-9),
    told(EventKind.ORDER_FROZEN, days=-8),
    told(EventKind.ORDER_SHIPPED, days=-5),
    told(EventKind.CONFIRMATION_DUE, days=-2),
    told(EventKind.ORDER_CLOSED),
    told(EventKind.REFUND_ANNOUNCED, days=1),
    told(EventKind.DISPUTE_OPENED, days=2),
    told(EventKind.DISPUTE_UPDATED, days=3),
    claimed(EventKind.REFUND_ANNOUNCED, days=4),
    told(EventKind.DISPUTE_CLOSED, days=5),
]


@pytest.mark.parametrize("anchor", sorted(set(Anchor) - {Anchor.PROCESSING}))
def test_every_anchor_can_be_counted_from(anchor: Anchor) -> None:
    """A case that went through everything has a date for each of them."""
    guidance = ladder(step("one", f"{anchor} +1d"))
    assert draw_agenda(case_of(EVERYTHING), guidance, EVERYTHING[-1].at).next is not None
    ordered = ladder(step("one", "processing +1d", state=State.ORDERED))
    assert draw_agenda(case_of(EVERYTHING[:1]), ordered, EVERYTHING[0].at).next is not None


# --- Several times, and times that end


@pytest.mark.parametrize(
    ("events", "day"),
    [(OWED, 10), ([*OWED, told(EventKind.ORDER_SHIPPED, days=1)], 6), (EVERYTHING, 0)],
    ids=["only one known", "the second is first", "all known"],
)
def test_of_several_times_the_first_to_come_counts(events: list[Event], day: int) -> None:
    """Whatever their order in the list; what is not known is left out."""
    guidance = ladder(step("one", "closed +10d", "shipped +5d", "disputed +2d"))
    case = case_of(events)
    agenda = draw_agenda(case, guidance, case.changed_at or START)
    assert agenda.next is not None
    assert agenda.next.due_at == at_nine(START.date() + timedelta(days=day))


def test_step_of_no_use_any_more_gives_way_to_the_one_before() -> None:
    """It is asked for its days, and then the other counts again under its old name."""
    guidance = ladder(step("long", "closed +0d"), step("short", "closed +2d", within_days=3))
    assert [asked(OWED, guidance, day) for day in (1, 2, 4, 5)] == [
        ["long"],
        ["short"],
        ["short"],
        ["long"],
    ]
    case = case_of(OWED)
    (first,) = due(case, guidance, START)
    (again,) = due(case, guidance, START + timedelta(days=9))
    assert first == again
    agenda = draw_agenda(case, guidance, START + timedelta(days=3))
    assert agenda.look_again_at == at_nine(date(2026, 11, 8))
    done = case_of([*OWED, acted(EventKind.STEP_DONE, days=3, step="short")])
    following = draw_agenda(done, guidance, START + timedelta(days=4))
    assert following.due == ()
    assert following.next is not None
    assert (following.next.name, following.next.due_at) == ("long", at_nine(date(2026, 11, 8)))


def test_step_alone_that_is_of_no_use_any_more_leaves_nothing() -> None:
    """No step is made up."""
    guidance = ladder(step("short", "closed +2d", within_days=3))
    agenda = draw_agenda(case_of(OWED), guidance, START + timedelta(days=3))
    assert agenda.next is not None
    over = draw_agenda(case_of(OWED), guidance, START + timedelta(days=6))
    assert (over.due, over.next, over.look_again_at) == ((), None, None)


def test_repeats_end_with_the_use_of_the_step() -> None:
    """Asked on the second and the fourth day, and not on the sixth."""
    guidance = ladder(step("short", "closed +2d", within_days=3, repeat_days=2))
    case = case_of(OWED)
    looks = []
    moment: datetime | None = START
    while moment is not None:
        looks.append(moment)
        moment = draw_agenda(case, guidance, moment).look_again_at
    assert [(look - START).days for look in looks] == [0, 2, 4, 5]


def test_step_that_repeats_comes_back_between_later_ones() -> None:
    """What was told once and is over a week old silences nothing."""
    guidance = ladder(step("weekly", "closed +1d", repeat_days=7), step("once", "closed +3d"))
    assert [asked(OWED, guidance, day) for day in (1, 3, 7, 8, 20)] == [
        ["weekly"],
        ["once"],
        ["once"],
        ["weekly"],
        ["weekly"],
    ]


def test_right_that_can_still_be_lost_comes_before_later_steps() -> None:
    """Until its day is over; the one that is lost first of two."""
    shipped = [
        told(EventKind.ORDER_CONFIRMED, days=-108),
        told(EventKind.ORDER_SHIPPED, days=-99),
        told(EventKind.ORDER_CLOSED),
    ]
    guidance = ladder(
        step("dispute", "dispute -9d"),
        step("claim", "chargeback -14d"),
        step("later", "closed +8d"),
    )
    assert [asked(shipped, guidance, day) for day in (5, 6, 12, 13, 15, 16)] == [
        ["claim"],
        ["claim"],
        ["claim"],
        ["dispute"],
        ["dispute"],
        ["later"],
    ]
    done = acted(EventKind.STEP_DONE, days=7, step="claim")
    assert asked([*shipped, done], guidance, 8) == ["dispute"]


def test_step_after_a_right_was_lost_is_a_step_like_others() -> None:
    """It is counted from the clock's end and uses no right."""
    guidance = ladder(step("regret", "chargeback +1d"))
    assert asked(OWED, guidance, 111) == []
    assert asked(OWED, guidance, 112) == ["regret"]
    assert asked(OWED, guidance, 300) == ["regret"]


# --- Counted from a step


def test_step_can_be_counted_from_another_that_was_done() -> None:
    """Three days after the letter to the seller, and never without the letter."""
    guidance = ladder(step("write", "closed +0d"), step("ask_again", "write +3d"))
    assert asked(OWED, guidance, 30) == ["write"]
    wrote = [*OWED, acted(EventKind.STEP_DONE, days=2, step="write")]
    assert asked(wrote, guidance, 4) == []
    assert asked(wrote, guidance, 5) == ["ask_again"]
    undone = [*wrote, acted(EventKind.ACT_UNDONE, days=3)]
    assert asked(undone, guidance, 5) == ["write"]


def test_remark_that_comes_due_during_a_pause_is_made_in_time() -> None:
    """It stands beside the ladder, and the pause is the ladder's."""
    guidance = ladder(step("note", "closed +3d", aside=True, within_days=2))
    snoozed = case_of([*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=20)])
    agenda = draw_agenda(snoozed, guidance, START + timedelta(days=2))
    assert agenda.due == ()
    assert agenda.look_again_at == at_nine(date(2026, 11, 6))
    begun = draw_agenda(snoozed, guidance, at_nine(date(2026, 11, 6)))
    assert [one.name for one in begun.due] == ["note"]
    assert begun.look_again_at == at_nine(date(2026, 11, 8))


def test_step_for_some_cases_is_asked_of_those_alone() -> None:
    """The condition is asked of the case as it is now."""
    only = Condition(methods=frozenset({Method.PAYPAL}))
    guidance = ladder(step("claim", "closed +0d", only=only))
    assert asked(OWED, guidance, 2) == []
    paid = acted(EventKind.PAYMENT_TOLD, days=1, method=Method.PAYPAL)
    assert asked([*OWED, paid], guidance, 2) == ["claim"]


# --- Rights, news and pauses


def disputed(*events: Event) -> list[Event]:
    """An old payment, and a dispute about it since the closing."""
    return [
        told(EventKind.ORDER_CONFIRMED, days=-108),
        told(EventKind.ORDER_CLOSED),
        told(EventKind.DISPUTE_OPENED, days=0.5),
        *events,
    ]


CLAIM_AND_ANSWER = ladder(
    step("claim", "chargeback -6d", state=State.DISPUTED),
    step("answer", "answered +0d", state=State.DISPUTED),
)


@pytest.mark.parametrize("answered", [3, 8])
def test_news_is_told_beside_a_right_that_can_be_lost(answered: int) -> None:
    """Before or after the claim is asked, and though both came while nobody looked."""
    events = disputed(told(EventKind.DISPUTE_UPDATED, days=answered))
    assert asked(events, CLAIM_AND_ANSWER, 9) == ["claim", "answer"]
    done = acted(EventKind.STEP_DONE, days=9, step="answer")
    assert asked([*events, done], CLAIM_AND_ANSWER, 9.5) == ["claim"]


def test_right_that_was_used_stands_in_nobodys_way() -> None:
    """What was put aside for it is asked at once, and no earlier."""
    guidance = ladder(step("write", "closed +0d"), step("claim", "chargeback -12d"))
    old = [told(EventKind.ORDER_CONFIRMED, days=-108), told(EventKind.ORDER_CLOSED)]
    assert asked(old, guidance, 1) == ["claim"]
    assert asked([*old, acted(EventKind.STEP_DONE, days=1, step="claim")], guidance, 1.5) == [
        "write"
    ]


DISPUTE_AND_WEEKLY = ladder(
    step("weekly", "closed +0d", repeat_days=7), step("dispute", "dispute -5d")
)


def test_right_that_appears_during_a_pause_ends_it() -> None:
    """Put off to day 26; on day 2 a mail tells of a parcel, whose dispute ends on day 15."""
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=26)]
    parcel = [*snoozed, told(EventKind.ORDER_SHIPPED, days=2)]
    agenda = draw_agenda(case_of(parcel), DISPUTE_AND_WEEKLY, START + timedelta(days=3))
    assert agenda.due == ()
    assert agenda.look_again_at == at_nine(date(2026, 11, 13))
    assert [asked(parcel, DISPUTE_AND_WEEKLY, day) for day in (9, 10, 15)] == [
        [],
        ["dispute"],
        ["dispute"],
    ]
    assert asked(snoozed, DISPUTE_AND_WEEKLY, 12) == []


def test_right_that_was_known_does_not_end_the_pause() -> None:
    """The person was told what would be lost, and insisted."""
    shipped = [*OWED, told(EventKind.ORDER_SHIPPED, days=0.5)]
    forced = [*shipped, acted(EventKind.CASE_SNOOZED, days=1, until_days=26)]
    assert asked(forced, DISPUTE_AND_WEEKLY, 12) == []
    again = [*forced, told(EventKind.DELIVERY_UPDATE, days=3)]
    assert asked(again, DISPUTE_AND_WEEKLY, 12) == []


def test_payment_that_turns_out_to_be_older_ends_the_pause() -> None:
    """The claim's last day moved forward into it."""
    guidance = ladder(step("claim", "chargeback -14d"))
    snoozed = [*OWED, acted(EventKind.CASE_SNOOZED, days=1, until_days=60)]
    older = acted(EventKind.PAYMENT_TOLD, days=2, method=Method.CARD, paid_days=-90)
    assert asked([*snoozed, older], guidance, 15) == []
    assert asked([*snoozed, older], guidance, 16) == ["claim"]


def test_answer_in_the_dispute_ends_a_pause() -> None:
    """The seller's word is news, whatever was put off before it."""
    snoozed = acted(EventKind.CASE_SNOOZED, days=1, until_days=20)
    events = disputed(snoozed, told(EventKind.DISPUTE_UPDATED, days=3))
    assert asked(events, CLAIM_AND_ANSWER, 4) == ["answer"]


def test_date_that_only_an_unproven_mail_tells_is_asked_for_and_then_the_true_one() -> None:
    """A forged receipt brings the dispute forward, uses no asking up, and ends no right."""
    events = [
        told(EventKind.ORDER_CONFIRMED, days=-16),
        told(EventKind.ORDER_SHIPPED, days=-14),
        claimed(EventKind.ORDER_DELIVERED, days=-12),
        told(EventKind.ORDER_CANCELLED),
    ]
    guidance = ladder(step("dispute", "dispute -1d"), step("regret", "dispute +1d"))
    case = case_of(events)
    (early,) = due(case, guidance, at_nine(date(2026, 11, 5)))
    agenda = draw_agenda(case, guidance, at_nine(date(2026, 11, 5)))
    assert agenda.look_again_at == datetime(2026, 11, 7, tzinfo=UTC)
    assert due(case, guidance, at_nine(date(2026, 11, 8))) == ()
    (true,) = due(case, guidance, at_nine(date(2026, 11, 17)))
    assert (early.name, true.name) == ("dispute", "dispute")
    assert early.occurrence != true.occurrence
    assert asked(events, guidance, 17) == ["regret"]


@pytest.mark.parametrize("begin", [date(2026, 10, 20), date(2027, 3, 23)])
def test_repeats_keep_the_persons_hour_though_the_clocks_change(begin: date) -> None:
    """Summer time ends on the 25th of October and begins on the 28th of March: nine is nine."""
    berlin = ZoneInfo("Europe/Berlin")
    weekly = ladder(step("weekly", "closed +1d", repeat_days=7)).playbook
    guidance = make_guidance(PlainCalendar(berlin), playbook=weekly)
    shift = datetime.combine(begin, time(8, 30), tzinfo=UTC) - START
    case = case_of([replace(event, at=event.at + shift) for event in OWED])
    moment = draw_agenda(case, guidance, case.changed_at or START).look_again_at
    for week in range(4):
        assert moment is not None
        [one] = due(case, guidance, moment)
        assert one.repeats == week
        assert one.due_at == moment
        assert moment.astimezone(berlin).time() == time(9)
        assert moment.astimezone(berlin).date() == begin + timedelta(days=1 + 7 * week)
        moment = draw_agenda(case, guidance, moment).look_again_at


def test_case_that_was_never_put_off_has_nothing_to_wake_from() -> None:
    """Only a snooze can sleep through a right."""
    assert find_wakening(case_of(OWED), make_guidance(), []) is None
