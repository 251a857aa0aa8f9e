"""One order's money: what is known of it after all its events."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from watcher.domain.event import Event, Evidence, Method, Reason, RefundForm
from watcher.domain.message import Authenticity
from watcher.domain.money import Money


class State(StrEnum):
    """Where an order's money is."""

    UNKNOWN = "unknown"
    """Nothing is known of the order yet."""
    UNPAID = "unpaid"
    ORDERED = "ordered"
    """Paid and not shipped."""
    FROZEN = "frozen"
    """Held by AliExpress's security check."""
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    """Receipt confirmed: the order ended well."""
    VOID = "void"
    """Closed, and no money is owed."""
    ASKING = "asking"
    """Closed, and no mail tells whether it was paid: the person is asked."""
    OWED = "owed"
    """Closed or cancelled after payment: the refund is due."""
    DISPUTED = "disputed"
    ANNOUNCED = "announced"
    """AliExpress says that it refunded. Announced is not received."""
    SETTLED = "settled"
    """The person has the money."""
    DISMISSED = "dismissed"
    """The person says that nothing is to be done."""


OPEN_STATES = frozenset({State.ASKING, State.OWED, State.DISPUTED, State.ANNOUNCED})
"""States in which money is at stake and the person is followed up."""


class Fact(StrEnum):
    """What a mail tells of an order once: the name of its field in the case."""

    CONFIRMED = "confirmed_at"
    PAID = "paid_at"
    SHIP_DAYS = "ship_days"
    SHIPPED = "shipped_at"
    DELIVERED = "delivered_at"
    CLOSED = "closed_at"
    ANSWERED = "answered_at"


DONE_STATES = frozenset({State.SETTLED, State.DISMISSED})
"""States that end a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The fold of one order's events. Times are UTC."""

    order: str
    state: State = State.UNKNOWN
    firm: State = State.UNKNOWN
    """The state with what unproven mails lowered left out: what a proven mail starts from."""
    account: str | None = None
    """The account whose mail was the first to speak of the order."""
    opened_at: datetime | None = None
    """When money was first at stake; `None` while there is no case."""
    attested_at: datetime | None = None
    """When a proven mail first told that money is at stake."""
    changed_at: datetime | None = None
    """When the state last changed, or another refund was announced."""
    claims: frozenset[Fact] = frozenset()
    """What no proven mail told: it may bring a question forward, and ends no right."""
    closed_at: datetime | None = None
    confirmed_at: datetime | None = None
    """When the order was confirmed: the seller's time to ship starts."""
    paid_at: datetime | None = None
    """When it was paid: as the person says, else at the first mail that speaks of a paid order."""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    """When the parcel came, or its receipt was confirmed."""
    protection_ends_at: datetime | None = None
    """When a mail said that AliExpress is about to take the order for received."""
    protections: int = 0
    """How many mails said so."""
    answered_at: datetime | None = None
    """When something happened last in the open dispute."""
    answers: int = 0
    """How often something happened in the disputes of the case."""
    decided_at: datetime | None = None
    """When the last dispute was closed, and the money still owed."""
    announced_at: datetime | None = None
    disputed_at: datetime | None = None
    frozen_at: datetime | None = None
    """When a mail last said that the order is held."""
    freezes: int = 0
    """How many mails said so."""
    unproven_refund_at: datetime | None = None
    """When a mail of unproven origin spoke of a refund of money that is owed."""
    ended_at: datetime | None = None
    reason: Reason | None = None
    method: Method | None = None
    """How it was paid; `None` where the person has not said."""
    ship_days: int | None = None
    """How many days the seller has to ship, where a mail named them."""
    store: str | None = field(default=None, repr=False)
    """The seller's store, as the last proven mail that named one has it."""
    items: tuple[str, ...] = field(default=(), repr=False)
    """What was ordered, as the last proven mail that named it has it."""
    paid: Money | None = None
    """What the person paid, as far as a mail said it."""
    paid_proven: bool = False
    """Whether a proven mail said so."""
    visits: tuple[State, ...] = ()
    """The open states that the case came into, in order: tells a second dispute from the first."""
    announced: Money | None = None
    """What the last refund mail spoke of."""
    refund_form: RefundForm | None = None
    """In what form the last refund mail said that the money comes."""
    received: Decimal = Decimal(0)
    """What the person says is back, in the currency of the case."""
    received_before: Decimal = Decimal(0)
    """What of it was back when the last refund was announced."""
    authenticity: Authenticity = Authenticity.UNKNOWN
    """`pass` once a proven mail, or the person, spoke of the closing."""
    evidence: Evidence = Evidence.SEEN
    """How familiar the wording was that opened the case."""
    snoozed_until: datetime | None = None
    snoozes: int = 0
    snoozed_as: "Case | None" = field(default=None, repr=False)
    """The case as it was when it was put off: a date that was known then wakes nobody."""
    rounds: int = 0
    """How often the person reopened the case."""
    done_steps: tuple[tuple[str, datetime], ...] = ()
    notes: tuple[str, ...] = field(repr=False, default=())

    @property
    def is_open(self) -> bool:
        """Whether the person is followed up."""
        return self.state in OPEN_STATES

    @property
    def is_done(self) -> bool:
        """Whether a case was there and has ended."""
        return self.state in DONE_STATES

    @property
    def amount(self) -> Money | None:
        """The money at stake: what was paid, else what a refund mail named, unless it is a part."""
        if self.paid is None and self.refund_form is RefundForm.PARTIAL:
            return None
        return self.paid or self.announced

    @property
    def remaining(self) -> Money | None:
        """What is not back yet; `None` where nobody knows how much was owed."""
        whole = self.amount
        if whole is None:
            return None
        return Money(amount=max(whole.amount - self.received, Decimal(0)), currency=whole.currency)

    @property
    def falls_short(self) -> bool:
        """Whether the refund that was announced leaves something owed: a part, or a coupon."""
        if self.refund_form in {RefundForm.PARTIAL, RefundForm.COUPON}:
            return True
        rest = self.remaining
        return self.announced is not None and rest is not None and self.announced.is_less(rest)

    def step_done_at(self, step: str) -> datetime | None:
        """When the person last did `step`."""
        times = [at for name, at in self.done_steps if name == step]
        return max(times, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An event that does not fit the case; it stays in the ledger and changes nothing."""

    event: Event
    why: str
