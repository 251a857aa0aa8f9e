"""What becomes of an order's money, event by event."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from unit.domain.examples import (
    ORDER,
    OTHER_ORDER,
    START,
    acted,
    case_of,
    claimed,
    euros,
    say,
    told,
)
from watcher.domain.case import DONE_STATES, OPEN_STATES, Case, Fact, Rejected, State
from watcher.domain.event import PERSONAL_KINDS, Event, EventKind, Evidence, Reason, RefundForm
from watcher.domain.life import REASON_TABLE, REMARKS, TABLE, Proof, apply, fold
from watcher.domain.message import Authenticity
from watcher.domain.money import Money

K = EventKind
MAIL_KINDS = [kind for kind in EventKind if kind not in PERSONAL_KINDS]
WAY_TO = {
    State.UNKNOWN: [],
    State.UNPAID: [K.PAYMENT_PENDING],
    State.ORDERED: [K.ORDER_CONFIRMED],
    State.FROZEN: [K.ORDER_CONFIRMED, K.ORDER_FROZEN],
    State.SHIPPED: [K.ORDER_CONFIRMED, K.ORDER_SHIPPED],
    State.DELIVERED: [K.ORDER_CONFIRMED, K.ORDER_DELIVERED],
    State.COMPLETED: [K.ORDER_CONFIRMED, K.ORDER_COMPLETED],
    State.VOID: [K.PAYMENT_PENDING, K.ORDER_CLOSED],
    State.ASKING: [K.ORDER_CLOSED],
    State.OWED: [K.ORDER_CONFIRMED, K.ORDER_CLOSED],
    State.DISPUTED: [K.ORDER_CONFIRMED, K.ORDER_CLOSED, K.DISPUTE_OPENED],
    State.ANNOUNCED: [K.ORDER_CONFIRMED, K.ORDER_CLOSED, K.REFUND_ANNOUNCED],
    State.SETTLED: [K.ORDER_CONFIRMED, K.ORDER_CLOSED, K.MONEY_RECEIVED],
    State.DISMISSED: [K.ORDER_CONFIRMED, K.ORDER_CLOSED, K.CASE_DISMISSED],
}
"""A proven way into every state."""


def way_to(state: State) -> list[Event]:
    """Proven events that lead into `state`, an hour apart."""
    return [say(kind, days=index / 24) for index, kind in enumerate(WAY_TO[state])]


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_by_proven_mails(state: State) -> None:
    """No state of the vocabulary is a dead word."""
    assert case_of(way_to(state)).state is state


@pytest.mark.parametrize("closing", [K.ORDER_CLOSED, K.ORDER_CANCELLED])
@pytest.mark.parametrize("before", [State.ORDERED, State.FROZEN, State.SHIPPED])
def test_closing_between_payment_and_delivery_means_that_money_is_owed(
    closing: EventKind, before: State
) -> None:
    """An order that was paid and never delivered opens a case for its money."""
    case = case_of([*way_to(before), told(closing, days=3)])
    assert case.state is State.OWED
    assert case.is_open
    assert case.opened_at == START + timedelta(days=3)
    assert case.closed_at == case.opened_at
    assert case.authenticity is Authenticity.PASS


@pytest.mark.parametrize("closing", [K.ORDER_CLOSED, K.ORDER_CANCELLED])
def test_closing_with_nothing_known_asks_the_person(closing: EventKind) -> None:
    """The mail alone does not tell whether money is owed."""
    assert case_of([told(closing)]).state is State.ASKING


def test_closing_after_delivery_asks_the_person() -> None:
    """A delivered order closes when it ended well, and also when it did not."""
    assert case_of([*way_to(State.DELIVERED), told(K.ORDER_CLOSED, days=2)]).state is State.ASKING


@pytest.mark.parametrize("before", [State.UNPAID, State.COMPLETED])
def test_closing_of_an_unpaid_or_completed_order_opens_no_case(before: State) -> None:
    """Nothing is owed where nothing was paid, or where receipt was confirmed."""
    case = case_of([*way_to(before), told(K.ORDER_CLOSED, days=9)])
    assert case.state is State.VOID
    assert not case.is_open
    assert case.opened_at is None


def test_mail_that_calls_itself_unpaid_opens_no_case() -> None:
    """A cancellation for want of payment owes nobody anything."""
    case = case_of([told(K.ORDER_CANCELLED, reason=Reason.UNPAID)])
    assert (case.state, case.opened_at) == (State.VOID, None)


@pytest.mark.parametrize(
    "reason", [Reason.SELLER, Reason.PROCESSING_TIME, Reason.CUSTOMS, Reason.TRACKING_NUMBER]
)
def test_reason_that_needs_a_payment_proves_one(reason: Reason) -> None:
    """A seller who did not ship in time had been paid: the person need not be asked."""
    case = case_of([told(K.ORDER_CANCELLED, reason=reason)])
    assert (case.state, case.reason) == (State.OWED, reason)
    assert case_of([told(K.ORDER_CANCELLED, reason=Reason.SECURITY)]).state is State.ASKING


@pytest.mark.parametrize(
    "late", [K.ORDER_CONFIRMED, K.ORDER_SHIPPED, K.DELIVERY_UPDATE], ids=lambda kind: kind.value
)
def test_later_news_of_a_payment_answers_the_question(late: EventKind) -> None:
    """A confirmation that comes after the closing shows that money is owed."""
    assert case_of([told(K.ORDER_CLOSED), told(late, days=1)]).state is State.OWED


def test_refund_mail_announces_and_does_not_settle() -> None:
    """AliExpress says that it paid; only the person has the money."""
    case = case_of(
        [*way_to(State.OWED), told(K.REFUND_ANNOUNCED, days=5, money=euros("9.90"))],
    )
    assert case.state is State.ANNOUNCED
    assert case.is_open
    assert case.announced_at == START + timedelta(days=5)
    assert case.announced == case.amount == euros("9.90")


# --- A refund of less than is owed

PARTLY = [
    told(K.ORDER_CONFIRMED, money=euros("49.90")),
    told(K.ORDER_SHIPPED, days=1),
    told(K.ORDER_CLOSED, days=2),
    told(K.REFUND_ANNOUNCED, days=3, money=euros("10"), refund=RefundForm.PARTIAL),
]


@pytest.mark.parametrize(
    ("money", "form", "short"),
    [
        ("10", None, True),
        ("49.90", None, False),
        ("60", None, False),
        (None, None, False),
        ("49.90", RefundForm.FULL, False),
        ("49.90", RefundForm.BALANCE, False),
        ("10", RefundForm.BALANCE, True),
        (None, RefundForm.PARTIAL, True),
        ("49.90", RefundForm.COUPON, True),
    ],
)
def test_refund_falls_short_that_leaves_something_owed(
    money: str | None, form: RefundForm | None, short: bool
) -> None:
    """Less than what is owed, or no money at all; what nobody knows is no complaint."""
    mail = told(
        K.REFUND_ANNOUNCED, days=3, money=None if money is None else euros(money), refund=form
    )
    case = case_of([*PARTLY[:3], mail])
    assert case.state is State.ANNOUNCED
    assert case.falls_short is short


def test_refund_in_another_currency_is_not_compared() -> None:
    """Nobody knows the rate."""
    dollars = Money(amount=Decimal(10), currency="USD")
    case = case_of([*PARTLY[:3], told(K.REFUND_ANNOUNCED, days=3, money=dollars)])
    assert not case.falls_short
    # What came is what was announced, as far as anybody can tell; the rest is owed.
    assert case_of([*PARTLY[:3], told(K.REFUND_ANNOUNCED, days=3, money=dollars), *COME]).state is (
        State.OWED
    )


COME = [acted(K.MONEY_RECEIVED, days=5, money=euros("10"))]


def test_part_that_was_announced_and_came_leaves_the_rest_owed() -> None:
    """Nobody traces what is there: the case is pursued as before the refund."""
    case = case_of([*PARTLY, *COME])
    assert (case.state, case.remaining) == (State.OWED, euros("39.90"))
    assert case.visits == (State.OWED, State.ANNOUNCED, State.OWED)
    assert case.changed_at == START + timedelta(days=5)


def test_part_of_what_was_announced_is_waited_for_further() -> None:
    """Four of ten, then six: only then has the refund come."""
    four = acted(K.MONEY_RECEIVED, days=4, money=euros("4"))
    six = acted(K.MONEY_RECEIVED, days=5, money=euros("6"))
    assert case_of([*PARTLY, four]).state is State.ANNOUNCED
    assert case_of([*PARTLY, four, six]).state is State.OWED
    rest = acted(K.MONEY_RECEIVED, days=6, money=euros("39.90"))
    assert case_of([*PARTLY, four, six, rest]).state is State.SETTLED


def test_what_came_before_the_announcement_does_not_count_for_it() -> None:
    """Ten were there already; the refund of twenty has brought five so far."""
    events = [
        *PARTLY[:3],
        acted(K.MONEY_RECEIVED, days=2.5, money=euros("10")),
        told(K.REFUND_ANNOUNCED, days=3, money=euros("20")),
        acted(K.MONEY_RECEIVED, days=4, money=euros("15")),
    ]
    assert case_of(events).state is State.ANNOUNCED


def test_part_that_comes_while_nobody_knows_the_announced_sum_is_the_refund() -> None:
    """A refund is booked at once: what is missing from then on is owed."""
    assert case_of([*PARTLY[:3], told(K.REFUND_ANNOUNCED, days=3), *COME]).state is State.OWED


def test_announced_part_of_an_unknown_price_does_not_settle() -> None:
    """Nobody knows the whole, and the mail says that this is not it."""
    unpriced = [told(K.ORDER_CONFIRMED), *PARTLY[2:]]
    nameless = Money(amount=Decimal(10), currency="XXX")
    case = case_of([*unpriced, acted(K.MONEY_RECEIVED, days=5, money=nameless)])
    assert (case.state, case.amount, case.remaining) == (State.OWED, None, None)
    some = replace(nameless, amount=Decimal(4))
    assert case_of([*unpriced, acted(K.MONEY_RECEIVED, days=5, money=some)]).state is (
        State.ANNOUNCED
    )
    assert case_of([*unpriced, acted(K.MONEY_RECEIVED, days=5)]).state is State.SETTLED
    full = told(K.REFUND_ANNOUNCED, days=3, money=euros("10"))
    assert case_of([unpriced[0], PARTLY[2], full, *COME]).state is State.SETTLED


def test_another_sum_is_another_refund() -> None:
    """It is told of and has days of its own; the same sum again is a reminder."""
    again = told(K.REFUND_ANNOUNCED, days=20, money=euros("10"))
    assert case_of([*PARTLY, again]).announced_at == START + timedelta(days=3)
    assert case_of([*PARTLY, told(K.REFUND_ANNOUNCED, days=20)]).visits == (
        State.OWED,
        State.ANNOUNCED,
    )
    snooze = acted(K.CASE_SNOOZED, days=4, until_days=60)
    rest = told(K.REFUND_ANNOUNCED, days=20, money=euros("39.90"))
    case = case_of([*PARTLY, snooze, rest])
    assert case.announced_at == case.changed_at == START + timedelta(days=20)
    assert case.visits == (State.OWED, State.ANNOUNCED, State.ANNOUNCED)
    assert case.snoozed_until is None
    forged = claimed(K.REFUND_ANNOUNCED, days=20, money=euros("39.90"))
    assert case_of([*PARTLY, forged]).announced == euros("10")


def test_receipt_after_a_reopened_case_is_counted_from_nothing() -> None:
    """What had been typed by mistake is forgotten, also where a refund is weighed against it."""
    events = [
        *PARTLY,
        *COME,
        told(K.REFUND_ANNOUNCED, days=6, money=euros("39.90")),
        acted(K.MONEY_RECEIVED, days=7),
        acted(K.CASE_REOPENED, days=8),
        acted(K.MONEY_RECEIVED, days=9, money=euros("5")),
    ]
    case = case_of(events)
    assert (case.state, case.remaining) == (State.OWED, euros("44.90"))


# --- Mails of unproven origin


@pytest.mark.parametrize("kind", [K.ORDER_SHIPPED, K.DELIVERY_UPDATE, K.CONFIRMATION_DUE])
@pytest.mark.parametrize("state", [State.ORDERED, State.FROZEN])
def test_forged_shipping_does_not_end_the_watch_for_proven_mails(
    state: State, kind: EventKind
) -> None:
    """The next proven mail finds the order where the last one left it."""
    case = case_of([*way_to(state), claimed(kind, days=1)])
    assert (case.state, case.firm) == (State.SHIPPED, state)
    assert case_of([*way_to(state), told(kind, days=1)]).firm is State.SHIPPED
    # Where nothing is known even a claim shows that it was paid.
    assert case_of([claimed(kind), told(K.ORDER_CLOSED, days=1)]).state is State.OWED


@pytest.mark.parametrize("kind", MAIL_KINDS)
@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_unproven_mail_never_ends_or_lowers_an_open_case(state: State, kind: EventKind) -> None:
    """Whatever a forged mail says, the case stays open, its money and its clocks as they are."""
    before = case_of(way_to(state))
    for reason in (None, *Reason):
        result = apply(before, claimed(kind, days=30, reason=reason, money=euros("0.01")))
        if isinstance(result, Rejected):
            continue
        assert result.is_open
        # To ask less of the person would be lowering: the question may become a claim, no less.
        assert (result.state is state) or (
            (state, result.state) in {(State.ASKING, State.OWED), (State.DISPUTED, State.OWED)}
        )
        assert result.closed_at == before.closed_at
        assert result.announced_at == before.announced_at
        assert result.ended_at is None


@pytest.mark.parametrize("kind", MAIL_KINDS)
@pytest.mark.parametrize("state", sorted(DONE_STATES))
def test_no_mail_reopens_what_the_person_ended(state: State, kind: EventKind) -> None:
    """The person has the last word; a late mail does not ask them again."""
    for event in (told(kind, days=30), claimed(kind, days=30)):
        result = apply(case_of(way_to(state)), event)
        assert isinstance(result, Rejected) or result.state is state


@pytest.mark.parametrize("kind", MAIL_KINDS)
@pytest.mark.parametrize("state", State)
def test_unproven_mail_leaves_no_less_than_a_proven_mail_would_find(
    state: State, kind: EventKind
) -> None:
    """A proven closing after any forged mail opens at least the case it would have opened."""
    closing = told(K.ORDER_CLOSED, days=9)
    honest = case_of([*way_to(state), closing])
    for reason in (None, Reason.UNPAID):
        forged = claimed(kind, days=8, reason=reason)
        assert honest.is_open <= case_of([*way_to(state), forged, closing]).is_open


@pytest.mark.parametrize("forged", [K.ORDER_COMPLETED, K.ORDER_DELIVERED, K.PAYMENT_PENDING])
def test_forged_good_end_does_not_silence_a_proven_closing(forged: EventKind) -> None:
    """A forged "completed" the day before would otherwise hide the money that is owed."""
    paid = told(K.ORDER_CONFIRMED)
    case = case_of([paid, claimed(forged, days=1), told(K.ORDER_CLOSED, days=2)])
    assert case.state is State.OWED


def test_forged_good_end_does_not_void_a_closing_that_nothing_is_known_of() -> None:
    """With the forged mail left out the person would have been asked, and is."""
    case = case_of([claimed(K.ORDER_COMPLETED), told(K.ORDER_CLOSED, days=1)])
    assert case.state is State.ASKING


def test_unproven_closing_opens_a_case_marked_so() -> None:
    """Missing proof is no reason to keep quiet about money."""
    case = case_of([told(K.ORDER_CONFIRMED), claimed(K.ORDER_CLOSED, days=1)])
    assert case.state is State.OWED
    assert case.authenticity is Authenticity.UNKNOWN


def test_proven_closing_replaces_the_date_of_a_claimed_one() -> None:
    """The clock starts where a proven mail says that it does, and then stays there."""
    events = [
        told(K.ORDER_CONFIRMED),
        claimed(K.ORDER_CLOSED, days=1),
        told(K.ORDER_CLOSED, days=4),
        told(K.ORDER_CANCELLED, days=6),
    ]
    case = case_of(events)
    assert case.closed_at == START + timedelta(days=4)
    assert case.opened_at == START + timedelta(days=1)
    assert case.authenticity is Authenticity.PASS
    assert case_of(events[:2]).closed_at == START + timedelta(days=1)


def test_ordinary_proven_news_does_not_close_what_an_unproven_mail_opened() -> None:
    """The case stays until a proven closing tells that nothing was paid, or the person does."""
    events = [
        claimed(K.ORDER_DELIVERED),
        claimed(K.ORDER_CLOSED, days=1, reason=Reason.UNPAID),
    ]
    assert case_of(events).state is State.ASKING
    for kind in (K.ORDER_CONFIRMED, K.DELIVERY_UPDATE, K.ORDER_COMPLETED):
        assert case_of([*events, told(kind, days=2)]).is_open


def test_case_that_forged_mails_opened_of_an_unpaid_order_stays_a_question() -> None:
    """Without them nobody would be asked; the person can say at once that nothing was paid."""
    events = [
        told(K.PAYMENT_PENDING),
        claimed(K.ORDER_DELIVERED, days=1),
        claimed(K.ORDER_CLOSED, days=2),
        told(K.ORDER_CLOSED, days=3),
    ]
    assert case_of(events).state is State.ASKING
    assert case_of([events[0], events[3]]).state is State.VOID


@pytest.mark.parametrize("closing", [K.ORDER_CLOSED, K.ORDER_CANCELLED])
def test_forged_closing_of_an_unpaid_order_hides_no_later_payment(closing: EventKind) -> None:
    """The order is paid after all and then closed: the forged mail in between ended nothing."""
    case = case_of(
        [
            told(K.PAYMENT_PENDING),
            claimed(closing, days=1),
            told(K.ORDER_CONFIRMED, days=2),
            told(K.ORDER_CLOSED, days=3),
        ]
    )
    assert case.state is State.OWED


def test_forged_closing_of_a_completed_order_hides_no_cancellation() -> None:
    """Proven mails alone would have the person asked."""
    completed = [told(K.ORDER_COMPLETED), claimed(K.ORDER_CLOSED, days=1)]
    assert case_of(completed).state is State.VOID
    assert case_of([*completed, told(K.ORDER_CANCELLED, days=2)]).state is State.ASKING


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        (K.ORDER_CONFIRMED, Fact.PAID),
        (K.ORDER_SHIPPED, Fact.SHIPPED),
        (K.DELIVERY_UPDATE, Fact.SHIPPED),
        (K.CONFIRMATION_DUE, Fact.SHIPPED),
        (K.ORDER_DELIVERED, Fact.DELIVERED),
        (K.ORDER_COMPLETED, Fact.DELIVERED),
    ],
)
@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_news_of_the_way_of_an_order_is_kept_with_an_open_case(
    state: State, kind: EventKind, fact: Fact
) -> None:
    """A mail that comes late, or after a forged closing, still tells what can be disputed."""
    bare = {
        State.ASKING: [told(K.ORDER_CLOSED)],
        State.OWED: [told(K.ORDER_CANCELLED, reason=Reason.SELLER)],
        State.DISPUTED: [told(K.DISPUTE_OPENED)],
        State.ANNOUNCED: [told(K.REFUND_ANNOUNCED)],
    }[state]
    assert case_of(bare).state is state
    case = case_of([*bare, told(kind, days=1)])
    assert case.is_open
    assert getattr(case, fact.value) == START + timedelta(days=1)


def test_claimed_refund_is_kept_in_mind_and_changes_nothing() -> None:
    """The person hears that a mail spoke of a refund, and the money stays owed."""
    life = fold(ORDER, [*way_to(State.OWED), claimed(K.REFUND_ANNOUNCED, days=5)])
    assert life.case.state is State.OWED
    assert life.case.unproven_refund_at == START + timedelta(days=5)
    assert [rejected.why for rejected in life.rejected] == ["the mail's origin is not proven"]


def test_proven_refund_answers_the_claimed_one() -> None:
    """Once the refund is proven the claim need not be checked any more."""
    case = case_of(
        [
            *way_to(State.OWED),
            claimed(K.REFUND_ANNOUNCED, days=5),
            told(K.REFUND_ANNOUNCED, days=6),
        ]
    )
    assert (case.state, case.unproven_refund_at) == (State.ANNOUNCED, None)


def test_claimed_refund_of_an_order_without_a_case_is_not_remembered() -> None:
    """Without money at stake there is nothing to check."""
    assert case_of([claimed(K.REFUND_ANNOUNCED)]).unproven_refund_at is None


def test_unproven_mail_cannot_correct_the_sum() -> None:
    """A forged confirmation over one cent would make the case about one cent."""
    paid = told(K.ORDER_CONFIRMED, money=euros("25.00"))
    forged = claimed(K.ORDER_CONFIRMED, days=1, money=euros("0.01"))
    assert case_of([paid, forged, told(K.ORDER_CLOSED, days=2)]).amount == euros("25.00")


def test_proven_mail_corrects_the_sum_that_an_unproven_one_named_first() -> None:
    """The first to name it may be unproven; the better witness counts."""
    first = claimed(K.ORDER_CONFIRMED, money=euros("0.01"))
    assert case_of([first]).amount == euros("0.01")
    assert case_of([first, told(K.ORDER_CONFIRMED, days=1, money=euros("25.00"))]).amount == (
        euros("25.00")
    )


def test_unfamiliar_wording_is_remembered_with_the_case() -> None:
    """The alert can say that the wording was a guess."""
    case = case_of([told(K.ORDER_CANCELLED, evidence=Evidence.GUESS)])
    assert case.evidence is Evidence.GUESS


# --- The person


@pytest.mark.parametrize("state", sorted(OPEN_STATES))
def test_money_that_is_back_settles_any_open_case(state: State) -> None:
    """The person's word ends it."""
    case = case_of([*way_to(state), acted(K.MONEY_RECEIVED, days=9)])
    assert case.state is State.SETTLED
    assert case.is_done
    assert case.ended_at == START + timedelta(days=9)


