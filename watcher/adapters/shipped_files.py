"""The data files that the product ships, and the person's own beside the settings."""

import tomllib
from importlib.resources import files
from pathlib import Path

from watcher.domain.errors import Problem, UserError


def shipped_text(name: str) -> str:
    """The text of `config/NAME`, installed or editable."""
    return files("watcher.config").joinpath(name).read_text(encoding="utf-8")


def read_layers(name: str, overrides: Path | None) -> list[tuple[str, dict[str, object]]]:
    """The TOML tables of the shipped file NAME and, after it, of the person's own.

    Each comes with the place to name in an error.

    Raises:
        UserError: the person's file is no TOML, or cannot be read.

    """
    layers: list[tuple[str, dict[str, object]]] = [(name, tomllib.loads(shipped_text(name)))]
    own = overrides / name if overrides else None
    if own is not None and own.exists():
        try:
            layers.append((str(own), tomllib.loads(own.read_text(encoding="utf-8"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(
                Problem(place=str(own), what=str(error), fix="correct the file, or remove it")
            ) from error
    return layers
