"""What the command line shows of cases: computed from the ledger at the moment it is asked."""

from dataclasses import dataclass
from datetime import date, datetime

from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.deadline import Deadline, leading_deadline
from watcher.domain.due import Agenda, Guidance, draw_agenda
from watcher.domain.event import Event
from watcher.domain.history import chronological
from watcher.domain.life import Life, fold
from watcher.domain.money import Money

_FAR = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One order as a person looks at it at a moment."""

    case: Case
    opened: date | None
    now: datetime
    today: date
    """The person's date at that moment."""
    deadline: Deadline | None
    days_left: int | None
    agenda: Agenda
    events: tuple[Event, ...]
    life: Life

    def summary(self) -> dict[str, object]:
        """The case in the vocabulary of the JSON output."""
        case, step = self.case, self.agenda.next
        amount: Money | None = case.amount
        return {
            "order": case.order,
            "account": case.account,
            "state": case.state.value,
            "reason": None if case.reason is None else case.reason.value,
            "method": None if case.method is None else case.method.value,
            "store": case.store,
            "amount": None if amount is None else str(amount.amount),
            "currency": None if amount is None else amount.currency,
            "received": str(case.received),
            "remaining": None if case.remaining is None else str(case.remaining.amount),
            "opened": None if self.opened is None else self.opened.isoformat(),
            "clock": None if self.deadline is None else self.deadline.clock.value,
            "deadline": None if self.deadline is None else self.deadline.day.isoformat(),
            "days_left": self.days_left,
            "next_step": None if step is None else step.name,
            "next_due": None if step is None else step.due_at.isoformat(timespec="seconds"),
            "snoozed_until": (
                None
                if case.snoozed_until is None
                else case.snoozed_until.isoformat(timespec="seconds")
            ),
            "authenticity": case.authenticity.value,
            "done": case.is_done,
        }


def view_case(order: str, events: list[Event], guidance: Guidance, now: datetime) -> CaseView:
    """Fold the events of `order` and see what they come to at `now`."""
    life = fold(order, events)
    case = life.case
    calendar = guidance.calendar
    today = local_date(calendar, now)
    deadline = leading_deadline(case, guidance.terms, calendar, today)
    return CaseView(
        case=case,
        opened=None if case.opened_at is None else local_date(calendar, case.opened_at),
        now=now,
        today=today,
        deadline=deadline,
        days_left=None if deadline is None else (deadline.day - today).days,
        agenda=draw_agenda(case, guidance, now),
        events=tuple(chronological(events)),
        life=life,
    )


def sort_views(views: list[CaseView]) -> list[CaseView]:
    """Open cases first, the earliest last day on top; orders without a case at the end."""
    return sorted(
        views,
        key=lambda view: (
            not view.case.is_open,
            view.case.opened_at is None,
            view.deadline.day if view.deadline else _FAR,
            view.case.order,
        ),
    )
