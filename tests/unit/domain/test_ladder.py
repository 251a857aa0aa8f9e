"""The shipped ladder, walked through: what each kind of case is asked, and on which day."""

import pytest

from unit.domain.examples import acted, claimed, euros, told
from unit.domain.walks import walk
from watcher.domain.event import Event, EventKind, Method, Reason, RefundForm

K = EventKind
PAID = told(K.ORDER_CONFIRMED, days=-6, ship_days=10, money=euros("25"))
OWED = [PAID, told(K.ORDER_CLOSED)]
SHIPPED = [PAID, told(K.ORDER_SHIPPED, days=-5), told(K.ORDER_CLOSED)]


def complaints(*days: int) -> list[tuple[int, str]]:
    """A complaint on each of these days."""
    return [(day, "file_complaint") for day in days]


def paid_by(method: Method, paid_days: float | None = None) -> Event:
    """The person says how they paid."""
    return acted(K.PAYMENT_TOLD, days=0.1, method=method, paid_days=paid_days)


def done(step: str, days: float) -> Event:
    """The person does a step."""
    return acted(K.STEP_DONE, days=days, step=step)


def test_order_that_was_never_shipped() -> None:
    """The seller, the refund page, a reminder; once it is overdue the dispute, then complaints."""
    assert walk(OWED, until=130) == [
        (0, "contact_seller"),
        (7, "check_refund"),
        (23, "remind_seller"),
        (28, "open_dispute"),
        *complaints(*range(35, 99, 7)),
        (100, "claim_back"),
        *complaints(115, 119, 126),
    ]


def test_shipped_order_is_disputed_before_the_refund_is_due() -> None:
    """Asked twice; who lets the 15 days pass is told at once where else to turn."""
    assert walk(SHIPPED, until=36) == [
        (0, "contact_seller"),
        (7, "check_refund"),
        (10, "open_dispute"),
        (14, "last_dispute_day"),
        (16, "ask_help_centre"),
        (23, "remind_seller"),
        *complaints(35),
    ]


@pytest.mark.parametrize(("receipt", "asked"), [(-4, 6), (-12, 0), (-14, 0)])
def test_dispute_whose_days_run_out_early_comes_before_everything(receipt: int, asked: int) -> None:
    """Its date binds first: neither the seller nor the refund page puts it aside."""
    events = [PAID, told(K.ORDER_DELIVERED, days=receipt), told(K.ORDER_CANCELLED)]
    steps = [
        (day, name) for day, name in walk(events, until=15 + receipt) if name != "ask_shipping"
    ]
    assert (asked, "open_dispute") in steps
    assert steps[-1] == (max(14 + receipt, 0), "last_dispute_day")
    assert [name for _, name in steps if name not in {"contact_seller", "open_dispute"}] == [
        "last_dispute_day"
    ]


def test_lost_dispute_is_not_asked_of_a_mailbox_read_late() -> None:
    """The closing of three weeks ago is news to us; its dispute window is over."""
    late = [PAID, told(K.ORDER_SHIPPED, days=-5), told(K.ORDER_CLOSED)]
    assert "open_dispute" not in [name for day, name in walk(late, until=40) if day > 15]
    answered = [told(K.ORDER_CLOSED), told(K.ORDER_SHIPPED, days=20)]
    assert walk(answered, until=24) == [
        (0, "check_payment"),
        (7, "check_payment"),
        (14, "check_payment"),
        (20, "ask_help_centre"),
        (23, "remind_seller"),
    ]


def test_dispute_is_not_lost_while_it_is_asked_whether_it_was_paid() -> None:
    """The 15 days of an order that was delivered and then closed run whatever the answer is."""
    delivered = [told(K.ORDER_DELIVERED, days=-4), told(K.ORDER_CLOSED)]
    assert walk(delivered, until=15) == [
        (0, "check_payment"),
        (6, "open_dispute"),
        (10, "last_dispute_day"),
        (12, "check_payment"),
        (14, "check_payment"),
    ]


def test_rest_is_disputed_while_a_part_is_announced() -> None:
    """Ten of 25 euros, or a coupon, do not wait for the end of the dispute's days."""
    part = told(K.REFUND_ANNOUNCED, days=3, money=euros("10"))
    assert walk([*SHIPPED, part], until=15) == [
        (0, "contact_seller"),
        (3, "watch_refund"),
        (10, "dispute_rest"),
    ]
    whole = told(K.REFUND_ANNOUNCED, days=3, money=euros("25"))
    assert (10, "dispute_rest") not in walk([*SHIPPED, whole], until=15)
    coupon = told(K.REFUND_ANNOUNCED, days=3, money=euros("25"), refund=RefundForm.COUPON)
    assert (10, "dispute_rest") in walk([*SHIPPED, coupon], until=15)
    disputed = [*SHIPPED, part, acted(K.DISPUTE_OPENED, days=11)]
    assert (14, "last_dispute_day") not in walk(disputed, until=16)