def test_part_of_the_money_keeps_the_case_open_for_the_rest() -> None:
    """Ten of twenty-five: fifteen are still owed, and the last part settles it."""
    owed = [told(K.ORDER_CONFIRMED, money=euros("25")), told(K.ORDER_CLOSED, days=1)]
    part = acted(K.MONEY_RECEIVED, days=3, money=euros("10"))
    case = case_of([*owed, part])
    assert case.state is State.OWED
    assert case.remaining == euros("15")
    assert case.ended_at is None
    rest = acted(K.MONEY_RECEIVED, days=4, money=euros("15"))
    assert case_of([*owed, part, rest]).state is State.SETTLED
    without_sum = case_of([*owed, part, acted(K.MONEY_RECEIVED, days=4)])
    assert without_sum.state is State.SETTLED
    assert without_sum.received == Decimal(25)


def test_more_than_was_paid_settles_and_leaves_nothing() -> None:
    """An exchange rate in the person's favour is no debt."""
    owed = [told(K.ORDER_CONFIRMED, money=euros("25")), told(K.ORDER_CLOSED, days=1)]
    case = case_of([*owed, acted(K.MONEY_RECEIVED, days=3, money=euros("26"))])
    assert case.state is State.SETTLED
    assert case.remaining == euros("0")


