"""What is due: pure questions to a case, a playbook, a calendar and a moment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.domain.case import Case
from watcher.domain.clock import Clock
from watcher.domain.playbook import MEANINGS, Rung
from watcher.domain.slot import (
    Guidance,
    Slot,
    count_news,
    find_recounts,
    find_slots,
    find_wakening,
)

__all__ = ["Agenda", "Guidance", "Step", "draw_agenda", "due"]


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
    lost_at: datetime | None = None
    """When the right that the step is about is lost; `None` where it is about none, or comes after.
    """

    @property
    def visit(self) -> str:
        """What the occurrences of the same stay in a state have in common."""
        return self.occurrence.rpartition(".")[0]

    @property
    def ends_a_right(self) -> bool:
        """Whether the step is about a day after which the person has lost a right."""
        return self.lost_at is not None

    @property
    def name(self) -> str:
        """The step's name in the playbook."""
        return self.rung.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a case asks of the person at a moment."""

    due: tuple[Step, ...]
    """The steps that count now: at most one of the ladder, and beside it remarks and fresh news."""
    next: Step | None
    """The ladder's step to look at: the one that counts now, else the next to come."""
    look_again_at: datetime | None
    """When the answer may be another one; `None` when only an event can change it."""


def due(case: Case, guidance: Guidance, now: datetime) -> tuple[Step, ...]:
    """The steps that count at `now`, whether or not the person was told of them already."""
    return draw_agenda(case, guidance, now).due


def draw_agenda(case: Case, guidance: Guidance, now: datetime) -> Agenda:
    """Decide what `case` asks of the person at `now`.

    Of the ladder's askings whose time has come only the last one counts: those before it were
    overtaken, and a step that repeats comes back with its next. But while a right can still be
    lost, the step that uses it comes before the others, and a step that answers news speaks beside
    it. A step that the person did is not due, and nothing is while the case is put off, unless a
    right is in danger that was in none when the person put it off.
    """
    slots = find_slots(case, guidance, now)
    recounts = [at for at in find_recounts(case, guidance, now) if at > now]
    remarks = [_ask(case, slot) for slot in slots if slot.rung.aside]
    ladder = [slot for slot in slots if not slot.rung.aside]
    if case.snoozed_until is not None and now < case.snoozed_until:
        wakening = find_wakening(case, guidance, ladder)
        wakes_at = min(at for at in (case.snoozed_until, wakening) if at is not None)
        case = replace(case, snoozed_until=wakes_at)
        if now < wakes_at:
            awake = draw_agenda(case, guidance, wakes_at)
            # The steps were put off; what is to be remarked was not known when they were.
            due = tuple(step for step in remarks if step.due_at <= now)
            changes = (at for slot in slots if slot.rung.aside for at in slot.turns if at > now)
            look_again_at = min((wakes_at, *changes, *recounts))
            return Agenda(due=due, next=awake.next, look_again_at=look_again_at)
    coming = [_ask(case, slot) for slot in ladder if slot.at > now]
    active: Step | None = None
    news: list[Step] = []
    if passed := [slot for slot in ladder if slot.at <= now]:
        current = _foremost(case, passed, now)
        active = _ask_again(case, current, now)
        fresh = (_ask_again(case, slot, now) for slot in passed if slot.rung.is_renewed)
        news = [step for step in fresh if step is not None and step != active]
        coming += [step for slot in passed for step in _repeat(case, slot, now)]
        coming += _fall_back(case, guidance, current)
    wanted = [step for step in coming if not _is_done(case, step)]
    looks = [step.due_at for step in coming]
    looks += [at for slot in slots for at in slot.turns]
    return Agenda(
        due=tuple(step for step in (active, *news, *remarks) if step and step.due_at <= now),
        next=active or min([*news, *wanted], key=lambda step: step.due_at, default=None),
        look_again_at=min((at for at in (*looks, *recounts) if at > now), default=None),
    )


def _ask(case: Case, slot: Slot, repeats: int = 0) -> Step:
    rung = slot.rung
    news = count_news(case, rung)
    again = "" if news is None else f"-{news}"
    claimed = "-claimed" if slot.is_claimed else ""
    # Before there is a case a step is asked once, though the order change its state meanwhile; of
    # a case once for each time that it comes into the state. A remark is made once for all that.
    stay = f"{case.state}.{max(case.visits.count(case.state), 1)}" if case.is_open else "before.1"
    ladder = f"{case.rounds}.{stay}{again}{claimed}.{repeats}"
    return Step(
        order=case.order,
        rung=rung,
        occurrence=f"{case.rounds}{again}" if rung.aside else ladder,
        due_at=slot.nth(repeats),
        repeats=repeats,
        clock=slot.clock,
        lost_at=slot.lost_at,
    )


def _foremost(case: Case, passed: list[Slot], now: datetime) -> Slot:
    """Of the slots whose time has come, the one whose right is lost first, else the last asked.

    Of two that use the same right the later counts. One that was done stands in nobody's way.
    """
    done = {id(slot) for slot in passed if _is_done(case, _ask(case, slot))}
    binding = [
        (slot.lost_at, -index)
        for index, slot in enumerate(passed)
        if slot.lost_at is not None and id(slot) not in done
    ]
    if binding:
        return passed[-min(binding)[1]]
    free = [slot for slot in passed if slot.lost_at is None or id(slot) not in done]
    return max(reversed(free or passed), key=lambda slot: slot.nth(slot.repeats(now)))


def _ask_again(case: Case, slot: Slot, now: datetime) -> Step | None:
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


def _repeat(case: Case, slot: Slot, now: datetime) -> Iterator[Step]:
    """The next asking of a step that repeats."""
    again = slot.repeats(now) + 1
    if slot.rung.repeat_days and not slot.is_over(slot.nth(again)):
        yield _ask(case, slot, again)


def _fall_back(case: Case, guidance: Guidance, slot: Slot) -> Iterator[Step]:
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
    meaning = step.rung.records
    happened = None if meaning is None or meaning not in MEANINGS else MEANINGS[meaning](case)
    times = [at for at in (case.step_done_at(step.name), happened) if at is not None]
    if not times:
        return False
    return max(times) >= step.due_at or not (step.rung.repeat_days or step.rung.is_renewed)
