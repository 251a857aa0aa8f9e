"""Where a ladder's steps stand in time, for one case in its present state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from watcher.domain.calendar import (
    Calendar,
    count_working_days,
    local_date,
    local_time,
    same_time_later,
)
from watcher.domain.case import Case
from watcher.domain.clock import Clock, Ending, Terms
from watcher.domain.deadline import Deadline, deadlines
from watcher.domain.playbook import RENEWED, Anchor, Done, Playbook, Rung, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What a decision needs beside the case: the ladder, the clocks' terms, the calendar."""

    playbook: Playbook
    terms: Terms
    calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A step's place in time, for one case in its present state."""

    rung: Rung
    at: datetime
    clock: Clock | None
    lost_at: datetime | None
    """From when on the right that the step uses is lost."""
    is_claimed: bool
    """Whether an unproven mail brought it forward: the true date is asked for on its own."""
    calendar: Calendar = field(repr=False)

    @property
    def ends_at(self) -> datetime | None:
        """From when on the step is of no use."""
        days = self.rung.within_days
        over_at = None if days is None else same_time_later(self.calendar, self.at, days)
        return min((at for at in (over_at, self.lost_at) if at is not None), default=None)

    @property
    def turns(self) -> tuple[datetime, ...]:
        """The moments at which the step begins and ends to be of use."""
        return (self.at,) if self.ends_at is None else (self.at, self.ends_at)

    def is_over(self, now: datetime) -> bool:
        """Whether the step's use is over at `now`."""
        return self.ends_at is not None and now >= self.ends_at

    def repeats(self, now: datetime) -> int:
        """How often the step was to be asked again until `now`, from its first time on."""
        days = self.rung.repeat_days
        if not days:
            return 0
        # The person's days are at times an hour longer or shorter than those of UTC.
        most = (now - self.at + timedelta(days=1)) // timedelta(days=days)
        return most if self.nth(most) <= now else most - 1

    def nth(self, repeats: int) -> datetime:
        """When the step is asked for so many times after the first: at the person's same hour."""
        days = repeats * (self.rung.repeat_days or 0)
        return same_time_later(self.calendar, self.at, days)


def find_slots(case: Case, guidance: Guidance, now: datetime) -> list[Slot]:
    """The steps for `case` in its state whose use is not over, the earliest first."""
    ends = _ends(case, guidance, now)
    return sorted(_slots(case, guidance, ends, now), key=lambda slot: slot.at)


def find_recounts(case: Case, guidance: Guidance, now: datetime) -> Iterator[datetime]:
    """When a date that only an unproven mail told will have passed, and the true one counts."""
    for deadline in _ends(case, guidance, now).values():
        if deadline.lost_day > deadline.day:
            yield local_time(guidance.calendar, deadline.day + timedelta(days=1), time())


def find_wakening(case: Case, guidance: Guidance, slots: list[Slot]) -> datetime | None:
    """When a right that was in no danger as the case was put off is to be used after all."""
    if case.snoozed_as is None:
        return None
    known = deadlines(case.snoozed_as, guidance.terms, guidance.calendar)
    ends = deadlines(case, guidance.terms, guidance.calendar)
    new = (
        slot.at
        for slot in slots
        if slot.clock is not None
        and slot.lost_at is not None
        and (slot.clock not in known or ends[slot.clock].day != known[slot.clock].day)
    )
    return min(new, default=None)


def _ends(case: Case, guidance: Guidance, now: datetime) -> dict[Clock, Deadline]:
    today = local_date(guidance.calendar, now)
    found = deadlines(case, guidance.terms, guidance.calendar)
    return {clock: deadline.as_seen_on(today) for clock, deadline in found.items()}


def _slots(
    case: Case, guidance: Guidance, ends: Mapping[Clock, Deadline], now: datetime
) -> Iterator[Slot]:
    for rung in guidance.playbook.rungs:
        if not rung.only.fits(case):
            continue
        known = [
            Slot(
                rung=rung,
                at=at,
                clock=clock,
                lost_at=_lost_at(ends, clock, at, guidance),
                is_claimed=clock is not None and ends[clock].lost_day > ends[clock].day,
                calendar=guidance.calendar,
            )
            for when in rung.at.get(case.state, ())
            if (at := _resolve(when, case, ends, guidance)) is not None
            for clock in (_clock_of(when),)
        ]
        first = min(known, key=lambda slot: slot.at, default=None)
        if first is not None and not first.is_over(now):
            yield first


def _lost_at(
    ends: Mapping[Clock, Deadline], clock: Clock | None, at: datetime, guidance: Guidance
) -> datetime | None:
    """The day after a clock's last, where a right is lost then and the step comes before it."""
    if clock is None or ends[clock].rule.ending is not Ending.FORFEITS:
        return None
    day = ends[clock].lost_day + timedelta(days=1)
    end = local_time(guidance.calendar, day, guidance.playbook.hour)
    return end if at < end else None


def count_news(case: Case, rung: Rung) -> int | None:
    """How often what the step answers has happened; `None` for a step that answers no news."""
    anchors = {when.anchor for whens in rung.at.values() for when in whens}
    counts = [count(case) for anchor, count in RENEWED.items() if anchor in anchors]
    return sum(counts) if counts else None


def _clock_of(when: When) -> Clock | None:
    return None if isinstance(when.anchor, Done) else _CLOCKS.get(when.anchor.value)


_CLOCKS: Final = {clock.value: clock for clock in Clock}


def _resolve(
    when: When, case: Case, ends: Mapping[Clock, Deadline], guidance: Guidance
) -> datetime | None:
    """The moment `when` stands for; `None` while its anchor has not happened."""
    if isinstance(when.anchor, Done):
        return _after(case.step_done_at(when.anchor.step), when, guidance)
    clock = _clock_of(when)
    if clock is not None:
        deadline = ends.get(clock)
        return None if deadline is None else _on_day(deadline.day, when, guidance)
    happened = {
        Anchor.CONFIRMED: case.confirmed_at,
        Anchor.SHIPPED: case.shipped_at,
        Anchor.PROTECTION: case.protection_ends_at,
        Anchor.OPENED: case.opened_at,
        Anchor.CLOSED: case.closed_at or case.opened_at,
        Anchor.DISPUTED: case.disputed_at,
        Anchor.ANSWERED: case.answered_at,
        Anchor.DECIDED: case.decided_at,
        Anchor.ANNOUNCED: case.announced_at,
        Anchor.FROZEN: case.frozen_at,
        Anchor.CLAIMED: case.unproven_refund_at,
    }
    return _after(happened[when.anchor], when, guidance)


def _after(moment: datetime | None, when: When, guidance: Guidance) -> datetime | None:
    if moment is None or when.days == 0:
        return moment
    return _on_day(local_date(guidance.calendar, moment), when, guidance)


def _on_day(day: date, when: When, guidance: Guidance) -> datetime:
    if when.working:
        day = count_working_days(guidance.calendar, day, when.days).end
    else:
        day += timedelta(days=when.days)
    return local_time(guidance.calendar, day, guidance.playbook.hour)
