"""What is due: pure questions to a case, a playbook, a calendar and a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from watcher.domain.calendar import Calendar, count_working_days, local_date, local_time
from watcher.domain.case import Case
from watcher.domain.deadline import Clock, Deadline, Ending, Terms, deadlines
from watcher.domain.event import EventKind
from watcher.domain.playbook import Anchor, Done, Playbook, Rung, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the person is asked to do, at one time."""

    order: str
    rung: Rung
    occurrence: str
    """Tells this asking from the others of the same step; stable when dates are recounted."""
    due_at: datetime
    repeats: int = 0
    """How often the step was asked before, as its repeats are counted."""
    clock: Clock | None = None
    """The clock whose end the step is counted from."""

    @property
    def visit(self) -> str:
        """What the occurrences of the same stay in a state have in common."""
        return self.occurrence.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The step's name in the playbook."""
        return self.rung.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a case asks of the person at a moment."""

    due: tuple[Step, ...]
    """The steps that count now: at most one of the ladder, and remarks beside it."""
    next: Step | None
    """The ladder's step to look at: the one that counts now, else the next to come."""
    look_again_at: datetime | None
    """When the answer may be another one; `None` when only an event can change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """What a decision needs beside the case: the ladder, the clocks' terms, the calendar."""

    playbook: Playbook
    terms: Terms
    calendar: Calendar


def due(case: Case, guidance: Guidance, now: datetime) -> tuple[Step, ...]:
    """The steps that count at `now`, whether or not the person was told of them already."""
    return draw_agenda(case, guidance, now).due


