"""What is due: pure questions to a case, a playbook, a calendar and a moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watcher.domain.calendar import Calendar, count_working_days, local_date, local_time
from watcher.domain.case import Case
from watcher.domain.deadline import Clock, Deadline, Terms, deadlines
from watcher.domain.playbook import Anchor, Playbook, Rung, When


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

    Of the ladder's steps whose time has come only the last one counts: those before it were
    overtaken. A step that the person did is not due, and nothing is while the case is put off.
    """
    timed = sorted(_times(case, guidance), key=lambda pair: pair[0])
    remarks = [_ask(case, at, rung) for at, rung in timed if rung.aside]
    if case.snoozed_until is not None and now < case.snoozed_until:
        awake = draw_agenda(case, guidance, case.snoozed_until)
        # The steps were put off; what is to be remarked was not known when they were.
        due = tuple(step for step in remarks if step.due_at <= now)
        return Agenda(due=due, next=awake.next, look_again_at=case.snoozed_until)
    ladder = [(at, rung) for at, rung in timed if not rung.aside]
    coming = [_ask(case, at, rung) for at, rung in ladder if at > now]
    current: Step | None = None
    if passed := [(at, rung) for at, rung in ladder if at <= now]:
        at, rung = passed[-1]
        current = _ask_again(case, at, rung, now)
        if rung.repeat_days:
            again = at + timedelta(days=rung.repeat_days * (_repeats(at, rung, now) + 1))
            coming.append(_ask(case, again, rung, _repeats(at, rung, now) + 1))
    active = current if current and not _is_done(case, current) else None
    wanted = [step for step in coming if not _is_done(case, step)]
    return Agenda(
        due=tuple(step for step in (active, *remarks) if step and step.due_at <= now),
        next=active or min(wanted, key=lambda step: step.due_at, default=None),
        look_again_at=min(
            (step.due_at for step in (*coming, *remarks) if step.due_at > now), default=None
        ),
    )


def _ask(case: Case, at: datetime, rung: Rung, repeats: int = 0) -> Step:
    # A remark is made once, whatever becomes of the case; a step of the ladder once for each time
    # that the case comes into the state.
    visit = max(case.visits.count(case.state), 1)
    ladder = f"{case.rounds}.{case.state}.{visit}.{repeats}"
    occurrence = f"{case.rounds}" if rung.aside else ladder
    return Step(order=case.order, rung=rung, occurrence=occurrence, due_at=at, repeats=repeats)


def _ask_again(case: Case, at: datetime, rung: Rung, now: datetime) -> Step:
    """The latest asking of a step whose time has come: its last repeat, or the end of a snooze."""
    repeats = _repeats(at, rung, now)
    step = _ask(case, at + timedelta(days=repeats * (rung.repeat_days or 0)), rung, repeats)
    if case.snoozed_until is None or step.due_at >= case.snoozed_until:
        return step
    return Step(
        order=case.order,
        rung=rung,
        occurrence=f"{step.occurrence}.{case.snoozes}",
        due_at=case.snoozed_until,
    )


def _repeats(at: datetime, rung: Rung, now: datetime) -> int:
    return (now - at) // timedelta(days=rung.repeat_days) if rung.repeat_days else 0


def _is_done(case: Case, step: Step) -> bool:
    """A step done ahead of its time counts; a repeated one is asked anew."""
    done_at = case.step_done_at(step.name)
    if done_at is None:
        return False
    return done_at >= step.due_at or not step.rung.repeat_days


def _times(case: Case, guidance: Guidance) -> Iterator[tuple[datetime, Rung]]:
    running = deadlines(case, guidance.terms, guidance.calendar)
    for rung in guidance.playbook.rungs:
        when = rung.at.get(case.state)
        if when is None:
            continue
        at = _resolve(when, case, running, guidance)
        if at is not None:
            yield at, rung


def _resolve(
    when: When, case: Case, running: dict[Clock, Deadline], guidance: Guidance
) -> datetime | None:
    """The moment `when` stands for; `None` while its anchor has not happened."""
    happened = {
        Anchor.OPENED: case.opened_at,
        Anchor.CLOSED: case.closed_at or case.opened_at,
        Anchor.ANNOUNCED: case.announced_at,
        Anchor.DISPUTED: case.disputed_at,
        Anchor.FROZEN: case.frozen_at,
        Anchor.UNPROVEN_REFUND: case.unproven_refund_at,
    }
    if when.anchor in happened:
        return _after(happened[when.anchor], when, guidance)
    deadline = running.get(Clock(when.anchor.value))
    return None if deadline is None else _on_day(deadline.day, when, guidance)


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