def test_sum_received_for_an_order_without_a_known_amount_settles() -> None:
    """Nobody can say what would be missing."""
    case = case_of([told(K.ORDER_CLOSED), acted(K.MONEY_RECEIVED, days=1, money=euros("3"))])
    assert case.state is State.SETTLED
    assert case.remaining is None


def test_reopening_after_a_mistaken_receipt_owes_the_whole_again() -> None:
    """A receipt that was typed by mistake must not leave a case about nothing."""
    owed = [told(K.ORDER_CONFIRMED, money=euros("25")), told(K.ORDER_CLOSED, days=1)]
    case = case_of([*owed, acted(K.MONEY_RECEIVED, days=3), acted(K.CASE_REOPENED, days=4)])
    assert case.state is State.OWED
    assert case.remaining == euros("25")
    assert (case.rounds, case.ended_at) == (1, None)


def test_reopening_keeps_a_part_that_did_come() -> None:
    """Given up for lost, then not: what came stays counted."""
    owed = [told(K.ORDER_CONFIRMED, money=euros("25")), told(K.ORDER_CLOSED, days=1)]
    part = acted(K.MONEY_RECEIVED, days=2, money=euros("10"))
    case = case_of([*owed, part, acted(K.CASE_DISMISSED, days=3), acted(K.CASE_REOPENED, days=4)])
    assert case.remaining == euros("15")


