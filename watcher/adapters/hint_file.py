"""Reads `hints.toml`: the advice for each reason of a cancellation."""

from pathlib import Path

from watcher.adapters.shipped_files import read_layers
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import Reason


def load_hints(overrides: Path | None = None) -> dict[Reason, str]:
    """The advice for the order at hand, by reason; the person's own lines over the shipped.

    Raises:
        UserError: the person's file names an unknown reason.

    """
    hints: dict[Reason, str] = {}
    problems: list[Problem] = []
    for place, table in read_layers("hints.toml", overrides):
        for name, lines in table.items():
            if name not in set(Reason) or not isinstance(lines, dict):
                known = ", ".join(Reason)
                problems.append(
                    Problem(place=f"{place}: {name}", what="unknown reason", fix=f"known: {known}")
                )
            elif "order" in lines:
                hints[Reason(name)] = str(lines["order"])
    if problems:
        raise UserError(*problems)
    return hints
