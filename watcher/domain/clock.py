"""The clocks of a case: the rules of the world that start and end them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from watcher.domain.case import Case, Fact, State
from watcher.domain.event import Method, RefundForm


class Clock(StrEnum):
    """The clocks that can run on a case."""

    REFUND = "refund"
    """From the closing to the refund."""
    POSTING = "posting"
    """From "refund processed" to the money on the account."""
    DISPUTE = "dispute"
    """While a dispute can be opened."""
    SELLER = "seller"
    """From the dispute to the seller's answer."""
    PLATFORM = "platform"
    """From the end of the seller's time to AliExpress's decision."""
    CHARGEBACK = "chargeback"
    """While the card's bank or PayPal takes a claim."""
    PROCESSING = "processing"
    """From the payment to the shipping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long the clocks run that the settings can change."""

    refund_days: int = 20
    """Working days."""
    dispute_days: int = 15
    """Calendar days."""
    processing_days: int = 7
    """Calendar days, for orders whose mails do not name the seller's own."""


POSTING_DAYS: Final[Mapping[Method | None, int]] = MappingProxyType(
    {Method.CARD: 20, None: 20, Method.PAYPAL: 5, Method.WALLET: 5, Method.BALANCE: 1}
)
"""Working days until a processed refund is booked. Told: cards 3-20, wallets 3-5."""

CHARGEBACK_DAYS: Final[Mapping[Method | None, int | None]] = MappingProxyType(
    {Method.CARD: 120, None: 120, Method.PAYPAL: 180, Method.WALLET: None, Method.BALANCE: None}
)
"""Days from the payment in which a claim is taken. Told: PayPal 180, cards about 120."""

SELLER_DAYS: Final = 5
"""Days in which the seller answers a dispute, else the claim stands (told)."""

PLATFORM_DAYS: Final = 7
"""Days after the seller's in which AliExpress steps in (told)."""


class Ending(Enum):
    """What the end of a clock means."""

    FORFEITS = "forfeits"
    """The person loses a right; from then on the clock says nothing more."""
    OVERDUE = "overdue"
    """Somebody else is late from then on, until the case moves."""
    PASSES = "passes"
    """Another clock says what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """A rule of the world: when a clock starts, how long it runs, and what hangs on it."""

    start: Callable[[Case, Terms], datetime | None]
    days: Callable[[Case, Terms], int | None]
    working: bool
    runs_in: frozenset[State]
    """The states in which its end is somebody's duty; elsewhere it is history."""
    ending: Ending
    lost: str
    """What its end means for the person, as a sentence."""
    source: str
    """Where the rule comes from."""
    stops: Callable[[Case], bool] = lambda _: False
    """Whether what happened made it history all the same."""

    def runs_on(self, case: Case) -> bool:
        """Whether its end is somebody's duty in `case`."""
        return case.state in self.runs_in and not self.stops(case)


def _closing(case: Case, _: Terms) -> datetime | None:
    return None if case.opened_at is None else case.closed_at or case.opened_at


def _dispute_start(case: Case, terms: Terms) -> datetime | None:
    """The receipt, else the closing; a receipt whose window was over then did not end the order."""
    closing = _closing(case, terms)
    if closing is None or case.shipped_at is None:
        return None
    receipt = case.delivered_at
    if receipt is None or receipt + timedelta(days=terms.dispute_days) < closing:
        return closing
    return min(receipt, closing)


def _platform_days(*_: object) -> int:
    return SELLER_DAYS + PLATFORM_DAYS


def _posting_days(case: Case, _: Terms) -> int:
    to_balance = case.refund_form is RefundForm.BALANCE
    return POSTING_DAYS[Method.BALANCE if to_balance else case.method]


def _processing_days(case: Case, terms: Terms) -> int:
    """The mail's days; a mail of unproven origin may shorten the wait, and not prolong it."""
    if case.ship_days is None:
        return terms.processing_days
    if Fact.SHIP_DAYS not in case.claims:
        return case.ship_days
    if Fact.CONFIRMED not in case.claims:
        return terms.processing_days
    return min(case.ship_days, terms.processing_days)