def test_claim_on_an_old_payment_comes_before_everything() -> None:
    """Twelve days are left with the card's bank, and 28 with AliExpress."""
    old = [told(K.ORDER_CONFIRMED, days=-108, ship_days=60), told(K.ORDER_CLOSED)]
    asked = [(day, name) for day, name in walk(old, until=30) if day >= 0]
    assert asked == [
        (0, "claim_back"),
        (13, "check_refund"),
        (23, "remind_seller"),
        (28, "open_dispute"),
    ]
    claimed_back = [*old, done("claim_back", 1)]
    asked = [(day, name) for day, name in walk(claimed_back, until=8) if day >= 0]
    assert asked == [(0, "claim_back"), (1, "contact_seller"), (7, "check_refund")]


def test_paypal_and_balance_change_the_last_resort() -> None:
    """180 days instead of 120; and nobody to claim it from."""
    by_paypal = walk([*OWED, paid_by(Method.PAYPAL)], until=200)
    assert [day for day, name in by_paypal if name == "claim_back"] == [160]
    by_balance = walk([*OWED, paid_by(Method.BALANCE)], until=200)
    assert "claim_back" not in [name for _, name in by_balance]


def test_step_done_is_not_asked_again() -> None:
    """Who does each at once hears only what is new, and the dispute waits for the seller."""
    diligent = [*OWED, done("contact_seller", 0.2), done("check_refund", 7.5)]
    assert walk(diligent, until=30) == [
        (0, "contact_seller"),
        (7, "check_refund"),
        (23, "remind_seller"),
        (28, "open_dispute"),
    ]


# --- In a dispute


def test_each_answer_in_the_dispute_is_to_be_answered() -> None:
    """Each asks anew, once; without a decision the complaint follows after 5 and 7 days."""
    events = [
        *SHIPPED,
        acted(K.DISPUTE_OPENED, days=3),
        told(K.DISPUTE_UPDATED, days=5),
        done("answer_dispute", 6),
        told(K.DISPUTE_UPDATED, days=9),
    ]
    assert walk(events, until=30) == [
        (0, "contact_seller"),
        (5, "answer_dispute"),
        (9, "answer_dispute"),
        *complaints(15, 22, 29),
    ]


def test_answer_after_the_platforms_days_does_not_end_the_complaints() -> None:
    """It is told at once, and the complaint comes back with its next week."""
    events = [*SHIPPED, acted(K.DISPUTE_OPENED, days=3), told(K.DISPUTE_UPDATED, days=20)]
    assert walk(events, until=37) == [
        (0, "contact_seller"),
        *complaints(15),
        (20, "answer_dispute"),
        *complaints(22, 29, 36),
    ]


def test_dispute_decided_against_the_person() -> None:
    """Two days later the complaint, and again each week, whatever else falls due meanwhile."""
    events = [*SHIPPED, acted(K.DISPUTE_OPENED, days=3), told(K.DISPUTE_CLOSED, days=9)]
    assert walk(events, until=40) == [
        (0, "contact_seller"),
        (9, "check_refund"),
        *complaints(11),
        (16, "ask_help_centre"),
        *complaints(18),
        (23, "remind_seller"),
        *complaints(25, 32, 39),
    ]


def test_open_dispute_does_not_forfeit_the_banks_claim() -> None:
    """Its last days come in a dispute as well."""
    events = [*SHIPPED, acted(K.DISPUTE_OPENED, days=3)]
    assert (100, "claim_back") in walk(events, until=101)


# --- The refund was announced


@pytest.mark.parametrize(
    ("method", "trace"), [(None, 34), (Method.CARD, 34), (Method.PAYPAL, 13), (Method.BALANCE, 7)]
)
def test_announced_refund_is_watched_and_then_traced(method: Method | None, trace: int) -> None:
    """As long as the way of payment takes, and each week from then on."""
    events = [*OWED, *([] if method is None else [paid_by(method)])]
    events += [told(K.REFUND_ANNOUNCED, days=6)]
    assert walk(events, until=trace + 8) == [
        (0, "contact_seller"),
        (6, "watch_refund"),
        (trace, "trace_refund"),
        (trace + 7, "trace_refund"),
    ]


def test_refund_to_the_balance_is_looked_for_the_next_day() -> None:
    """Whatever was paid with."""
    announced = told(K.REFUND_ANNOUNCED, days=6, refund=RefundForm.BALANCE)
    assert (7, "trace_refund") in walk([*OWED, paid_by(Method.CARD), announced], until=8)


