"""When alerts may reach the person: quiet hours, the daily digest, the weekly summary.

Every time of day is the person's. Stretches and dates are compared as moments, never as times of
day, so that the hour that comes twice, or not at all, neither traps an alert nor repeats one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Self, assert_never

from watcher.domain.alert import Severity

LONGEST_HOLD: Final = timedelta(days=3)
"""Longer than any alert is held: a day until the digest, and less than one of quiet hours."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_ONE_DAY: Final = timedelta(days=1)
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def parse_clock(text: str) -> time:
    """Read a time of day, `18:00`.

    Raises:
        ValueError: the text is no time of day; the message says what is.

    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f'expected a time of day such as "18:00", got {text!r}')
    return time(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A stretch of every day, over midnight where it ends before it begins."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `22:00-08:00`.

        Raises:
            ValueError: the text is of another form, or the stretch has no length.

        """
        begin, _, end = text.partition("-")
        try:
            hours = cls(begin=parse_clock(begin.strip()), end=parse_clock(end.strip()))
        except ValueError:
            raise ValueError(f'expected a stretch such as "22:00-08:00", got {text!r}') from None
        if hours.begin == hours.end:
            raise ValueError(f"{text!r} begins when it ends")
        return hours

    def end_after(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the stretch that `now` lies in ends; `None` outside of it."""
        today = now.astimezone(zone).date()
        for first in (today - _ONE_DAY, today):
            last = first if self.begin < self.end else first + _ONE_DAY
            end = _moment(last, self.end, zone)
            if _moment(first, self.begin, zone) <= now < end:
                return end
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekTime:
    """A time of the week."""

    weekday: int
    """0 is Monday."""
    at: time

    def __post_init__(self) -> None:
        if self.weekday not in range(7):
            raise ValueError(f"not a weekday: {self.weekday}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `mon 09:00`.

        Raises:
            ValueError: the text is of another form; the message says what is expected.

        """
        day, _, clock = text.strip().lower().partition(" ")
        try:
            return cls(weekday=WEEKDAYS.index(day), at=parse_clock(clock.strip()))
        except ValueError:
            raise ValueError(
                f'expected a weekday and a time such as "mon 09:00", got {text!r}'
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The week that one summary speaks of: up to its own time, from that of the one before."""

    name: str
    """The ISO week of the summary's day, `2026-W47`: there is one summary of that name."""
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """When the person wants to be left alone. Without anything set, nothing is held."""

    zone: tzinfo = UTC
    hours: Hours | None = None
    digest: time | None = None
    """When notices come, all in one."""
    weekly: WeekTime | None = None
    """When the summary of the week comes."""

    def release(self, severity: Severity, now: datetime) -> datetime:
        """The moment from which an alert decided at `now` may be sent.

        It is `now` where nothing holds it; urgent alerts are never held.
        """
        match severity:
            case Severity.URGENT:
                return now
            case Severity.ACTION:
                return self._wake(now)
            case Severity.NOTICE:
                return self._wake(self._next_digest(now))
            case _:
                assert_never(severity)

    def release_bulletin(self, now: datetime) -> datetime:
        """The same for the weekly summary: it has its own time, and waits for no digest."""
        return self._wake(now)

    def audible(self, now: datetime) -> frozenset[Severity]:
        """What may be sent at `now` at all, whenever it was decided."""
        return frozenset(Severity) if self._wake(now) == now else frozenset({Severity.URGENT})

    def week(self, now: datetime) -> Week | None:
        """The last week whose summary is due at `now`; `None` where no summaries are wanted."""
        if self.weekly is None:
            return None
        today = now.astimezone(self.zone).date()
        day = today - timedelta(days=(today.weekday() - self.weekly.weekday) % 7)
        if _moment(day, self.weekly.at, self.zone) > now:
            day -= timedelta(days=7)
        year, number, _ = day.isocalendar()
        return Week(
            name=f"{year}-W{number:02}",
            begin=_moment(day - timedelta(days=7), self.weekly.at, self.zone),
            end=_moment(day, self.weekly.at, self.zone),
        )

    def _wake(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours that it lies in."""
        return (self.hours and self.hours.end_after(now, self.zone)) or now

    def _next_digest(self, now: datetime) -> datetime:
        if self.digest is None:
            return now
        today = now.astimezone(self.zone).date()
        moments = (
            _moment(today + days * _ONE_DAY, self.digest, self.zone) for days in (-1, 0, 1, 2)
        )
        return min(moment for moment in moments if moment >= now)


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    """The moment in UTC: the first of the two where the clock is set back over it."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