def draw_agenda(case: Case, guidance: Guidance, now: datetime) -> Agenda:
    """Decide what `case` asks of the person at `now`.

    Of the ladder's askings whose time has come only the last one counts: those before it were
    overtaken, and a step that repeats comes back with its next. But while a right can still be
    lost, the step that uses it comes before the others. A step that the person did is not due, and
    nothing is while the case is put off.
    """
    slots = sorted(_slots(case, guidance, now), key=lambda slot: slot.at)
    remarks = [_ask(case, slot) for slot in slots if slot.rung.aside]
    if case.snoozed_until is not None and now < case.snoozed_until:
        awake = draw_agenda(case, guidance, case.snoozed_until)
        # The steps were put off; what is to be remarked was not known when they were.
        due = tuple(step for step in remarks if step.due_at <= now)
        changes = (at for slot in slots if slot.rung.aside for at in slot.turns if at > now)
        look_again_at = min((case.snoozed_until, *changes))
        return Agenda(due=due, next=awake.next, look_again_at=look_again_at)
    ladder = [slot for slot in slots if not slot.rung.aside]
    coming = [_ask(case, slot) for slot in ladder if slot.at > now]
    active: Step | None = None
    if passed := [slot for slot in ladder if slot.at <= now]:
        current = _foremost(case, passed, now)
        active = _ask_again(case, current, now)
        coming += [step for slot in passed for step in _repeat(case, slot, now)]
        coming += _fall_back(case, guidance, current)
    wanted = [step for step in coming if not _is_done(case, step)]
    looks = [step.due_at for step in coming]
    looks += [at for slot in slots for at in slot.turns]
    return Agenda(
        due=tuple(step for step in (active, *remarks) if step and step.due_at <= now),
        next=active or min(wanted, key=lambda step: step.due_at, default=None),
        look_again_at=min((at for at in looks if at > now), default=None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """A step's place in time, for one case in its present state."""

    rung: Rung
    at: datetime
    clock: Clock | None
    lost_at: datetime | None
    """From when on the right that the step uses is lost."""

    @property
    def ends_at(self) -> datetime | None:
        """From when on the step is of no use."""
        days = self.rung.within_days
        over_at = None if days is None else self.at + timedelta(days=days)
        return min((at for at in (over_at, self.lost_at) if at is not None), default=None)

    @property
    def turns(self) -> tuple[datetime, ...]:
        """The moments at which the step begins and ends to be of use."""
        return (self.at,) if self.ends_at is None else (self.at, self.ends_at)

    def is_over(self, now: datetime) -> bool:
        """Whether the step's use is over at `now`."""
        return self.ends_at is not None and now >= self.ends_at

    def repeats(self, now: datetime) -> int:
        """How often the step was to be asked again until `now`."""
        days = self.rung.repeat_days
        return (now - self.at) // timedelta(days=days) if days else 0

    def nth(self, repeats: int) -> datetime:
        """When the step is asked for so many times after the first."""
        return self.at + timedelta(days=repeats * (self.rung.repeat_days or 0))


def _ask(case: Case, slot: _Slot, repeats: int = 0) -> Step:
    rung = slot.rung
    # A remark is made once, whatever becomes of the case; a step of the ladder once for each time
    # that the case comes into the state.
    visit = str(max(case.visits.count(case.state), 1))
    if rung.is_renewed:
        visit += f"-{case.answers}"
    ladder = f"{case.rounds}.{case.state}.{visit}.{repeats}"
    return Step(
        order=case.order,
        rung=rung,
        occurrence=f"{case.rounds}" if rung.aside else ladder,
        due_at=slot.nth(repeats),
        repeats=repeats,
        clock=slot.clock,
    )


def _foremost(case: Case, passed: list[_Slot], now: datetime) -> _Slot:
    """Of the slots whose time has come, the one whose right is lost first, else the last asked."""
    binding = [
        (slot.lost_at, index)
        for index, slot in enumerate(passed)
        if slot.lost_at is not None and not _is_done(case, _ask(case, slot))
    ]
    if binding:
        return passed[min(binding)[1]]
    return max(reversed(passed), key=lambda slot: slot.nth(slot.repeats(now)))


def _ask_again(case: Case, slot: _Slot, now: datetime) -> Step | None:
    """The latest asking of a step whose time has come: its last repeat, or the end of a snooze.

    `None` where the person did what was asked: putting a case off undoes nothing.
    """
    step = _ask(case, slot, slot.repeats(now))
    if _is_done(case, step):
        return None
    if case.snoozed_until is None or step.due_at >= case.snoozed_until:
        return step
    return replace(
        step,
        occurrence=f"{step.occurrence}.{case.snoozes}",
        due_at=case.snoozed_until,
        repeats=0,
    )


def _repeat(case: Case, slot: _Slot, now: datetime) -> Iterator[Step]:
    """The next asking of a step that repeats."""
    again = slot.repeats(now) + 1
    if slot.rung.repeat_days and not slot.is_over(slot.nth(again)):
        yield _ask(case, slot, again)


def _fall_back(case: Case, guidance: Guidance, slot: _Slot) -> Iterator[Step]:
    """The step that counts again once the time of the present one is over."""
    if slot.ends_at is not None:
        awake = replace(case, snoozed_until=None)
        then = draw_agenda(awake, guidance, slot.ends_at).next
        if then is not None:
            yield replace(then, due_at=max(then.due_at, slot.ends_at))


def _is_done(case: Case, step: Step) -> bool:
    """A step done ahead of its time counts; one that is asked again is to be done again.

    What the step stands for may have happened without the person saying so: the mail tells it.
    """
    happened = {
        EventKind.DISPUTE_OPENED: case.disputed_at,
        EventKind.ORDER_CONFIRMED: case.confirmed_at,
    }
    recorded = None if step.rung.records is None else happened.get(step.rung.records)
    times = [at for at in (case.step_done_at(step.name), recorded) if at is not None]
    if not times:
        return False
    return max(times) >= step.due_at or not (step.rung.repeat_days or step.rung.is_renewed)


def _slots(case: Case, guidance: Guidance, now: datetime) -> Iterator[_Slot]:
    """The steps for `case` in its state whose use is not over."""
    ends = deadlines(case, guidance.terms, guidance.calendar)
    for rung in guidance.playbook.rungs:
        if not rung.only.fits(case):
            continue
        known = [
            _Slot(rung=rung, at=at, clock=clock, lost_at=_lost_at(ends, clock, at, guidance))
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
    day = ends[clock].day + timedelta(days=1)
    end = local_time(guidance.calendar, day, guidance.playbook.hour)
    return end if at < end else None


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