def test_receipt_without_sums_is_never_counted_twice() -> None:
    """No mail named an amount: receiving, reopening and receiving again invents no money."""
    events = [
        told(K.ORDER_CLOSED),
        acted(K.MONEY_RECEIVED, days=1, money=euros("5")),
        acted(K.CASE_REOPENED, days=2),
        acted(K.MONEY_RECEIVED, days=3),
    ]
    assert case_of(events).received == Decimal(0)


@pytest.mark.parametrize("state", [State.SETTLED, State.DISMISSED, State.VOID])
def test_person_can_reopen_whatever_ended(state: State) -> None:
    """The money is owed after all; what was done before is asked anew."""
    case = case_of(
        [*way_to(state), acted(K.NOTE_ADDED, days=1), acted(K.CASE_REOPENED, days=2)],
    )
    assert case.state is State.OWED
    assert case.done_steps == ()
    assert case.opened_at is not None


def test_person_can_reopen_what_unproven_mails_voided() -> None:
    """The person speaks of what they see, whatever the mails can prove."""
    voided = [claimed(K.ORDER_COMPLETED), claimed(K.ORDER_CLOSED, days=1)]
    assert case_of(voided).state is State.VOID
    assert case_of([*voided, acted(K.CASE_REOPENED, days=2)]).state is State.OWED


