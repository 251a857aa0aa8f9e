"""The person's word on how it was paid, and what they take back; and what mails tell besides."""

from dataclasses import replace
from datetime import timedelta

import pytest

from unit.domain.examples import ORDER, START, acted, case_of, claimed, euros, told
from watcher.domain.case import Fact, State
from watcher.domain.event import Event, EventKind, Method, Reason, RefundForm
from watcher.domain.history import last_act
from watcher.domain.life import fold
from watcher.domain.message import Authenticity

K = EventKind
OWED = [told(K.ORDER_CONFIRMED, money=euros("25")), told(K.ORDER_CLOSED, days=1)]
PAID = acted(K.PAYMENT_TOLD, days=2, method=Method.PAYPAL)
WROTE = acted(K.STEP_DONE, days=3, step="contact_seller")
OPENED = (
    acted(K.STEP_DONE, days=4, step="open_dispute"),
    acted(K.DISPUTE_OPENED, days=4),
)
UNDO = acted(K.ACT_UNDONE, days=5)


def undo(days: float) -> Event:
    """The person takes something back."""
    return acted(K.ACT_UNDONE, days=days)


# --- How it was paid


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], State.ORDERED),
        ([told(K.PAYMENT_PENDING)], State.ORDERED),
        ([told(K.ORDER_CLOSED)], State.OWED),
        ([told(K.ORDER_CONFIRMED)], State.ORDERED),
        ([told(K.ORDER_COMPLETED)], State.COMPLETED),
        ([told(K.ORDER_CLOSED, reason=Reason.UNPAID)], State.OWED),
        (OWED, State.OWED),
    ],
    ids=["unknown", "unpaid", "asking", "ordered", "completed", "void", "owed"],
)
def test_how_it_was_paid_answers_whether_it_was(before: list[Event], after: State) -> None:
    """And moves nothing of which that was known."""
    case = case_of([*before, PAID])
    assert (case.state, case.method) == (after, Method.PAYPAL)


def test_payment_told_before_the_closing_makes_the_closing_a_debt() -> None:
    """Nobody is asked what they have said."""
    assert case_of([PAID, told(K.ORDER_CLOSED, days=3)]).state is State.OWED


def test_way_of_payment_does_not_confirm_what_an_unproven_mail_said() -> None:
    """A forged good end stays a claim: the proven closing opens the case all the same."""
    forged = [told(K.ORDER_CONFIRMED), claimed(K.ORDER_COMPLETED, days=1), PAID]
    assert case_of([*forged, told(K.ORDER_CLOSED, days=3)]).state is State.OWED
    claimed_closing = [claimed(K.ORDER_CLOSED), PAID]
    assert case_of([*claimed_closing, told(K.DELIVERY_UPDATE, days=3)]).state is State.OWED


def test_case_that_the_person_opened_stays_open_whatever_news_comes() -> None:
    """Who says how a closed order was paid is owed the money; a late mail does not end that."""
    voided = [told(K.ORDER_COMPLETED), claimed(K.ORDER_CLOSED, days=1)]
    case = case_of([*voided, PAID, told(K.DELIVERY_UPDATE, days=3)])
    assert (case.state, case.firm) == (State.OWED, State.OWED)
    assert case.opened_at == PAID.at


def test_last_word_on_the_payment_counts() -> None:
    """Each part of it: the method may be corrected without naming the day once more."""
    first = acted(K.PAYMENT_TOLD, days=2, method=Method.CARD, paid_days=-3)
    case = case_of([*OWED, first])
    assert (case.method, case.paid_at) == (Method.CARD, START - timedelta(days=3))
    corrected = case_of([*OWED, first, acted(K.PAYMENT_TOLD, days=3, method=Method.PAYPAL)])
    assert (corrected.method, corrected.paid_at) == (Method.PAYPAL, case.paid_at)
    dated = case_of([*OWED, first, acted(K.PAYMENT_TOLD, days=3, paid_days=-4)])
    assert (dated.method, dated.paid_at) == (Method.CARD, START - timedelta(days=4))


def test_day_of_payment_is_the_first_mails_unless_the_person_knows() -> None:
    """The confirmation, else the first news of the parcel."""
    assert case_of(OWED).paid_at == START
    shipped = [told(K.ORDER_SHIPPED, days=2), told(K.ORDER_CONFIRMED, days=3)]
    assert case_of(shipped).paid_at == START + timedelta(days=2)
    assert case_of([told(K.DELIVERY_UPDATE, days=2)]).paid_at == START + timedelta(days=2)
    assert case_of([told(K.ORDER_DELIVERED)]).paid_at is None


# --- Taking back


def test_nothing_is_there_to_be_taken_back() -> None:
    """What mails said is not the person's to undo; taking back is no act."""
    assert last_act([]) == ()
    assert last_act(OWED) == ()
    assert last_act([*OWED, UNDO]) == ()
    assert case_of([*OWED, UNDO]) == case_of(OWED)


