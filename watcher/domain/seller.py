"""How a store has served the person so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from watcher.domain.calendar import Calendar, local_date
from watcher.domain.case import Case, State
from watcher.domain.deadline import Clock, Terms, deadlines
from watcher.domain.event import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerHistory:
    """One store, counted over the person's own orders."""

    orders: int
    cancelled: int
    """Paid orders that were closed or cancelled, other than at the buyer's wish."""
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
    theirs = case.reason not in {Reason.BUYER, Reason.UNPAID}
    return case.closed_at is not None and case.opened_at is not None and theirs


def _was_late(case: Case, terms: Terms, calendar: Calendar, today: date) -> bool:
    deadline = deadlines(case, terms, calendar).get(Clock.REFUND)
    if deadline is None or case.state in {State.DISMISSED, State.ASKING}:
        return False
    answered = case.announced_at or case.ended_at
    return (today if answered is None else local_date(calendar, answered)) > deadline.day