@pytest.mark.parametrize("kind", sorted(REMARKS))
@pytest.mark.parametrize("state", State)
def test_remark_changes_no_state(state: State, kind: EventKind) -> None:
    """A note, a done step, a snooze or the seller's chat says nothing of the money."""
    before = case_of(way_to(state))
    for event in (say(kind, days=9), *([] if kind in PERSONAL_KINDS else [claimed(kind, days=9)])):
        result = apply(before, event)
        if isinstance(result, Case):
            assert (result.state, result.firm) == (before.state, before.firm)


def test_note_opens_no_case_where_only_proof_differs() -> None:
    """A remark does not make the unproven half of the history disappear."""
    voided = [claimed(K.ORDER_COMPLETED), claimed(K.ORDER_CLOSED, days=1)]
    case = case_of([*voided, acted(K.NOTE_ADDED, days=2, note="a gift"), say(K.SELLER_MESSAGE)])
    assert case.state is State.VOID
    assert case.notes == ("a gift",)
    # ... and it does not make it certain, either.
    assert case_of([*voided, acted(K.NOTE_ADDED, days=2), told(K.ORDER_CLOSED, days=3)]).is_open


def test_done_step_is_remembered_and_ends_a_snooze() -> None:
    """Whoever acts is awake."""
    case = case_of(
        [
            *way_to(State.OWED),
            acted(K.CASE_SNOOZED, days=1, until_days=9),
            acted(K.STEP_DONE, days=2, step="contact_seller"),
            acted(K.STEP_DONE, days=3, step="contact_seller"),
        ]
    )
    assert case.step_done_at("contact_seller") == START + timedelta(days=3)
    assert case.step_done_at("open_dispute") is None
    assert case.snoozed_until is None
    assert case.snoozes == 1


