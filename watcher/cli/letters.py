"""`letter`: the text to paste, and the same in the person's language."""

from typing import Annotated

import typer

from watcher.adapters.clipboard import copy_to_clipboard
from watcher.cli.console import complain, say, say_json
from watcher.cli.exit_codes import ExitCode
from watcher.cli.orders import OrderArgument, read_order, unknown_order
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.letter import Letter
from watcher.domain.life import fold
from watcher.flow.letters import is_timely, write_letter


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    command(app, "letter")(letter)


def letter(
    session: Session,
    order: OrderArgument,
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The step that the letter goes with.")
    ],
    copy: Annotated[
        bool, typer.Option("--copy", help="Also put the text to paste into the clipboard.")
    ] = False,
    only: Annotated[
        bool, typer.Option("--only", help="Only the text to paste, for a pipe.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the letter to paste for a step.

    In English, and below it the same in your language; a claim to your bank the other way round.
    """
    wording = session.wording()
    with session.look().reading() as books:
        events = books.events(read_order(order))
    if not events:
        raise unknown_order(order)
    case = fold(order, events).case
    written = write_letter(wording, case, step, session.now())
    if as_json:
        say_json(
            {
                "order": order,
                "step": step,
                "language": written.language,
                "text": written.text,
                "translation": written.translation,
            }
        )
    else:
        say(written.text)
        if written.translation is not None and not only:
            say(_beside(written))
    if not is_timely(wording, case, step):
        complain(f"aliwatch: the order is {case.state}, and {step} does not fit it now:")
        complain("    read the letter before you send it")
    if copy:
        _copy(written, f"aliwatch letter {order} {step} --only")


def _beside(written: Letter) -> str:
    return (
        f"\n----- the same in {written.translation_language}, to read -----\n{written.translation}"
    )


def _copy(written: Letter, call: str) -> None:
    """Put the letter into the clipboard and say so, or why not, where errors go."""
    problem = copy_to_clipboard(written.text)
    if problem is None:
        complain("aliwatch: the letter is in the clipboard")
        return
    complain(f"aliwatch: {problem}")
    complain(f"    or, from your desktop: ssh HOST {call} | xclip -selection clipboard")
    raise typer.Exit(ExitCode.TEMPORARY)
