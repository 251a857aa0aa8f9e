"""Working days: which days count, and how a deadline was counted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol


class Calendar(Protocol):
    """Which days are working days, and where the person's days begin."""

    @property
    def zone(self) -> tzinfo:
        """The person's time zone: decides on which date something happened."""
        ...

    def is_working_day(self, day: date) -> bool:
        """Whether every watched country works on `day`."""
        ...

    def peculiarity(self, day: date) -> str | None:
        """Why `day` is not what its weekday says: `Labour Day (CN)`, `worked weekend (CN)`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Peculiarity:
    """A day of the count that its weekday does not explain."""

    day: date
    why: str
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """A span of days and how it was counted."""

    start: date
    end: date
    days: int
    working: bool
    """Whether working days were counted, or all days."""
    weekend_days: int = 0
    peculiarities: tuple[Peculiarity, ...] = ()


_LONGEST_SPAN = timedelta(days=3660)


def count_calendar_days(start: date, days: int) -> DayCount:
    """Count `days` days on from `start`, whatever day they are; negative counts go backwards."""
    return DayCount(start=start, end=start + timedelta(days=days), days=days, working=False)


def count_working_days(calendar: Calendar, start: date, days: int) -> DayCount:
    """Count `days` working days on from `start`; the first counted day is the next working day.

    A negative count goes backwards. Zero days end on `start` itself.

    Raises:
        ValueError: the calendar has too few working days to ever get there.

    """
    day, left, weekend_days = start, abs(days), 0
    peculiarities: list[Peculiarity] = []
    one = timedelta(days=1 if days >= 0 else -1)
    while left:
        day += one
        if abs(day - start) > _LONGEST_SPAN:
            raise ValueError("the calendars of the settings leave no working days")
        working = calendar.is_working_day(day)
        if why := calendar.peculiarity(day):
            peculiarities.append(Peculiarity(day=day, why=why, counted=working))
        elif not working:
            weekend_days += 1
        left -= working
    return DayCount(
        start=start,
        end=day,
        days=days,
        working=True,
        weekend_days=weekend_days,
        peculiarities=tuple(peculiarities),
    )


def local_date(calendar: Calendar, moment: datetime) -> date:
    """The date that `moment` falls on for the person."""
    return moment.astimezone(calendar.zone).date()


def local_time(calendar: Calendar, day: date, clock: time) -> datetime:
    """The moment, in UTC, at which the person's clock shows `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=calendar.zone).astimezone(UTC)


def same_time_later(calendar: Calendar, moment: datetime, days: int) -> datetime:
    """The moment, in UTC, at which the person's clock shows the same so many days later."""
    if days == 0:
        return moment
    shown = moment.astimezone(calendar.zone).replace(tzinfo=None) + timedelta(days=days)
    return shown.replace(tzinfo=calendar.zone).astimezone(UTC)