def test_change_of_state_ends_a_snooze_and_is_dated() -> None:
    """News is told although the person put the old state off."""
    snoozed = [*way_to(State.OWED), acted(K.CASE_SNOOZED, days=1, until_days=30)]
    assert case_of(snoozed).snoozed_until == START + timedelta(days=30)
    case = case_of([*snoozed, told(K.REFUND_ANNOUNCED, days=2)])
    assert case.snoozed_until is None
    assert case.changed_at == START + timedelta(days=2)


def test_dismissed_case_has_ended() -> None:
    """Nothing is owed, says the person."""
    case = case_of([*way_to(State.ASKING), acted(K.CASE_DISMISSED, days=1)])
    assert case.is_done
    assert case.ended_at == START + timedelta(days=1)


def test_lost_dispute_leaves_the_money_owed() -> None:
    """A dispute that closes is not yet a refund."""
    case = case_of([*way_to(State.DISPUTED), told(K.DISPUTE_CLOSED, days=5)])
    assert case.state is State.OWED
    assert case.disputed_at is not None


def test_frozen_order_is_dated() -> None:
    """The security check began at the mail's time."""
    assert case_of([told(K.ORDER_FROZEN, days=2)]).frozen_at == START + timedelta(days=2)


def test_first_shipping_counts() -> None:
    """A parcel's later news does not move the date on which it was shipped."""
    case = case_of([told(K.ORDER_SHIPPED, days=2), told(K.DELIVERY_UPDATE, days=5)])
    assert case.shipped_at == START + timedelta(days=2)
    assert case.account == "home"


