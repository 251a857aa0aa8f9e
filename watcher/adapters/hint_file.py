"""Reads `hints.toml`: the advice for each reason of a cancellation."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from watcher.adapters.shipped_files import read_layers
from watcher.domain.advice import Advice
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import Reason

KEYS: Final = ("order", "next")


def load_hints(overrides: Path | None = None) -> dict[Reason, Advice]:
    """The advice by reason; the person's own lines over the shipped.

    Raises:
        UserError: the person's file names an unknown reason or key.

    """
    hints: dict[Reason, Advice] = {}
    problems: list[Problem] = []
    for place, table in read_layers("hints.toml", overrides):
        for name, lines in table.items():
            if name not in set(Reason) or not isinstance(lines, dict):
                known = ", ".join(Reason)
                problems.append(
                    Problem(place=f"{place}: {name}", what="unknown reason", fix=f"known: {known}")
                )
                continue
            reason = Reason(name)
            for key, line in lines.items():
                if key not in KEYS:
                    fix = f"known: {', '.join(KEYS)}"
                    problems.append(
                        Problem(place=f"{place}: {name}.{key}", what="unknown key", fix=fix)
                    )
                elif key == "order":
                    hints[reason] = replace(hints.get(reason, Advice()), order=str(line))
                else:
                    hints[reason] = replace(hints.get(reason, Advice()), next=str(line))
    if problems:
        raise UserError(*problems)
    return hints
