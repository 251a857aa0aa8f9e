"""The values a rule file consists of."""

from dataclasses import dataclass, field

from watcher.domain.event import EventKind, Evidence, Reason, RefundForm

CLOSING_KINDS = frozenset(
    {
        EventKind.ORDER_CLOSED,
        EventKind.ORDER_CANCELLED,
        EventKind.REFUND_ANNOUNCED,
        EventKind.DISPUTE_OPENED,
        EventKind.DISPUTE_UPDATED,
        EventKind.DISPUTE_CLOSED,
        EventKind.ORDER_FROZEN,
        EventKind.CONFIRMATION_DUE,
    }
)
"""Kinds that can cost the person money: without an order number they are reported, not dropped."""

REASONED_KINDS = frozenset({EventKind.ORDER_CLOSED, EventKind.ORDER_CANCELLED})
"""Kinds that have a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a rule must, or must not, match."""

    subject: str = ""
    text: str = ""
    order: str | None = None
    """The order number that must be found."""
    reason: Reason | None = None
    amount: str | None = None
    """The amount that must be found, with its currency: `12.34 USD`."""
    refund: RefundForm | None = None
    """The form of the refund that must be found."""
    store: str | None = None
    """The store that must be found."""
    items: tuple[str, ...] = ()
    """The things that must be found."""
    ship_days: int | None = None
    """The days to ship that must be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One wording, and what it says about an order."""

    id: str
    """`en.order-closed`."""
    language: str
    kind: EventKind | None
    """`None`: the mail is of no interest."""
    evidence: Evidence
    subject: tuple[str, ...] = ()
    """Any of these in the subject. With `text` as well, both are needed."""
    text: tuple[str, ...] = ()
    """Any of these in the text. Alone, heard only where no subject decides."""
    unless: tuple[str, ...] = ()
    """Any of these in the same subject, or the same text, and the rule does not fit.

    A rule for the text fits even so where one sentence has its wording and none of these.
    """
    reason: Reason | None = None
    vague: bool = False
    """The subject says so little that a text about the order may say something else."""
    priority: int = 0
    """For two rules of the same evidence that fit the same mail; the higher is heard."""
    samples: tuple[Sample, ...] = field(default=(), repr=False)
    near_misses: tuple[Sample, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One rule file: everything that is known of one language."""

    code: str
    hints: tuple[str, ...] = ()
    """Patterns that tell this language from one that shares a subject line with it."""
    order_words: tuple[str, ...] = ()
    """Patterns of the words that stand beside an order number."""
    parcel_words: tuple[str, ...] = ()
    """Patterns of the words that stand beside a parcel number."""
    total_labels: tuple[str, ...] = ()
    """Patterns of what stands before the sum of an order."""
    refund_labels: tuple[str, ...] = ()
    """Patterns of what stands before the sum of a refund."""
    reasons: tuple[tuple[Reason, tuple[str, ...]], ...] = ()
    forms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For each form of a refund, and for `original`, the patterns that say it."""
    store_labels: tuple[str, ...] = ()
    """Patterns of what stands before a store's name, with a colon between them."""
    sold_by: tuple[str, ...] = ()
    """Patterns of what stands before a store's name, with or without a colon."""
    item_labels: tuple[str, ...] = ()
    """Patterns of what stands before a thing's name, with a colon between them."""
    placed_labels: tuple[str, ...] = ()
    """Patterns of the line above the store's name."""
    store_names: tuple[str, ...] = ()
    """Patterns of what only the name of a store looks like."""
    buttons: tuple[str, ...] = ()
    """Patterns of what is written on links to a store or to a thing and is not its name."""
    offers: tuple[str, ...] = ()
    """Patterns of headings below which stands what the person might buy."""
    ship_within: tuple[str, ...] = ()
    """Patterns that give the seller's days to ship, `{days}` where they stand."""
    ship_by: tuple[str, ...] = ()
    """Patterns of what stands before the date that the seller ships by."""
    rules: tuple[Rule, ...] = ()