def _payment(case: Case, terms: Terms) -> datetime | None:
    """The payment, else the closing: it was before that, and nobody says how long."""
    closing = _closing(case, terms)
    return None if closing is None else min(case.paid_at or closing, closing)


def _is_whole_announced(case: Case) -> bool:
    return case.state is State.ANNOUNCED and not case.falls_short


def _is_answered(case: Case) -> bool:
    return case.answered_at is not None and Fact.ANSWERED not in case.claims


def _shipping_start(case: Case, _: Terms) -> datetime | None:
    """The confirmation, until a proven mail says that it was shipped."""
    shipped = case.shipped_at is not None and Fact.SHIPPED not in case.claims
    return case.confirmed_at if case.state in _WAITING and not shipped else None


_WAITING: Final = frozenset({State.ORDERED, State.FROZEN})
_DUE: Final = frozenset({State.ASKING, State.OWED, State.ANNOUNCED})
"""With a refund announced, for what it leaves owed."""

CLOCKS: Final[Mapping[Clock, ClockRule]] = MappingProxyType(
    {
        Clock.REFUND: ClockRule(
            start=_closing,
            days=lambda _, terms: terms.refund_days,
            working=True,
            runs_in=_DUE,
            ending=Ending.OVERDUE,
            lost="From then on AliExpress is late, and waiting brings nothing more.",
            source="AliExpress's rules: a cancelled order is refunded within 20 working days",
            stops=_is_whole_announced,
        ),
        Clock.POSTING: ClockRule(
            start=lambda case, _: case.announced_at,
            days=_posting_days,
            working=True,
            runs_in=frozenset({State.ANNOUNCED}),
            ending=Ending.OVERDUE,
            lost="From then on the refund is late: have it traced.",
            source="AliExpress's help: cards up to 20 working days, wallets 5, the balance at once",
        ),
        Clock.DISPUTE: ClockRule(
            start=_dispute_start,
            days=lambda _, terms: terms.dispute_days,
            working=False,
            runs_in=_DUE,
            ending=Ending.FORFEITS,
            lost="After it no dispute can be opened for this order.",
            source="AliExpress's mail on a confirmed receipt: 15 days to open a dispute",
            stops=_is_whole_announced,
        ),
        Clock.SELLER: ClockRule(
            start=lambda case, _: case.disputed_at,
            days=lambda *_: SELLER_DAYS,
            working=False,
            runs_in=frozenset({State.DISPUTED}),
            ending=Ending.PASSES,
            lost="Without an answer by then your claim stands.",
            source="AliExpress's help: the seller answers a dispute in 5 days",
            stops=_is_answered,
        ),
        Clock.PLATFORM: ClockRule(
            start=lambda case, _: case.disputed_at,
            days=_platform_days,
            working=False,
            runs_in=frozenset({State.DISPUTED}),
            ending=Ending.OVERDUE,
            lost="From then on AliExpress is late with its decision.",
            source="AliExpress's help: the platform decides within 7 days after the seller's 5",
        ),
        Clock.CHARGEBACK: ClockRule(
            start=_payment,
            days=lambda case, _: CHARGEBACK_DAYS[case.method],
            working=False,
            runs_in=frozenset({*_DUE, State.DISPUTED}),
            ending=Ending.FORFEITS,
            lost="After it a claim with the bank or with PayPal may come too late.",
            source="PayPal takes claims for 180 days after the payment, cards for about 120",
        ),
        Clock.PROCESSING: ClockRule(
            start=_shipping_start,
            days=_processing_days,
            working=False,
            runs_in=_WAITING,
            ending=Ending.PASSES,
            lost="An order that is not shipped by then closes by itself.",
            source="the order's mail, else the settings; AliExpress closes what is not shipped",
        ),
    }
)
"""Every clock."""
