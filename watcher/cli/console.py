"""Writes for people at a terminal, and for programs in a pipe."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str = "") -> None:
    """Write one line."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Write one line where errors go."""
    sys.stderr.write(text + "\n")


def say_json(value: Mapping[str, object]) -> None:
    """Write one JSON object as a line."""
    say(json.dumps(value, ensure_ascii=False, default=str))


def make_console() -> "Console":
    """A terminal with colours and tables; imported here, where one is needed."""
    from rich.console import Console  # noqa: PLC0415 -- a daemon needs no terminal

    return Console(highlight=False, soft_wrap=False)


def say_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, wraps: str | None = None
) -> None:
    """Write a table: drawn on a terminal, aligned by tabs in a pipe.

    In a narrow terminal the column `wraps` gives way, and no other: a number cut short is none.
    """
    if not sys.stdout.isatty():
        for row in (headings, *rows):
            say("\t".join(row))
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=wraps is not None and heading != wraps)
    for row in rows:
        # Text, not markup: a mail's words are no instructions to the terminal either.
        table.add_row(*(Text(cell) for cell in row))
    make_console().print(table)
