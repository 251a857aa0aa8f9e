"""What happened to an order: said by a mail, or done by the person."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watcher.domain.message import Authenticity
from watcher.domain.money import Money


class EventKind(StrEnum):
    """The kinds of event in the ledger."""

    ORDER_CONFIRMED = "order_confirmed"
    PAYMENT_PENDING = "payment_pending"
    ORDER_SHIPPED = "order_shipped"
    DELIVERY_UPDATE = "delivery_update"
    ORDER_DELIVERED = "order_delivered"
    CONFIRMATION_DUE = "confirmation_due"
    ORDER_COMPLETED = "order_completed"
    ORDER_CLOSED = "order_closed"
    ORDER_CANCELLED = "order_cancelled"
    REFUND_ANNOUNCED = "refund_announced"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_UPDATED = "dispute_updated"
    DISPUTE_CLOSED = "dispute_closed"
    ORDER_FROZEN = "order_frozen"
    SELLER_MESSAGE = "seller_message"
    # The person's own acts.
    STEP_DONE = "step_done"
    MONEY_RECEIVED = "money_received"
    CASE_SNOOZED = "case_snoozed"
    CASE_DISMISSED = "case_dismissed"
    CASE_REOPENED = "case_reopened"
    NOTE_ADDED = "note_added"
    PAYMENT_TOLD = "payment_told"
    """How the order was paid, and when."""
    ACT_UNDONE = "act_undone"
    """The last act of the person's that stood is taken back."""


PERSONAL_KINDS = frozenset(
    {
        EventKind.STEP_DONE,
        EventKind.MONEY_RECEIVED,
        EventKind.CASE_SNOOZED,
        EventKind.CASE_DISMISSED,
        EventKind.CASE_REOPENED,
        EventKind.NOTE_ADDED,
        EventKind.PAYMENT_TOLD,
        EventKind.ACT_UNDONE,
    }
)
"""Kinds that no mail can cause."""


class Reason(StrEnum):
    """Why an order was cancelled."""

    SELLER = "seller"
    PROCESSING_TIME = "processing_time"
    SECURITY = "security"
    CUSTOMS = "customs"
    TRACKING_NUMBER = "tracking_number"
    BUYER = "buyer"
    UNPAID = "unpaid"


class Method(StrEnum):
    """How an order was paid: decides how long a refund takes, and who else can fetch it back."""

    CARD = "card"
    PAYPAL = "paypal"
    WALLET = "wallet"
    """Any other wallet: Google Pay without a card behind it, Alipay, Klarna, a local one."""
    BALANCE = "balance"
    """AliExpress's own balance, bonus or gift card."""


class RefundForm(StrEnum):
    """In what form a mail says that the money comes back."""

    FULL = "full"
    PARTIAL = "partial"
    COUPON = "coupon"
    BALANCE = "balance"


class Evidence(StrEnum):
    """How sure the project is of a rule's wording."""

    SEEN = "seen"
    TOLD = "told"
    GUESS = "guess"


class Witness(StrEnum):
    """Who says so."""

    MAIL = "mail"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the ledger."""

    order: str
    kind: EventKind
    at: datetime
    """When it happened, UTC."""
    witness: Witness
    authenticity: Authenticity
    account: str | None = None
    """The account whose mail said so; `None` for the person's acts."""
    mail: str | None = None
    """The digest of the mail that said so; `None` for the person's acts."""
    reason: Reason | None = None
    money: Money | None = None
    refund: RefundForm | None = None
    """The form of an announced refund, where the mail names it."""
    store: str | None = field(default=None, repr=False)
    """The store's name, where the mail names it."""
    items: tuple[str, ...] = field(default=(), repr=False)
    """What was ordered, as far as the mail names it."""
    ship_days: int | None = None
    """How many days the seller has to ship, where the mail names them."""
    method: Method | None = None
    paid_at: datetime | None = None
    """When the person says that they paid, UTC."""
    evidence: Evidence = Evidence.SEEN
    step: str | None = None
    until: datetime | None = None
    note: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not is_order_number(self.order):
            raise ValueError(f"not an order number: {self.order!r}")
        if self.at.tzinfo is None:
            raise ValueError("at needs a time zone")
        if (self.kind in PERSONAL_KINDS) and self.witness is not Witness.PERSON:
            raise ValueError(f"no mail can say {self.kind}")

    @property
    def proven(self) -> bool:
        """Whether this may lower or end what is owed: a proven mail, or the person."""
        return self.witness is Witness.PERSON or self.authenticity is Authenticity.PASS


def is_order_number(text: str) -> bool:
    """Tell whether `text` has the form of AliExpress's order numbers: 12 to 20 ASCII digits.

    Source: every credible sample since 2019 has 16; older and longer ones are accepted.
    """
    return 12 <= len(text) <= 20 and text.isascii() and text.isdigit()
