"""`demo`: the whole thing on an embedded mail server."""

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    del app