def test_last_act_is_taken_back() -> None:
    """And the one before it stands."""
    events = [*OWED, PAID, WROTE]
    assert last_act(events) == (WROTE,)
    life = fold(ORDER, [*events, UNDO])
    assert life.case == case_of([*OWED, PAID])
    assert life.undone == (WROTE,)
    assert last_act([*events, UNDO]) == (PAID,)


def test_taking_back_twice_takes_the_act_before_as_well() -> None:
    """And a third time, with nothing left, takes nothing."""
    events = [*OWED, PAID, WROTE, UNDO, undo(6)]
    assert case_of(events) == case_of(OWED)
    assert case_of([*events, undo(7)]) == case_of(OWED)
    assert fold(ORDER, [*events, undo(7)]).undone == (PAID, WROTE)


def test_act_after_one_taken_back_stands() -> None:
    """Taking back again takes the new one, and then the one that had stood."""
    again = acted(K.STEP_DONE, days=6, step="check_refund")
    events = [*OWED, PAID, WROTE, UNDO, again]
    assert case_of(events).step_done_at("check_refund") is not None
    assert case_of(events).step_done_at("contact_seller") is None
    assert last_act(events) == (again,)
    assert case_of([*events, undo(7), undo(8)]) == case_of(OWED)


def test_step_and_what_it_means_are_taken_back_together() -> None:
    """Who did not open the dispute after all is owed the money as before."""
    events = [*OWED, WROTE, *OPENED]
    assert case_of(events).state is State.DISPUTED
    assert set(last_act(events)) == set(OPENED)
    assert case_of([*events, UNDO]) == case_of([*OWED, WROTE])


def test_mails_between_act_and_taking_back_stand() -> None:
    """They said what they said; only the person's part goes."""
    update = told(K.DISPUTE_UPDATED, days=4.5)
    refund = told(K.REFUND_ANNOUNCED, days=4.7)
    events = [*OWED, *OPENED, update, refund, UNDO]
    case = case_of(events)
    assert case == case_of([*OWED, update, refund])
    assert case.state is State.ANNOUNCED
    assert case.step_done_at("open_dispute") is None


@pytest.mark.parametrize(
    "act",
    [
        acted(K.MONEY_RECEIVED, days=2),
        acted(K.MONEY_RECEIVED, days=2, money=euros("5")),
        acted(K.CASE_DISMISSED, days=2),
        acted(K.CASE_SNOOZED, days=2, until_days=20),
        acted(K.NOTE_ADDED, days=2, note="asked in the chat"),
        PAID,
        WROTE,
    ],
    ids=lambda act: act.kind.value,
)
def test_every_act_can_be_taken_back(act: Event) -> None:
    """The case is as if it had not been done."""
    assert case_of([*OWED, act]) != case_of(OWED)
    assert case_of([*OWED, act, UNDO]) == case_of(OWED)


def test_reopening_can_be_taken_back() -> None:
    """The case has ended once more, when it had."""
    ended = [*OWED, acted(K.CASE_DISMISSED, days=2)]
    assert case_of([*ended, acted(K.CASE_REOPENED, days=3), UNDO]) == case_of(ended)


# --- What mails tell besides


def test_store_and_things_are_the_proven_mails_word() -> None:
    """They stand in letters: a mail of unproven origin names them nowhere."""
    rumour = told(K.ORDER_CONFIRMED, store="Rumour", items=("a lamp",))
    truth = told(K.ORDER_SHIPPED, days=1, store="Lamp Store", items=("a lamp", "a cable"))
    lie = told(K.DELIVERY_UPDATE, days=2, store="Elsewhere", items=("gold",))
    forged = [replace(event, authenticity=Authenticity.UNKNOWN) for event in (rumour, lie)]
    assert (case_of(forged).store, case_of(forged).items) == (None, ())
    case = case_of([forged[0], truth, forged[1]])
    assert (case.store, case.items) == ("Lamp Store", ("a lamp", "a cable"))
    silent = case_of([truth, told(K.DELIVERY_UPDATE, days=3)])
    assert (silent.store, silent.items) == ("Lamp Store", ("a lamp", "a cable"))


def test_first_named_shipping_time_counts() -> None:
    """The confirmation names it; what comes later does not move it."""
    events = [told(K.ORDER_CONFIRMED, ship_days=5), told(K.ORDER_CONFIRMED, days=1, ship_days=9)]
    assert case_of(events).ship_days == 5
    assert case_of([told(K.ORDER_CONFIRMED), events[1]]).ship_days == 9


def test_form_of_the_refund_is_the_last_that_was_named() -> None:
    """A coupon first, then the balance; a mail that names none changes nothing.

    Unless it speaks of another sum: what was said of the first says nothing of that.
    """
    coupon = told(K.REFUND_ANNOUNCED, days=2, refund=RefundForm.COUPON)
    balance = told(K.REFUND_ANNOUNCED, days=3, refund=RefundForm.BALANCE)
    assert case_of([*OWED, coupon, balance]).refund_form is RefundForm.BALANCE
    assert case_of([*OWED, coupon, told(K.REFUND_ANNOUNCED, days=3)]).refund_form is (
        RefundForm.COUPON
    )
    part = told(K.REFUND_ANNOUNCED, days=2, refund=RefundForm.PARTIAL, money=euros("5"))
    rest = told(K.REFUND_ANNOUNCED, days=3, money=euros("20"))
    assert case_of([*OWED, part, rest]).refund_form is None


