"""The clocks of a case: what starts each, how long it runs, and which date leads."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from unit.domain.examples import (
    ORDER,
    START,
    PlainCalendar,
    acted,
    case_of,
    claimed,
    euros,
    told,
)
from watcher.domain.case import OPEN_STATES, Case, State
from watcher.domain.clock import CHARGEBACK_DAYS, CLOCKS, POSTING_DAYS, Clock, Ending, Terms
from watcher.domain.deadline import Deadline, deadlines, leading_deadline, running
from watcher.domain.event import Event, EventKind, Method, RefundForm
from watcher.domain.message import Authenticity

K = EventKind
DAY = START.date()
CALENDAR = PlainCalendar()
PAID = told(K.ORDER_CONFIRMED, days=-9)
OWED = [PAID, told(K.ORDER_CLOSED)]
SHIPPED = [PAID, told(K.ORDER_SHIPPED, days=-5), told(K.ORDER_CLOSED)]
DISPUTED = [*OWED, told(K.DISPUTE_OPENED, days=2)]
ANNOUNCED = [*OWED, told(K.REFUND_ANNOUNCED, days=6)]


def after(days: int) -> date:
    """The date so many days after the closing."""
    return DAY + timedelta(days=days)


def clocks(events: list[Event], terms: Terms | None = None) -> dict[Clock, Deadline]:
    """Every clock of the case that these events come to."""
    return deadlines(case_of(events), terms or Terms(), CALENDAR)


def leader(events: list[Event], days: int = 0) -> tuple[Clock, date] | None:
    """The clock that leads so many days after the closing, and its last day."""
    found = leading_deadline(case_of(events), Terms(), CALENDAR, after(days))
    return None if found is None else (found.clock, found.day)


def run(events: list[Event], days: int) -> list[Clock]:
    """The clocks that say something so many days after the closing, the earliest first."""
    return [one.clock for one in running(case_of(events), Terms(), CALENDAR, after(days))]


def paid_by(method: Method, paid_days: float | None = None) -> Event:
    """The person says how they paid, and when."""
    return acted(K.PAYMENT_TOLD, days=0.1, method=method, paid_days=paid_days)


def claimed_days(ship_days: int) -> Event:
    """A confirmation of unproven origin that names the seller's time to ship."""
    return told(K.ORDER_CONFIRMED, proof=Authenticity.UNKNOWN, ship_days=ship_days)


def test_nothing_runs_on_an_order_that_nothing_is_known_of() -> None:
    """No event, no clock."""
    case = Case(order=ORDER)
    assert deadlines(case, Terms(), CALENDAR) == {}
    assert leading_deadline(case, Terms(), CALENDAR, DAY) is None


def test_every_clock_says_what_it_costs_and_where_it_is_from() -> None:
    """The alert can give a reason, and the docs a source."""
    assert set(CLOCKS) == set(Clock)
    for rule in CLOCKS.values():
        assert rule.lost.endswith(".")
        assert rule.source
        assert rule.runs_in


# --- The refund


def test_refund_clock_runs_from_the_closing() -> None:
    """20 working days of the closing, and the way it was counted with it."""
    refund = clocks(OWED)[Clock.REFUND]
    assert refund.day == date(2026, 12, 1)
    assert (refund.count.start, refund.count.days, refund.count.working) == (DAY, 20, True)
    assert refund.rule.ending is Ending.OVERDUE


def test_refund_clock_keeps_to_the_settings() -> None:
    """Whoever has been told other days sets them."""
    assert clocks(OWED, Terms(refund_days=5))[Clock.REFUND].day == date(2026, 11, 10)


def test_refund_clock_of_a_dispute_without_a_closing_runs_from_its_opening() -> None:
    """No mail said that the order was closed, and money is at stake all the same."""
    found = clocks([told(K.DISPUTE_OPENED)], Terms(refund_days=1))
    assert found[Clock.REFUND].day == date(2026, 11, 4)


def test_clocks_begin_on_the_persons_date() -> None:
    """Half past eight in UTC is still the day before in Samoa."""
    samoa = PlainCalendar(ZoneInfo("Pacific/Pago_Pago"))
    count = deadlines(case_of(OWED), Terms(), samoa)[Clock.REFUND].count
    assert (count.start, count.end) == (date(2026, 11, 2), date(2026, 11, 30))


# --- The posting