# --- The table itself


def test_event_that_does_not_fit_is_a_value_and_changes_nothing() -> None:
    """A completed order cannot become unpaid; the ledger keeps the claim all the same."""
    before = case_of(way_to(State.COMPLETED))
    event = told(K.PAYMENT_PENDING, days=9)
    result = apply(before, event)
    assert isinstance(result, Rejected)
    assert result.event is event
    assert "completed" in result.why
    life = fold(ORDER, [*way_to(State.COMPLETED), event])
    assert life.case == before
    assert len(life.rejected) == 1


def test_events_of_another_order_are_a_mistake() -> None:
    """One order is one case."""
    with pytest.raises(ValueError, match=OTHER_ORDER):
        fold(ORDER, [told(K.ORDER_CLOSED, order=OTHER_ORDER)])


def test_table_knows_every_kind() -> None:
    """A new kind of event cannot be forgotten in the table."""
    assert set(TABLE) == set(EventKind)


@pytest.mark.parametrize("kind", MAIL_KINDS)
def test_every_cell_that_ends_or_announces_asks_for_proof(kind: EventKind) -> None:
    """No cell of the table lets an unproven mail out of an open state but into another demand."""
    for state in OPEN_STATES:
        cells = [TABLE[kind].get(state)]
        cells += [row.get(state) for (its, _), row in REASON_TABLE.items() if its is kind]
        for move in filter(None, cells):
            harmless = move.to is state or move.to is State.OWED
            assert harmless or move.proof is Proof.NEEDED


def test_later_mail_names_the_sum_where_no_confirmation_did() -> None:
    """The shipping mail has the order's total, too; the confirmation's counts where both have."""
    shipped = told(K.ORDER_SHIPPED, days=1, money=euros("7.00"))
    assert case_of([shipped]).amount == euros("7.00")
    confirmed = told(K.ORDER_CONFIRMED, money=euros("25.00"))
    assert case_of([confirmed, shipped]).amount == euros("25.00")
