"""What the rules made of one message."""

from dataclasses import dataclass, field
from enum import StrEnum

from watcher.domain.event import (
    PERSONAL_KINDS,
    EventKind,
    Evidence,
    Reason,
    RefundForm,
    is_order_number,
)
from watcher.domain.money import Money


class Outcome(StrEnum):
    """The four outcomes of reading a mail."""

    RECOGNISED = "recognised"
    """A rule fits: the events say what happened."""
    IGNORED = "ignored"
    """From AliExpress and of no interest: marketing, surveys, coupons."""
    UNRECOGNISED = "unrecognised"
    """From AliExpress's transactional sender, and no rule fits: reported, never dropped."""
    FOREIGN = "foreign"
    """Not from AliExpress at all, whatever it claims."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a message says of one order."""

    kind: EventKind
    order: str
    reason: Reason | None = None
    money: Money | None = None
    refund: RefundForm | None = None
    """The form of an announced refund, where the mail names it."""
    store: str | None = field(default=None, repr=False)
    """The store's name, where the mail names it."""
    items: tuple[str, ...] = field(default=(), repr=False)
    """What was ordered, as far as the mail names it."""
    ship_days: int | None = None
    """How many days the seller has to ship, counted from the mail; where the mail names them."""

    def __post_init__(self) -> None:
        if not is_order_number(self.order):
            raise ValueError(f"not an order number: {self.order!r}")
        if self.kind in PERSONAL_KINDS:
            raise ValueError(f"no mail can say {self.kind}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome, and for a recognised message one finding per order it speaks of."""

    outcome: Outcome
    language: str | None = None
    """The rule file's language (`en`, `pt`), where a rule fits."""
    rule: str | None = None
    """The rule's id, `en.order-closed`."""
    evidence: Evidence | None = None
    findings: tuple[Finding, ...] = ()
    claims: tuple[str, ...] = ()
    """The orders that a stranger's mail in AliExpress's name speaks of."""

    def __post_init__(self) -> None:
        if self.findings and self.outcome is not Outcome.RECOGNISED:
            raise ValueError("only a recognised message has findings")
        if self.claims and self.outcome is not Outcome.FOREIGN:
            raise ValueError("only a foreign message has claims")
