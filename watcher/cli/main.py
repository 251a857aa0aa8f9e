"""The entry point: `aliwatch COMMAND`."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from watcher.cli import (
    acting,
    agenda,
    checking,
    following,
    letters,
    papers,
    planning,
    rehearsing,
    reviewing,
    watching,
)
from watcher.cli.console import complain, say
from watcher.cli.exit_codes import ExitCode
from watcher.cli.logs import log_for_command
from watcher.cli.session import ConfigOption, NowOption, StateOption
from watcher.domain.errors import TransientError, UserError
from watcher.flow.acts import MistakenCall

app = typer.Typer(
    name="aliwatch",
    help="Watches your mailbox for closed AliExpress orders and follows each refund until the "
    "money is back.\n\nNew here? Type `aliwatch demo`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:
    if value:
        say(f"aliwatch {version('aliwatch')}")
        raise typer.Exit


@app.callback()
def _general(
    ctx: typer.Context,
    config: ConfigOption = None,
    state: StateOption = None,
    now: NowOption = None,
    show_version: Annotated[  # noqa: ARG001 -- acts in its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    ctx.obj = {"config": config, "state": state, "now": now}


watching.register(app)
following.register(app)
agenda.register(app)
acting.register(app)
letters.register(app)
planning.register(app)
papers.register(app)
checking.register(app)
reviewing.register(app)
rehearsing.register(app)


def main() -> None:
    """Run one command; errors become words and a named exit code."""
    log_for_command()
    try:
        app()
    except MistakenCall as error:
        complain(f"aliwatch: {error}")
        sys.exit(ExitCode.USAGE)
    except UserError as error:
        for problem in error.problems:
            complain(f"aliwatch: {problem}")
        sys.exit(ExitCode.CONFIGURATION)
    except TransientError as error:
        complain(f"aliwatch: {error}; try again later")
        sys.exit(ExitCode.TEMPORARY)
    except BrokenPipeError:
        # The reader of the pipe had enough, as `head` does.
        sys.stderr.close()
        sys.exit(ExitCode.FINE)