def test_answers_are_counted_in_a_dispute_and_nowhere_else() -> None:
    """The count tells one asking from the next; the date is the last answer's."""
    disputed = [*OWED, told(K.DISPUTE_UPDATED, days=1.5), told(K.DISPUTE_OPENED, days=2)]
    assert (case_of(disputed).answers, case_of(disputed).answered_at) == (0, None)
    answered = [*disputed, told(K.DISPUTE_UPDATED, days=3), told(K.DISPUTE_UPDATED, days=4)]
    case = case_of(answered)
    assert (case.answers, case.answered_at) == (2, START + timedelta(days=4))


def test_decision_is_dated_by_the_first_mail_about_it() -> None:
    """A reminder, or a forged one, does not put the complaint off."""
    decided = [*OWED, told(K.DISPUTE_OPENED, days=2), told(K.DISPUTE_CLOSED, days=8)]
    for later in (told(K.DISPUTE_CLOSED, days=9), claimed(K.DISPUTE_CLOSED, days=9)):
        assert case_of([*decided, later]).decided_at == START + timedelta(days=8)
    second = [*decided, told(K.DISPUTE_OPENED, days=10)]
    assert case_of(second).decided_at is None
    assert case_of([*second, told(K.DISPUTE_CLOSED, days=15)]).decided_at == START + timedelta(15)


def test_decision_needs_proof_and_a_dispute() -> None:
    """Nobody complains of a decision in a dispute that never was."""
    for mail in (claimed(K.DISPUTE_CLOSED, days=3), told(K.DISPUTE_CLOSED, days=3)):
        assert case_of([*OWED, mail]).decided_at is None


def test_answer_in_the_dispute_ends_what_was_put_off() -> None:
    """It wants an answer within days."""
    put_off = [
        *OWED,
        told(K.DISPUTE_OPENED, days=2),
        acted(K.CASE_SNOOZED, days=3, until_days=20),
    ]
    assert case_of(put_off).snoozed_until is not None
    assert case_of([*put_off, told(K.DISPUTE_UPDATED, days=4)]).snoozed_until is None


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        (K.ORDER_CONFIRMED, Fact.CONFIRMED),
        (K.ORDER_CONFIRMED, Fact.PAID),
        (K.ORDER_SHIPPED, Fact.SHIPPED),
        (K.ORDER_SHIPPED, Fact.PAID),
        (K.DELIVERY_UPDATE, Fact.SHIPPED),
        (K.CONFIRMATION_DUE, Fact.SHIPPED),
        (K.ORDER_DELIVERED, Fact.DELIVERED),
        (K.ORDER_COMPLETED, Fact.DELIVERED),
        (K.ORDER_CLOSED, Fact.CLOSED),
        (K.ORDER_CANCELLED, Fact.CLOSED),
    ],
)
def test_proven_mail_dates_what_an_unproven_one_dated_first(kind: EventKind, fact: Fact) -> None:
    """The first proven one, that is; until it comes the date is remembered as a claim."""
    forged = claimed(kind, days=-130)
    case = case_of([forged])
    assert getattr(case, fact.value) == forged.at
    assert fact in case.claims
    case = case_of([forged, told(kind, days=2), told(kind, days=3), claimed(kind, days=4)])
    assert getattr(case, fact.value) == START + timedelta(days=2)
    assert fact not in case.claims


def test_day_of_payment_that_the_person_names_is_no_claim() -> None:
    """What a forged mail said of it does not count any more, and no mail corrects the person."""
    named = acted(K.PAYMENT_TOLD, days=1, paid_days=-4)
    case = case_of([claimed(K.ORDER_CONFIRMED, days=-130), named, told(K.ORDER_SHIPPED, days=2)])
    assert case.paid_at == START - timedelta(days=4)
    assert Fact.PAID not in case.claims


def test_end_of_the_protection_is_the_last_mails() -> None:
    """AliExpress puts it off when the parcel is late, and says so anew."""
    events = [told(K.ORDER_SHIPPED), told(K.CONFIRMATION_DUE, days=3)]
    assert case_of(events).protection_ends_at == START + timedelta(days=3)
    again = case_of([*events, told(K.CONFIRMATION_DUE, days=9)])
    assert again.protection_ends_at == START + timedelta(days=9)


@pytest.mark.parametrize("kind", [K.ORDER_DELIVERED, K.CONFIRMATION_DUE])
def test_what_comes_or_is_about_to_was_shipped(kind: EventKind) -> None:
    """Though no mail said so: a dispute can be opened."""
    case = case_of([told(K.ORDER_CONFIRMED), told(kind, days=4)])
    assert case.shipped_at == START + timedelta(days=4)
