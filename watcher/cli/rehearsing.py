"""`demo`: the whole thing on an embedded mail server."""

import time
from typing import Annotated

import typer

from watcher.app.demo import AlertCame, Demo, Happening, MailCame, PersonActed
from watcher.cli.console import make_console, say, say_table
from watcher.cli.following import HEADINGS, row_of
from watcher.cli.session import Session, command, on_terminal
from watcher.domain.errors import Problem, UserError
from watcher.domain.reading import Outcome

PAUSE = 0.6


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    command(app, "demo")(demo)


def demo(
    session: Session,
    fast: Annotated[bool, typer.Option("--fast", help="No pauses.")] = False,
) -> None:
    """Show the whole thing at work, on invented mail.

    Eight weeks on a fast clock, in under a minute.
    A mail server inside this process, the real intake, the real cases and the real alerts, sent
    to a web hook inside this process. Touches no mailbox, no settings, and no network.
    """
    del session
    show = Show(pause=0 if fast else PAUSE)
    performance = Demo()
    try:
        for happening in performance.play():
            show.tell(happening)
    except ImportError as error:
        raise UserError(
            Problem(
                place="demo",
                what=f"{error.name or 'the mail server'} is not installed",
                fix='install the extra: pip install "aliwatch[demo]"',
            )
        ) from error
    say()
    say("How the orders stand now (aliwatch cases --all):")
    say_table(HEADINGS, [row_of(view) for view in performance.cases], wraps="NEXT STEP")
    say()
    say(
        "That was invented. For your own mailbox write ~/.config/aliwatch/aliwatch.toml (the README"
    )
    say("has one to copy; config/aliwatch.toml.example explains every setting), and type:")
    say("  aliwatch doctor            checks every link, names the fix")
    say("  aliwatch scan --dry-run    what your past mail holds; sends nothing")
    say("  aliwatch run               watches from now on")


class Show:
    """Writes what happens as it happens; an alert of a new kind is shown whole."""

    def __init__(self, *, pause: float) -> None:
        self._pause = pause
        self._console = make_console() if on_terminal() else None
        self._shown = 0

    def tell(self, happening: Happening) -> None:
        """Write one happening, and pause."""
        when = f"{happening.at:%a %d %b}"
        match happening:
            case MailCame():
                self._line(when, "mail ", happening.subject, "cyan")
                self._line("", "", _what_it_is(happening), "dim")
            case PersonActed():
                self._line(when, "you  ", happening.command, "green")
            case AlertCame():
                self._line(when, "ALERT", happening.title, "bold yellow")
                self._body(happening.body)
        time.sleep(self._pause)

    def _body(self, body: str) -> None:
        self._shown += 1
        lines = body.splitlines()
        # The first is shown whole, as it looks on a phone; of the others, how they begin.
        for line in lines if self._shown == 1 else lines[:2]:
            self._line("", "     ", f"| {line}", "yellow")

    def _line(self, when: str, what: str, text: str, style: str) -> None:
        line = f"{when:<10} {what} {text}"
        if self._console is None:
            say(line)
        else:
            self._console.print(line, style=style, markup=False)


def _what_it_is(mail: MailCame) -> str:
    match mail.outcome:
        case Outcome.RECOGNISED:
            proof = "" if mail.authenticity == "pass" else ", but its origin is not proven"
            return f"      = {', '.join(mail.news).replace('_', ' ')}{proof}"
        case Outcome.IGNORED:
            return "      = advertising: ignored"
        case Outcome.UNRECOGNISED:
            return "      = no rule knows this: reported"
        case Outcome.FOREIGN:
            return "      = not from AliExpress"
