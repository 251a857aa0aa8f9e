"""Turns what pydantic found into words for the person: the key, what was expected, the fix."""

import difflib
import json
import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from watcher.adapters.settings.models import (
    ChannelSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    RefundSettings,
    Settings,
)
from watcher.domain.errors import Problem

ACCOUNTS: dict[str, type[BaseModel]] = {
    "imap": ImapSettings,
    "maildir": MaildirSettings,
    "mbox": MboxSettings,
}
MESSAGES = {
    "bool_type": "expected true or false, without quotes",
    "int_type": "expected a whole number, without quotes",
    "dict_type": "expected a table",
    "mapping_type": "expected a table",
    "model_type": "expected a table",
    "model_attributes_type": "expected a table",
}


def explain(error: ValidationError, place: str) -> Iterator[Problem]:
    """Yield one problem per mistake. A value is quoted only where it cannot be a secret."""
    for detail in error.errors(include_url=False, include_input=False):
        if detail["type"] == "default_factory_not_called":
            continue  # follows from another mistake
        path, table = _locate(detail)
        what, fix = _say(detail, path, table)
        yield Problem(place=f"{place}{_write_key(path)}", what=what, fix=fix)


def known_keys(table: type[BaseModel]) -> list[str]:
    """List the keys that may stand in a table, as they are written in the file."""
    return [field.alias or name for name, field in table.model_fields.items()]


def _write_key(path: list[str]) -> str:
    """Join a path as TOML would: a name that is no bare key in quotes, the entries from 1."""
    words = [key for key in path if key != "[key]"]
    entry = f" (entry {int(words.pop()) + 1})" if path[-1].isdigit() and len(path) > 1 else ""
    bare = (key if re.fullmatch(r"[\w-]+", key) else json.dumps(key) for key in words)
    return ".".join(bare) + entry


def _locate(detail: ErrorDetails) -> tuple[list[str], type[BaseModel]]:
    """Split off pydantic's own union tags, and find the table that the key is in."""
    path = [str(part) for part in detail["loc"]]
    match path:
        case ["account", name, str(tag), *rest] if tag in ACCOUNTS:
            return ["account", name, *rest], ACCOUNTS[tag]
        case ["channel", _, *_]:
            return path, ChannelSettings
        case ["refund", *_]:
            return path, RefundSettings
        case _:
            return path, Settings


def _say(detail: ErrorDetails, path: list[str], table: type[BaseModel]) -> tuple[str, str]:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "aliwatch":
            return str(context["what"]), str(context["fix"])
        case "missing":
            return _say_missing(path)
        case "extra_forbidden":
            return _say_unknown(path[-1], table)
        case "literal_error":
            return f"expected {context['expected']}", ""
        case "greater_than_equal" | "less_than_equal":
            return detail["msg"].replace("Input should be", "expected a number"), ""
        case other:
            return MESSAGES.get(other, detail["msg"].replace("Input should be", "expected")), ""


def _say_missing(path: list[str]) -> tuple[str, str]:
    match path:
        case ["account"]:
            return "no account to watch", "add a section [account.home] with host, user, password"
        case ["account", _, "host"]:
            return "missing", 'write host = "imap.example.org"; or maildir = …, or mbox = …'
        case ["account", _, "password"]:
            return "missing", 'write password = { file = "imap-password" }'
        case _:
            return "missing", ""


def _say_unknown(key: str, table: type[BaseModel]) -> tuple[str, str]:
    if near := _nearest(key, table, cutoff=0.6):
        return "unknown key", f"did you mean {near}?"
    for kind, account in ACCOUNTS.items():
        if near := _nearest(key, account, cutoff=0.8):
            if table in ACCOUNTS.values():
                belongs = f"{near} belongs to an account with {kind} settings"
                return f"does not go together with {_kind_of(table)} =", belongs
            return "unknown key here", f"{near} belongs into [account.…]"
    for heading, other in (("[channel.…]", ChannelSettings), ("[refund]", RefundSettings)):
        if near := _nearest(key, other, cutoff=0.8):
            return "unknown key here", f"{near} belongs into {heading}"
    return "unknown key", f"known here: {', '.join(known_keys(table))}"


def _nearest(key: str, table: type[BaseModel], *, cutoff: float) -> str | None:
    found = difflib.get_close_matches(key.lower(), known_keys(table), n=1, cutoff=cutoff)
    return found[0] if found else None


def _kind_of(table: type[BaseModel]) -> str:
    return next(kind for kind, account in ACCOUNTS.items() if account is table)
