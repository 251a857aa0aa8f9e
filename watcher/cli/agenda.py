"""`calendar`: the deadlines as a file for any calendar program."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from watcher.cli.console import say
from watcher.cli.session import Session, command
from watcher.domain.errors import UserError
from watcher.flow.acts import MistakenCall
from watcher.flow.appointments import list_appointments

PIPE = "-"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    command(app, "calendar")(calendar)


def calendar(
    session: Session,
    to: Annotated[
        str,
        typer.Option("--to", metavar="PATH", help="The file to write; - is the standard output."),
    ] = PIPE,
) -> None:
    """Write every open deadline for your calendar (iCalendar, .ics).

    One whole day for each, with a reminder the day before. Import the file again, or have your
    calendar subscribe to it: what changed is changed, and what has ended is taken away.
    """
    from watcher.adapters.calendar_file import (  # noqa: PLC0415 -- 4 MB that only this needs
        put_calendar,
        write_calendar,
    )

    wording, now = session.wording(), session.now()
    with session.look().reading() as books:
        appointments = list_appointments(books, wording, now)
    content = write_calendar(appointments, now)
    if to == PIPE:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return
    try:
        put_calendar(Path(to), content)
    except UserError as error:
        raise MistakenCall(*error.problems) from None
    number = sum(not one.cancelled for one in appointments)
    say(f"{to}: {number} {'deadline' if number == 1 else 'deadlines'}")
