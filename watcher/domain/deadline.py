"""The dates on which the clocks of a case end."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from watcher.domain.calendar import (
    Calendar,
    DayCount,
    count_calendar_days,
    count_working_days,
    local_date,
)
from watcher.domain.case import Case, Fact
from watcher.domain.clock import CLOCKS, Clock, ClockRule, Ending, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day of a clock, with the way it was counted."""

    clock: Clock
    count: DayCount
    certain: DayCount | None = None
    """The count without what no proven mail told, where it ends later and a right hangs on it."""

    @property
    def day(self) -> date:
        """The last day: what is asked of the person is asked by it."""
        return self.count.end

    @property
    def lost_day(self) -> date:
        """The last day that is certain: no right is taken for lost before it has passed."""
        return self.count.end if self.certain is None else self.certain.end

    def as_seen_on(self, today: date) -> "Deadline":
        """The deadline as it is told on `today`: an uncertain day that has passed is none."""
        if self.certain is None or self.day >= today:
            return self
        return replace(self, count=self.certain, certain=None)

    @property
    def rule(self) -> ClockRule:
        """The rule of the world behind it."""
        return CLOCKS[self.clock]


def deadlines(case: Case, terms: Terms, calendar: Calendar) -> dict[Clock, Deadline]:
    """Every clock that runs or ran on `case`, by name."""
    found = {}
    sure = _without_claims(case)
    for clock, rule in CLOCKS.items():
        count = _count(case, rule, terms, calendar)
        if count is None:
            continue
        certain = None
        if rule.ending is Ending.FORFEITS and sure is not case:
            later = _count(sure, rule, terms, calendar)
            certain = later if later is not None and later.end > count.end else None
        found[clock] = Deadline(clock=clock, count=count, certain=certain)
    return found


def _count(case: Case, rule: ClockRule, terms: Terms, calendar: Calendar) -> DayCount | None:
    start, days = rule.start(case, terms), rule.days(case, terms)
    if start is None or days is None:
        return None
    first = local_date(calendar, start)
    if rule.working:
        return count_working_days(calendar, first, days)
    return count_calendar_days(first, days)


_ENDING_EARLY: Final = frozenset({Fact.PAID, Fact.DELIVERED, Fact.CLOSED})


def _without_claims(case: Case) -> Case:
    """The case without the dates that no proven mail told, which could end a right too early."""
    if not case.claims & _ENDING_EARLY:
        return case
    return replace(
        case,
        closed_at=(
            case.attested_at or case.closed_at if Fact.CLOSED in case.claims else case.closed_at
        ),
        paid_at=None if Fact.PAID in case.claims else case.paid_at,
        delivered_at=None if Fact.DELIVERED in case.claims else case.delivered_at,
    )


def running(case: Case, terms: Terms, calendar: Calendar, today: date) -> tuple[Deadline, ...]:
    """The deadlines that still say something on `today`, the earliest first.

    A right that is lost says nothing any more; what somebody else is late with stays.
    """
    found = [
        deadline.as_seen_on(today)
        for deadline in deadlines(case, terms, calendar).values()
        if deadline.rule.runs_on(case)
        and (deadline.lost_day >= today or deadline.rule.ending is Ending.OVERDUE)
    ]
    return tuple(sorted(found, key=lambda deadline: (deadline.day, deadline.clock)))


def leading_deadline(case: Case, terms: Terms, calendar: Calendar, today: date) -> Deadline | None:
    """The date that binds first: what the person should look at; `None` where no clock runs."""
    found = running(case, terms, calendar, today)
    return found[0] if found else None
