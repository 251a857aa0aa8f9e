"""Reads the settings file: everything right, or every problem at once."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watcher.adapters.credentials import Credentials, gather_credentials
from watcher.adapters.settings.models import Settings
from watcher.adapters.settings.problems import explain
from watcher.adapters.settings.scalars import find_zone
from watcher.domain.errors import Problem, UserError

LARGEST_FILE = 1_000_000


def load_settings(
    path: Path,
    *,
    credentials: Credentials | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings at `path`, checked to the last key; secrets stay where they are.

    `credentials` are those gathered before root stepped down; by default this process's own.

    Raises:
        UserError: the file cannot be read, is no TOML (with the line), or has mistakes: one
            problem for each, with the key, what was expected and the nearest known key.

    """
    environ = os.environ if environ is None else environ
    document = _read(path)
    document.setdefault("zone", find_zone(environ))
    document.setdefault("rules", path.parent / "rules")
    context = {
        "folder": path.parent,
        "credentials": gather_credentials(environ) if credentials is None else credentials,
    }
    try:
        settings = Settings.model_validate(document, context=context)
    except ValidationError as error:
        # "from None": pydantic's error holds the values, a mistyped secret among them.
        raise UserError(*explain(error, f"{path}: ")) from None
    return settings.named("", f"{path}: ")


def _read(path: Path) -> dict[str, Any]:
    place = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _refusal(
            place, "there is no such settings file", "write it, or check --config"
        ) from None
    except PermissionError:
        raise _refusal(
            place, "this user may not read it", "use sudo, or another --config"
        ) from None
    except OSError as error:
        raise _refusal(place, f"cannot be read: {error.strerror}", "check the path") from None
    if len(content) > LARGEST_FILE:
        raise _refusal(place, "too big for a settings file", "check the path")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(place, f"line {line} is not UTF-8 text", "save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _refusal(place, f"not TOML: {error}", "see the example settings") from None


def _refusal(place: str, what: str, fix: str) -> UserError:
    return UserError(Problem(place=place, what=what, fix=fix))
