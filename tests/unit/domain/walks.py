"""A case's whole way through a ladder, as the person would be asked, with the days in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from unit.domain.examples import SHIPPED_PLAYBOOK, START, PlainCalendar, case_of, make_guidance
from watcher.domain.alert import Severity
from watcher.domain.case import State
from watcher.domain.clock import Terms
from watcher.domain.due import Guidance, draw_agenda, due
from watcher.domain.event import Event
from watcher.domain.playbook import Playbook, Rung, When


def walk(
    events: Sequence[Event], *, until: int, playbook: Playbook = SHIPPED_PLAYBOOK
) -> list[tuple[int, str]]:
    """Each asking with its day, counted from `START`, when nobody does more than `events` say.

    Looks where the agenda says that a look is worth it, and when something happens, as the tick
    does.
    """
    guidance = Guidance(playbook=playbook, terms=Terms(), calendar=PlainCalendar())
    end = START + timedelta(days=until)
    asked: dict[tuple[str, str], int] = {}
    moment = min(event.at for event in events)
    while moment <= end:
        agenda = draw_agenda(
            case_of(event for event in events if event.at <= moment), guidance, moment
        )
        for step in agenda.due:
            asked.setdefault((step.name, step.occurrence), (moment.date() - START.date()).days)
        looks = [agenda.look_again_at, *(event.at for event in events)]
        moment = min(
            (at for at in looks if at is not None and at > moment), default=end + timedelta(1)
        )
    return [(day, name) for (name, _), day in asked.items()]


def step(name: str, *at: str, state: State = State.OWED, **more: Any) -> Rung:
    """A step of a ladder made up for one test."""
    whens = tuple(When.parse(text) for text in at)
    more = {"title": name, "severity": Severity.ACTION} | more
    return Rung(name=name, at={state: whens}, **more)


def ladder(*rungs: Rung) -> Guidance:
    """A ladder of these steps alone."""
    return make_guidance(playbook=Playbook(rungs=rungs))


def asked(events: list[Event], guidance: Guidance, days: float) -> list[str]:
    """What is due so many days after the closing, at noon."""
    now = datetime(2026, 11, 3, 12, tzinfo=UTC) + timedelta(days=days)
    return [one.name for one in due(case_of(events), guidance, now)]