def test_part_of_the_money_leaves_the_ladder_where_it_is() -> None:
    """The rest is owed as before."""
    part = acted(K.MONEY_RECEIVED, days=8, money=euros("5"))
    assert walk([*OWED, part], until=40) == walk(OWED, until=40)
    rest = acted(K.MONEY_RECEIVED, days=9, money=euros("20"))
    assert walk([*OWED, part, rest], until=40) == [(0, "contact_seller"), (7, "check_refund")]


# --- Asking, and before it happens


def test_question_for_the_payment_is_repeated_until_it_is_answered() -> None:
    """Once a week; the answer starts the ladder where the calendar stands."""
    asking = [told(K.ORDER_CLOSED)]
    assert walk(asking, until=15) == [(day, "check_payment") for day in (0, 7, 14)]
    answered = acted(K.PAYMENT_TOLD, days=3, method=Method.CARD)
    assert walk([*asking, answered], until=8) == [
        (0, "check_payment"),
        (3, "contact_seller"),
        (7, "check_refund"),
    ]


@pytest.mark.parametrize(("ship_days", "asked"), [(None, 4), (20, 17), (2, 0)])
def test_seller_is_asked_to_ship_three_days_before_the_time_is_over(
    ship_days: int | None, asked: int
) -> None:
    """By the mail's own number, else the setting's 7; no later than a week on."""
    confirmed = told(K.ORDER_CONFIRMED, ship_days=ship_days)
    assert walk([confirmed], until=90) == [(asked, "ask_shipping")]
    shipped = told(K.ORDER_SHIPPED, days=asked / 2)
    assert walk([confirmed, shipped], until=90) == []


def test_closing_takes_the_place_of_the_watch_for_the_shipping() -> None:
    """Three weeks too late nobody is asked to ship; a security check stops no clock."""
    frozen = [told(K.ORDER_CONFIRMED), told(K.ORDER_FROZEN, days=1)]
    assert walk(frozen, until=30) == [(1, "check_frozen"), (4, "ask_shipping")]
    later = [told(K.ORDER_CONFIRMED), told(K.ORDER_FROZEN, days=5)]
    assert walk(later, until=30) == [(4, "ask_shipping"), (5, "check_frozen")]
    assert walk([told(K.ORDER_CONFIRMED), told(K.ORDER_CLOSED, days=7)], until=8) == [
        (4, "ask_shipping"),
        (7, "contact_seller"),
    ]


@pytest.mark.parametrize(
    ("before", "asked"), [(K.ORDER_SHIPPED, [(3, "protect_order")]), (K.ORDER_DELIVERED, [])]
)
def test_ending_protection_is_told_of_an_order_that_did_not_come(
    before: EventKind, asked: list[tuple[int, str]]
) -> None:
    """Of one that was delivered it is the ordinary course."""
    events = [told(K.ORDER_CONFIRMED), told(before, days=1), told(K.CONFIRMATION_DUE, days=3)]
    assert walk(events, until=60) == asked


def test_ending_protection_is_told_again_after_it_was_put_off() -> None:
    """Each mail of it is an asking of its own, though the first be forged, or answered."""
    shipped = [told(K.ORDER_CONFIRMED), told(K.ORDER_SHIPPED, days=1)]
    twice = [told(K.CONFIRMATION_DUE, days=3), told(K.CONFIRMATION_DUE, days=33)]
    both = [(3, "protect_order"), (33, "protect_order")]
    assert walk([*shipped, *twice], until=60) == both
    assert walk([*shipped, *twice, done("protect_order", 4)], until=60) == both
    forged = [claimed(K.CONFIRMATION_DUE, days=3), told(K.CONFIRMATION_DUE, days=33)]
    assert walk([*shipped, *forged], until=60) == both


def test_second_security_check_is_told_as_the_first_was() -> None:
    """Each wants data anew."""
    events = [
        told(K.ORDER_CONFIRMED, ship_days=60),
        claimed(K.ORDER_FROZEN, days=1),
        told(K.ORDER_FROZEN, days=9),
    ]
    assert walk(events, until=20) == [(1, "check_frozen"), (9, "check_frozen")]


# --- Beside the ladder


def test_claimed_refund_is_to_be_checked_and_stops_nothing() -> None:
    """Once, beside what is asked anyhow."""
    events = [*OWED, claimed(K.REFUND_ANNOUNCED, days=2), claimed(K.REFUND_ANNOUNCED, days=5)]
    assert walk(events, until=10) == [
        (0, "contact_seller"),
        (2, "unproven_refund"),
        (7, "check_refund"),
    ]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.UNPAID])
def test_every_reason_leads_onto_the_ladder(reason: Reason) -> None:
    """Its advice differs, the way to the money does not."""
    events = [PAID, told(K.ORDER_CANCELLED, reason=reason)]
    assert walk(events, until=8) == [(0, "contact_seller"), (7, "check_refund")]