@pytest.mark.parametrize(
    ("method", "days"),
    [
        (None, 20),
        (Method.CARD, 20),
        (Method.PAYPAL, 5),
        (Method.WALLET, 5),
        (Method.BALANCE, 1),
    ],
)
def test_posting_takes_as_long_as_the_method_needs(method: Method | None, days: int) -> None:
    """Working days from "refund processed"; what is not known may be the slowest."""
    told_by = [] if method is None else [paid_by(method)]
    posting = clocks([*ANNOUNCED, *told_by])[Clock.POSTING]
    assert (posting.count.days, posting.count.working) == (days, True)
    assert posting.count.start == after(6)
    assert posting.rule.ending is Ending.OVERDUE


def test_every_method_has_its_days() -> None:
    """A new way to pay cannot be forgotten."""
    assert set(POSTING_DAYS) == set(CHARGEBACK_DAYS) == {None, *Method}


@pytest.mark.parametrize("method", Method)
def test_refund_to_the_balance_is_there_at_once(method: Method) -> None:
    """However the order was paid, what comes to the balance passes no bank."""
    mail = told(K.REFUND_ANNOUNCED, days=6, refund=RefundForm.BALANCE)
    assert clocks([*OWED, paid_by(method), mail])[Clock.POSTING].count.days == 1


def test_refund_of_another_sum_has_days_of_its_own() -> None:
    """Ten first, the rest two weeks later: the bank has its days for each."""
    ten = told(K.REFUND_ANNOUNCED, days=6, money=euros("10"))
    rest = told(K.REFUND_ANNOUNCED, days=20, money=euros("39.90"))
    assert clocks([*OWED, ten, rest])[Clock.POSTING].count.start == after(20)


def test_second_refund_mail_does_not_start_the_posting_anew() -> None:
    """The bank has had its days since the first."""
    twice = [*ANNOUNCED, told(K.REFUND_ANNOUNCED, days=12)]
    assert clocks(twice)[Clock.POSTING] == clocks(ANNOUNCED)[Clock.POSTING]


# --- The dispute window


def test_order_that_was_never_shipped_has_no_dispute_window() -> None:
    """There is nothing to dispute: the help centre and the bank remain."""
    assert Clock.DISPUTE not in clocks(OWED)


def test_dispute_window_of_a_shipped_order_is_15_days_of_the_closing() -> None:
    """Calendar days, where no receipt was confirmed."""
    dispute = clocks(SHIPPED)[Clock.DISPUTE]
    assert (dispute.day, dispute.count.days, dispute.count.working) == (after(15), 15, False)
    assert dispute.rule.ending is Ending.FORFEITS


@pytest.mark.parametrize(
    ("receipt", "start"),
    [(-3, -3), (-15, -15), (-16, 0), (-40, 0)],
    ids=["before", "on the last day", "over by then", "long over"],
)
def test_dispute_window_starts_with_the_receipt_unless_it_was_over(
    receipt: int, start: int
) -> None:
    """The earlier of receipt and closing; a window that was over cannot be the closing's."""
    events = [PAID, told(K.ORDER_DELIVERED, days=receipt), told(K.ORDER_CANCELLED)]
    case = case_of(events)
    assert deadlines(case, Terms(), CALENDAR)[Clock.DISPUTE].count.start == after(start)


def test_dispute_window_keeps_to_the_settings() -> None:
    """AliExpress changes its rules now and then."""
    assert clocks(SHIPPED, Terms(dispute_days=30))[Clock.DISPUTE].day == after(30)


def test_dispute_and_refund_go_on_where_the_refund_falls_short() -> None:
    """A part was announced: the rest can still be lost, and AliExpress can still be late."""
    paid = told(K.ORDER_CONFIRMED, days=-9, money=euros("49.90"))
    part = told(K.REFUND_ANNOUNCED, days=3, money=euros("10"))
    full = told(K.REFUND_ANNOUNCED, days=3, money=euros("49.90"))
    assert run([*SHIPPED, paid, part], 3) == [
        Clock.DISPUTE,
        Clock.REFUND,
        Clock.POSTING,
        Clock.CHARGEBACK,
    ]
    assert run([*SHIPPED, paid, full], 3) == [Clock.POSTING, Clock.CHARGEBACK]
    come = acted(K.MONEY_RECEIVED, days=5, money=euros("10"))
    assert run([*SHIPPED, paid, part, come], 5) == [Clock.DISPUTE, Clock.REFUND, Clock.CHARGEBACK]


