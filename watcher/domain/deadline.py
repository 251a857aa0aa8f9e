"""The clocks of a case and the dates on which they end."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from watcher.domain.calendar import Calendar, WorkingDayCount, count_working_days, local_date
from watcher.domain.case import Case, State


class Clock(StrEnum):
    """The clocks that can run on a case."""

    REFUND = "refund"
    """From the closing to the refund. Told by AliExpress's rules: 20 working days."""
    POSTING = "posting"
    """From `refund processed` to the money on the account. Told: cards up to 20 working days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long each clock runs, in working days."""

    refund_days: int = 20
    posting_days: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day of a clock, with the way it was counted."""

    clock: Clock
    count: WorkingDayCount

    @property
    def day(self) -> date:
        """The last day."""
        return self.count.end


def deadlines(case: Case, terms: Terms, calendar: Calendar) -> dict[Clock, Deadline]:
    """Every clock that runs or ran on `case`, by name."""
    starts = {
        Clock.REFUND: (case.closed_at or case.opened_at, terms.refund_days),
        Clock.POSTING: (case.announced_at, terms.posting_days),
    }
    if case.opened_at is None:
        return {}
    return {
        clock: Deadline(
            clock=clock,
            count=count_working_days(calendar, local_date(calendar, start), days),
        )
        for clock, (start, days) in starts.items()
        if start is not None
    }


def leading_deadline(case: Case, terms: Terms, calendar: Calendar) -> Deadline | None:
    """The deadline that the person should look at; `None` where money was never at stake."""
    running = deadlines(case, terms, calendar)
    if case.state is State.ANNOUNCED:
        return running.get(Clock.POSTING)
    return running.get(Clock.REFUND)
