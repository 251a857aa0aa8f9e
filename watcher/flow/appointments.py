"""The deadlines of all orders as appointments for a calendar. Drawn from the ledger alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from watcher.domain.appointment import Appointment
from watcher.domain.calendar import local_date, local_time
from watcher.domain.case import Case
from watcher.domain.clock import Clock
from watcher.domain.deadline import Deadline, deadlines, running
from watcher.domain.due import Guidance, draw_agenda
from watcher.domain.event import Event
from watcher.domain.history import chronological
from watcher.domain.life import fold
from watcher.flow.ports import Books
from watcher.flow.wording import Wording

TAKEN_BACK_FOR: Final = timedelta(days=14)
"""How long a deadline that has ended before its day is still named, as cancelled.

A calendar that only imports the file learns of it that way. One that subscribes needs nothing, and
some show what is cancelled, crossed out: so no longer than it takes to import again.
"""

TEMPLATE: Final = "calendar_entry"


def list_appointments(books: Books, wording: Wording, now: datetime) -> list[Appointment]:
    """Every open deadline of every order, and those that ended lately; by day."""
    found = [
        one
        for order in books.orders()
        for one in draw_appointments(order, books.events(order), wording, now)
    ]
    return sorted(found, key=lambda one: (one.day, one.uid))


def draw_appointments(
    order: str, events: list[Event], wording: Wording, now: datetime
) -> Iterator[Appointment]:
    """Yield the deadlines of one order. Pure: same events, same appointments."""
    guidance = wording.guidance
    calendar = guidance.calendar
    told = chronological(events)
    case = fold(order, told).case
    today = local_date(calendar, now)
    open_ones = running(case, guidance.terms, calendar, today)
    ended = _ended_lately(order, told, guidance, now)
    if not open_ones and not ended:
        return
    facts = wording.facts(case, now)
    for deadline in (*open_ones, *ended):
        cancelled = deadline in ended
        entry = _entry(deadline, case, guidance, now, cancelled=cancelled)
        written = wording.renderer.render(TEMPLATE, facts | {"entry": entry})
        yield Appointment(
            uid=f"{order}-{deadline.clock}@aliwatch",
            day=deadline.day,
            title=written.title,
            text=written.body,
            link=str(facts["order_link"]),
            # Acts and mails are only ever added, an undo as well.
            revision=len(told),
            changed_at=told[-1].at,
            cancelled=cancelled,
            remind=None if cancelled else _reminder(deadline, guidance, now),
        )


def _entry(
    deadline: Deadline, case: Case, guidance: Guidance, now: datetime, *, cancelled: bool
) -> dict[str, object]:
    """What the template is told of one deadline."""
    count = deadline.count
    step = None
    if not cancelled:
        on_the_day = local_time(guidance.calendar, deadline.day, guidance.playbook.hour)
        following = draw_agenda(case, guidance, max(on_the_day, now)).next
        step = following if following and following.due_at <= max(on_the_day, now) else None
    return {
        "name": deadline.clock.value,
        "ended": cancelled,
        "lost": deadline.rule.lost,
        "step": None if step is None else step.rung.title,
        "start": count.start,
        "days": count.days,
        "working": count.working,
        "weekend_days": count.weekend_days,
        "peculiarities": count.peculiarities,
    }


def _reminder(deadline: Deadline, guidance: Guidance, now: datetime) -> timedelta | None:
    """A day before, at the hour at which steps are due; an alarm that is late helps nobody."""
    hour = guidance.playbook.hour
    eve = deadline.day - timedelta(days=1)
    if local_time(guidance.calendar, eve, hour) <= now:
        return None
    return timedelta(days=1) - timedelta(hours=hour.hour, minutes=hour.minute)


def _ended_lately(
    order: str, told: list[Event], guidance: Guidance, now: datetime
) -> tuple[Deadline, ...]:
    """The clocks that bound the person after some event, and no longer do since another.

    Asked of the history, not of a note of what was once exported: there is no such note.
    """
    if not told or now - told[-1].at > TAKEN_BACK_FOR:
        return ()
    known: dict[Clock, Deadline] = {}
    ended_at: dict[Clock, datetime] = {}
    for number, event in enumerate(told, 1):
        bound = _bound(fold(order, told[:number]).case, guidance)
        for clock in known.keys() - bound.keys():
            ended_at.setdefault(clock, event.at)
        for clock in bound:
            ended_at.pop(clock, None)
        known |= bound
    today = local_date(guidance.calendar, now)
    return tuple(
        known[clock]
        for clock, at in sorted(ended_at.items())
        # A day that has passed disturbs nobody in a calendar.
        if now - at <= TAKEN_BACK_FOR and known[clock].day >= today
    )


def _bound(case: Case, guidance: Guidance) -> dict[Clock, Deadline]:
    """The clocks that say something in the state of `case`, whether or not their day has passed."""
    found = deadlines(case, guidance.terms, guidance.calendar)
    return {clock: deadline for clock, deadline in found.items() if deadline.rule.runs_on(case)}
