"""Collects what a template or a letter may say about a case. Links come from settings."""

from datetime import date, datetime

from watcher.domain.calendar import local_date
from watcher.domain.case import Case, Fact
from watcher.domain.clock import Clock
from watcher.domain.deadline import Deadline, deadlines, leading_deadline, running
from watcher.domain.due import Guidance, Step, draw_agenda
from watcher.domain.event import Evidence
from watcher.domain.message import Authenticity


def gather_facts(case: Case, guidance: Guidance, now: datetime) -> dict[str, object]:
    """What the case is at `now`; dates are the person's."""
    calendar = guidance.calendar
    today = local_date(calendar, now)
    deadline = leading_deadline(case, guidance.terms, calendar, today)
    following = draw_agenda(case, guidance, now).next
    return {
        "order": case.order,
        "account": case.account,
        "state": case.state.value,
        "store": case.store,
        "items": list(case.items),
        "method": None if case.method is None else case.method.value,
        "amount": case.amount,
        "remaining": case.remaining,
        "received": case.received,
        "announced": case.announced,
        "refund_form": None if case.refund_form is None else case.refund_form.value,
        "reason": None if case.reason is None else case.reason.value,
        "falls_short": case.falls_short,
        "shipped": case.shipped_at is not None,
        "delivered": case.delivered_at is not None,
        "contacted": case.step_done_at("contact_seller") is not None,
        "opened": _day(case.opened_at, guidance),
        "closed": _day(case.closed_at, guidance),
        "paid_on": _payment_day(case, guidance),
        "disputed_on": _day(case.disputed_at, guidance),
        "announced_on": _day(case.announced_at, guidance),
        "contacted_on": _day(case.step_done_at("contact_seller"), guidance),
        "helped_on": _day(case.step_done_at("ask_help_centre"), guidance),
        "deadline": None if deadline is None else deadline.day,
        "clock_name": None if deadline is None else deadline.clock.value,
        "working_days": (
            None if deadline is None or not deadline.count.working else deadline.count.days
        ),
        "days_left": None if deadline is None else (deadline.day - today).days,
        "clocks": [_clock(one, today) for one in running(case, guidance.terms, calendar, today)],
        "leading": None if deadline is None else _clock(deadline, today),
        "binding": None,
        "unfamiliar": case.evidence is Evidence.GUESS,
        "unproven": (case.opened_at is not None and case.authenticity is not Authenticity.PASS),
        "next_step": None if following is None else following.rung.title,
        "next_day": None if following is None else _day(following.due_at, guidance),
        "note": case.notes[-1] if case.notes else "",
    }


def gather_step_facts(
    case: Case, step: Step, guidance: Guidance, now: datetime
) -> dict[str, object]:
    """What is to be said of one step besides."""
    upcoming = _upcoming(case, step, guidance, now)
    return {
        "step": step.name,
        "command": f"aliwatch did {case.order} {step.name}",
        "binding": _binding(case, step.clock, guidance, now),
        "next_step": None if upcoming is None else upcoming.rung.title,
        "next_day": None if upcoming is None else _day(upcoming.due_at, guidance),
    }


def _binding(
    case: Case, clock: Clock | None, guidance: Guidance, now: datetime
) -> dict[str, object] | None:
    """The date that the step is about, where it is counted from a clock."""
    deadline = (
        None if clock is None else deadlines(case, guidance.terms, guidance.calendar).get(clock)
    )
    return None if deadline is None else _clock(deadline, local_date(guidance.calendar, now))


def _clock(deadline: Deadline, today: date) -> dict[str, object]:
    return {
        "name": deadline.clock.value,
        "day": deadline.day,
        "days_left": (deadline.day - today).days,
        "days": deadline.count.days,
        "working": deadline.count.working,
        "lost": deadline.rule.lost,
    }


def _upcoming(case: Case, step: Step, guidance: Guidance, now: datetime) -> Step | None:
    """The step that will count when the answer changes next."""
    again = draw_agenda(case, guidance, now).look_again_at
    if again is None:
        return None
    upcoming = draw_agenda(case, guidance, again).next
    return None if upcoming is None or upcoming == step else upcoming


def _payment_day(case: Case, guidance: Guidance) -> date | None:
    """The day of the payment, where a proven mail or the person tells it.

    A parcel's first mail shows that the order was paid, and not when.
    """
    told = case.paid_at != case.shipped_at and Fact.PAID not in case.claims
    return _day(case.paid_at, guidance) if told else None


def _day(moment: datetime | None, guidance: Guidance) -> date | None:
    return None if moment is None else local_date(guidance.calendar, moment)