# --- The dispute itself


def test_seller_has_5_days_and_the_platform_7_more() -> None:
    """Counted from the opening of the dispute, whatever is answered meanwhile."""
    answered = [*DISPUTED, told(K.DISPUTE_UPDATED, days=4)]
    for events in (DISPUTED, answered):
        found = clocks(events)
        assert (found[Clock.SELLER].day, found[Clock.PLATFORM].day) == (after(7), after(14))
    assert CLOCKS[Clock.SELLER].ending is Ending.PASSES
    assert CLOCKS[Clock.PLATFORM].ending is Ending.OVERDUE


def test_second_dispute_has_days_of_its_own() -> None:
    """The first was closed without money; the second starts anew."""
    events = [*DISPUTED, told(K.DISPUTE_CLOSED, days=8), told(K.DISPUTE_OPENED, days=10)]
    assert clocks(events)[Clock.SELLER].day == after(15)


def test_disputes_clocks_follow_each_other() -> None:
    """The seller's day leads, then the platform's, and that stays when it is late."""
    assert leader(DISPUTED, 2) == (Clock.SELLER, after(7))
    assert leader(DISPUTED, 7) == (Clock.SELLER, after(7))
    assert leader(DISPUTED, 8) == (Clock.PLATFORM, after(14))
    assert leader(DISPUTED, 40) == (Clock.PLATFORM, after(14))


def test_seller_who_has_answered_is_not_waited_for() -> None:
    """His silence would let the claim stand; now the platform's day leads."""
    answered = [*DISPUTED, told(K.DISPUTE_UPDATED, days=4)]
    assert leader(answered, 4) == (Clock.PLATFORM, after(14))
    assert Clock.SELLER in clocks(answered)
    assert leader([*DISPUTED, claimed(K.DISPUTE_UPDATED, days=4)], 4) == (Clock.SELLER, after(7))
    again = [*answered, claimed(K.DISPUTE_UPDATED, days=5)]
    assert leader(again, 5) == (Clock.PLATFORM, after(14))


# --- The bank's and PayPal's


@pytest.mark.parametrize(
    ("method", "days"),
    [(None, 120), (Method.CARD, 120), (Method.PAYPAL, 180)],
)
def test_claim_is_taken_for_so_many_days_after_the_payment(
    method: Method | None, days: int
) -> None:
    """The card's 120 and PayPal's 180; what is not known may be the shorter."""
    told_by = [] if method is None else [paid_by(method)]
    chargeback = clocks([*OWED, *told_by])[Clock.CHARGEBACK]
    assert (chargeback.count.start, chargeback.count.days) == (after(-9), days)
    assert not chargeback.count.working
    assert chargeback.rule.ending is Ending.FORFEITS


@pytest.mark.parametrize("method", [Method.BALANCE, Method.WALLET])
def test_nobody_claims_back_what_passed_no_bank(method: Method) -> None:
    """AliExpress's balance and other wallets have no chargeback."""
    assert Clock.CHARGEBACK not in clocks([*OWED, paid_by(method)])


def test_day_of_payment_that_the_person_names_counts() -> None:
    """The confirmation may come days after the payment, or have been missed."""
    assert clocks([*OWED, paid_by(Method.CARD, -20)])[Clock.CHARGEBACK].count.start == after(-20)
    unknown = [told(K.ORDER_CLOSED), paid_by(Method.PAYPAL, -20)]
    assert clocks(unknown)[Clock.CHARGEBACK].day == after(160)


def test_claim_counts_from_the_closing_where_nobody_dates_the_payment() -> None:
    """That the person says so today does not mean that they paid today; later it was not."""
    said = [told(K.ORDER_CLOSED), acted(K.ORDER_CONFIRMED, days=5)]
    assert case_of(said).paid_at is None
    assert clocks(said)[Clock.CHARGEBACK].day == after(120)
    assert clocks([told(K.ORDER_CLOSED), paid_by(Method.PAYPAL)])[Clock.CHARGEBACK].day == (
        after(180)
    )


def test_payment_was_before_the_closing() -> None:
    """The first mail that tells of it may have come late."""
    late = [told(K.ORDER_CLOSED), told(K.DELIVERY_UPDATE, days=6)]
    assert clocks(late)[Clock.CHARGEBACK].count.start == DAY


