"""How a store has served the person so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from watcher.domain.calendar import Calendar, local_date
from watcher.domain.case import Case, State
from watcher.domain.clock import Clock, Terms
from watcher.domain.deadline import deadlines
from watcher.domain.event import Reason
from watcher.domain.message import Authenticity

_THEIRS: Final = frozenset({Reason.SELLER, Reason.PROCESSING_TIME, None})
_PURSUED: Final = frozenset({State.OWED, State.DISPUTED, State.ANNOUNCED, State.SETTLED})
"""States of an order that is known to have been paid, and whose money was or is owed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerHistory:
    """One store, counted over the person's own orders."""

    orders: int
    cancelled: int
    """Paid orders that a proven mail told closed by the store, or for no reason that it named."""
    late: int
    """Refunds that came, or were announced, after their last day, or are overdue."""


def look_back(
    cases: Iterable[Case], terms: Terms, calendar: Calendar, today: date
) -> SellerHistory:
    """What the person's orders at one store came to."""
    known = list(cases)
    return SellerHistory(
        orders=len(known),
        cancelled=sum(_was_cancelled(case) for case in known),
        late=sum(_was_late(case, terms, calendar, today) for case in known),
    )


def _was_cancelled(case: Case) -> bool:
    """What a security check, customs or the buyer stopped is not the store's doing."""
    proven = case.closed_at is not None and case.authenticity is Authenticity.PASS
    return proven and case.state in _PURSUED and case.reason in _THEIRS


def _was_late(case: Case, terms: Terms, calendar: Calendar, today: date) -> bool:
    deadline = deadlines(case, terms, calendar).get(Clock.REFUND)
    if deadline is None or case.state in {State.DISMISSED, State.ASKING}:
        return False
    answered = case.announced_at or case.ended_at
    return (today if answered is None else local_date(calendar, answered)) > deadline.day
