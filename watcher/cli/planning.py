"""`playbook`: the ladder, and what it would come to."""

from datetime import date
from typing import Annotated

import typer

from watcher.cli.console import say, say_json, say_table
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.calendar import local_date
from watcher.domain.due import Guidance
from watcher.domain.event import Method, Reason
from watcher.domain.playbook import Rung
from watcher.flow.simulation import Course, Imagined, Planned, simulate

LADDER = ("STEP", "WHAT TO DO", "WHEN", "SEVERITY", "LETTER")
CALENDAR = ("DAY", "IN", "SEVERITY", "STEP", "THE DATE THAT BINDS")

TITLES = {
    Course.SILENCE: "Nobody answers, and you do nothing:",
    Course.DISPUTE: "You open a dispute when you are told to, the seller answers, and no more:",
    Course.REFUND: "AliExpress announces the refund after 5 days, and it does not come:",
}


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    command(app, "playbook")(playbook)


def playbook(
    session: Session,
    reason: Annotated[
        Reason | None,
        typer.Option("--simulate", metavar="REASON", help=f"One of {', '.join(Reason)}."),
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="It had been shipped.")] = False,
    method: Annotated[
        Method | None,
        typer.Option("--method", metavar="METHOD", help=f"How it was paid: {', '.join(Method)}."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the ladder of steps; with --simulate, what would be sent when.

    The simulation takes an order paid ten days ago that is cancelled now, with your playbook, your
    calendar and your terms. Nothing is sent or written.
    """
    guidance = session.wording().guidance
    if reason is None:
        _show_ladder(guidance, as_json=as_json)
        return
    imagined = Imagined(reason=reason, closed_at=session.now(), shipped=shipped, method=method)
    today = local_date(guidance.calendar, imagined.closed_at)
    spoken = False
    for course in Course:
        planned = list(simulate(imagined, course, guidance))
        if as_json:
            for one in planned:
                say_json({"course": course.value} | _as_json(one, guidance))
        elif planned:
            say(f"{TITLES[course]}\n")
            rows = [_row(one, guidance, today) for one in planned]
            say_table(CALENDAR, rows, wraps="STEP")
            say("")
        spoken = spoken or bool(planned)
    if not spoken and not as_json:
        say(f"Nothing is sent: an order cancelled for the reason {reason} is owed no money.")


def _show_ladder(guidance: Guidance, *, as_json: bool) -> None:
    rungs = guidance.playbook.rungs
    if as_json:
        for rung in rungs:
            say_json(
                {
                    "step": rung.name,
                    "title": rung.title,
                    "severity": rung.severity.value,
                    "at": {state.value: list(map(str, times)) for state, times in rung.at.items()},
                    "repeat_days": rung.repeat_days,
                    "letter": rung.letter,
                }
            )
        return
    say_table(LADDER, [_rung_row(rung) for rung in rungs], wraps="WHEN")
    say("\nWhat would be sent when: aliwatch playbook --simulate seller")


def _rung_row(rung: Rung) -> tuple[str, ...]:
    times = "; ".join(
        f"{state}: {' or '.join(map(str, times))}" for state, times in rung.at.items()
    )
    again = f", every {rung.repeat_days} d" if rung.repeat_days else ""
    return (rung.name, rung.title, f"{times}{again}", rung.severity.value, rung.letter or "")


def _row(planned: Planned, guidance: Guidance, today: date) -> tuple[str, ...]:
    day = local_date(guidance.calendar, planned.at)
    deadline = planned.deadline
    return (
        f"{day:%a %Y-%m-%d}",
        f"{(day - today).days} d",
        planned.step.rung.severity.value,
        f"{planned.step.rung.title}{_again(planned)}",
        "" if deadline is None else f"{deadline.day} ({deadline.clock})",
    )


def _again(planned: Planned) -> str:
    """How it goes on after the last time that is listed."""
    return f", and every {planned.step.rung.repeat_days} days" if planned.goes_on else ""


def _as_json(planned: Planned, guidance: Guidance) -> dict[str, object]:
    deadline = planned.deadline
    return {
        "at": planned.at.isoformat(timespec="seconds"),
        "day": local_date(guidance.calendar, planned.at).isoformat(),
        "step": planned.step.name,
        "title": planned.step.rung.title,
        "severity": planned.step.rung.severity.value,
        "clock": None if deadline is None else deadline.clock.value,
        "deadline": None if deadline is None else deadline.day.isoformat(),
        "lost": None if deadline is None else deadline.rule.lost,
    }