def test_nothing_is_claimed_back_while_no_money_is_at_stake() -> None:
    """The clock of an order that goes well is nobody's business."""
    assert Clock.CHARGEBACK not in clocks([PAID, told(K.ORDER_SHIPPED, days=-5)])


# --- Before the shipping


@pytest.mark.parametrize(("named", "days"), [(None, 7), (3, 3), (20, 20)])
def test_seller_ships_within_the_days_of_the_mail_else_of_the_settings(
    named: int | None, days: int
) -> None:
    """Calendar days from the confirmation."""
    processing = clocks([told(K.ORDER_CONFIRMED, ship_days=named)])[Clock.PROCESSING]
    assert (processing.day, processing.count.working) == (after(days), False)
    assert processing.rule.ending is Ending.PASSES


def test_processing_days_of_the_settings_count_where_no_mail_named_any() -> None:
    """Often 7; who buys slow things sets more."""
    confirmed = [told(K.ORDER_CONFIRMED)]
    assert clocks(confirmed, Terms(processing_days=20))[Clock.PROCESSING].day == after(20)


@pytest.mark.parametrize(
    ("kind", "runs"),
    [
        (K.ORDER_FROZEN, True),
        (K.ORDER_SHIPPED, False),
        (K.ORDER_DELIVERED, False),
        (K.ORDER_CLOSED, False),
        (K.DISPUTE_OPENED, False),
    ],
)
def test_processing_runs_until_the_order_moves(kind: EventKind, runs: bool) -> None:
    """A security check does not stop it; shipping and closing do."""
    found = clocks([told(K.ORDER_CONFIRMED), told(kind, days=1)])
    assert (Clock.PROCESSING in found) is runs


def test_processing_time_that_is_over_says_nothing_more() -> None:
    """The closing that follows comes as a mail."""
    confirmed = [told(K.ORDER_CONFIRMED)]
    assert leader(confirmed, 7) == (Clock.PROCESSING, after(7))
    assert leader(confirmed, 8) is None


@pytest.mark.parametrize(
    ("events", "days"),
    [
        ([told(K.ORDER_CONFIRMED, days=-1), claimed_days(90)], 7),
        ([told(K.ORDER_CONFIRMED, days=-1), claimed_days(1)], 7),
        ([claimed_days(90)], 7),
        ([claimed_days(3)], 3),
        ([claimed_days(90), told(K.ORDER_CONFIRMED, days=1, ship_days=10)], 10),
    ],
    ids=["longer", "shorter", "longer, alone", "shorter, alone", "corrected"],
)
def test_claimed_shipping_time_puts_nothing_off(events: list[Event], days: int) -> None:
    """An unproven "ships in 90 days" would end the watch over the seller's time."""
    assert clocks(events)[Clock.PROCESSING].count.days == days


def test_claimed_shipping_does_not_stop_the_clock_for_proven_mails() -> None:
    """The next proven mail finds the order not shipped, and the clock running."""
    forged = [told(K.ORDER_CONFIRMED), claimed(K.ORDER_SHIPPED, days=1)]
    assert Clock.PROCESSING in clocks([*forged, told(K.ORDER_FROZEN, days=2)])
    assert Clock.PROCESSING not in clocks([*forged, told(K.ORDER_SHIPPED, days=2)])


# --- What no proven mail told


def test_claimed_receipt_asks_early_and_loses_nothing() -> None:
    """A forged "delivered" of long ago: the dispute is asked for at once, and not lost."""
    forged = claimed(K.ORDER_DELIVERED, days=-14)
    events = [PAID, SHIPPED[1], forged, told(K.ORDER_CANCELLED)]
    dispute = clocks(events)[Clock.DISPUTE]
    assert (dispute.day, dispute.lost_day) == (after(1), after(15))
    assert leader(events, 1) == (Clock.DISPUTE, after(1))
    assert leader(events, 2) == leader(events, 15) == (Clock.DISPUTE, after(15))
    assert leader(events, 16) == (Clock.REFUND, after(28))


def test_claimed_payment_asks_early_and_loses_nothing() -> None:
    """A forged confirmation of long ago does not take the bank away."""
    events = [claimed(K.ORDER_CONFIRMED, days=-130), told(K.ORDER_CLOSED)]
    chargeback = clocks(events)[Clock.CHARGEBACK]
    assert (chargeback.day, chargeback.lost_day) == (after(-10), after(120))
    assert run(events, 0) == [Clock.REFUND, Clock.CHARGEBACK]
    proven = [*events, told(K.ORDER_CONFIRMED, days=-9)]
    assert clocks(proven)[Clock.CHARGEBACK].lost_day == after(111)


def test_claimed_closing_asks_early_and_loses_nothing() -> None:
    """What a proven refund mail opened later counts, where no proven closing comes."""
    opened = [PAID, SHIPPED[1], told(K.REFUND_ANNOUNCED, days=6, refund=RefundForm.PARTIAL)]
    dispute = clocks([*opened, claimed(K.ORDER_CLOSED)])[Clock.DISPUTE]
    assert (dispute.day, dispute.lost_day) == (after(15), after(21))
    alone = clocks([PAID, SHIPPED[1], claimed(K.ORDER_CLOSED)])[Clock.DISPUTE]
    assert (alone.day, alone.lost_day) == (after(15), after(15))


# --- Which leads


def test_dispute_leads_before_the_refund_of_a_shipped_order() -> None:
    """Waiting for the 20 working days would forfeit it."""
    assert run(SHIPPED, 0) == [Clock.DISPUTE, Clock.REFUND, Clock.CHARGEBACK]
    assert leader(SHIPPED) == (Clock.DISPUTE, after(15))
    assert leader(SHIPPED, 15) == (Clock.DISPUTE, after(15))


def test_lapsed_dispute_leads_nowhere() -> None:
    """From the next day on the refund leads; the lost right is not held up to the person."""
    assert leader(SHIPPED, 16) == (Clock.REFUND, after(28))


def test_overdue_refund_goes_on_leading() -> None:
    """AliExpress is late, and the case has no earlier date."""
    assert leader(OWED, 90) == (Clock.REFUND, after(28))
    assert run(OWED, 90) == [Clock.REFUND, Clock.CHARGEBACK]
    assert run(OWED, 112) == [Clock.REFUND]


def test_claim_leads_where_its_end_is_the_first() -> None:
    """An old payment: the bank's days run out before AliExpress's."""
    old = [told(K.ORDER_CONFIRMED, days=-110), told(K.ORDER_CLOSED)]
    assert leader(old) == (Clock.CHARGEBACK, after(10))
    assert leader(old, 11) == (Clock.REFUND, after(28))
    assert leader([*old, paid_by(Method.PAYPAL)]) == (Clock.REFUND, after(28))
    assert run([*old, paid_by(Method.BALANCE)], 0) == [Clock.REFUND]


@pytest.mark.parametrize(
    ("method", "lead"),
    [
        (Method.CARD, (Clock.POSTING, date(2026, 12, 7))),
        (Method.WALLET, (Clock.POSTING, date(2026, 11, 16))),
        (Method.BALANCE, (Clock.POSTING, date(2026, 11, 10))),
    ],
)
def test_posting_leads_once_the_refund_is_announced(
    method: Method, lead: tuple[Clock, date]
) -> None:
    """The refund clock has done its work, and no dispute is needed."""
    announced = [*SHIPPED, told(K.REFUND_ANNOUNCED, days=6), paid_by(method)]
    assert leader(announced, 6) == leader(announced, 60) == lead


def test_clock_that_no_longer_concerns_the_state_is_history() -> None:
    """It can still be shown how it was counted, and it leads nowhere."""
    assert Clock.REFUND in clocks(ANNOUNCED)
    assert run(ANNOUNCED, 6) == [Clock.POSTING, Clock.CHARGEBACK]


@pytest.mark.parametrize("end", [K.MONEY_RECEIVED, K.CASE_DISMISSED])
def test_nothing_leads_once_the_case_has_ended(end: EventKind) -> None:
    """Whoever has the money has no dates."""
    assert leader([*SHIPPED, acted(end, days=3)], 3) is None


def test_claimed_refund_moves_no_clock() -> None:
    """A mail of unproven origin may not lower what is watched."""
    forged = [*SHIPPED, claimed(K.REFUND_ANNOUNCED, days=1), claimed(K.DISPUTE_OPENED, days=1)]
    assert run(forged, 1) == run(SHIPPED, 1)


def test_every_open_state_has_a_clock_that_stays() -> None:
    """In none of them does the date column go empty, however long it takes."""
    for state in OPEN_STATES:
        rules = [rule for rule in CLOCKS.values() if state in rule.runs_in]
        assert any(rule.ending is Ending.OVERDUE for rule in rules), state
    assert State.SETTLED not in {state for rule in CLOCKS.values() for state in rule.runs_in}
