"""Reads `{ file = … }`, `{ env = … }`, `{ command = […] }` and `{ credential = … }`."""

import difflib
import re
from typing import Annotated

from pydantic import PlainValidator, ValidationInfo

from watcher.adapters.credentials import Credentials
from watcher.adapters.secrets import (
    SecretCommand,
    SecretCredential,
    SecretFile,
    SecretReference,
    SecretText,
    SecretVariable,
)
from watcher.adapters.settings.scalars import parse_path, refuse

FORMS = '{ file = "…" }, { env = "…" }, { command = ["…"] } or { credential = "…" }'
KINDS = ("file", "env", "command", "credential")


def parse_reference(value: object, info: ValidationInfo) -> SecretReference:
    """Read a reference to a secret. No complaint quotes the value: it may be the secret itself."""
    if isinstance(value, str):
        raise refuse("a secret is not written into the settings", f"refer to it: {FORMS}")
    if not isinstance(value, dict) or len(value) != 1:
        raise refuse("expected exactly one reference to a secret", FORMS)
    ((kind, target),) = value.items()
    match kind:
        case "file":
            return SecretReference(source=SecretFile(path=parse_path(target, info)))
        case "env":
            if not isinstance(target, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", target):
                raise refuse("expected the name of an environment variable after env =")
            return SecretReference(source=SecretVariable(name=target))
        case "command":
            return SecretReference(source=SecretCommand(words=_parse_words(target)))
        case "credential":
            # What systemd takes for a credential's name; no "/" may leave its folder.
            if not isinstance(target, str) or not re.fullmatch(r"(?!\.)[\w.@:-]{1,200}", target):
                raise refuse("expected a credential's name after credential =", "a file name")
            store = info.context["credentials"] if info.context else Credentials()
            return SecretReference(source=SecretCredential(name=target, store=store))
        case _:
            near = difflib.get_close_matches(str(kind), KINDS, n=1)
            raise refuse("an unknown kind of reference", f"write {near[0]} =" if near else FORMS)


def parse_url(value: object, info: ValidationInfo) -> SecretReference:
    """Read a channel's URL: a reference, or the URL itself, which is hidden all the same."""
    if not isinstance(value, str):
        return parse_reference(value, info)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", value):
        raise refuse("expected an Apprise URL such as ntfys://ntfy.sh/topic", f"a URL, or {FORMS}")
    return SecretReference(source=SecretText(text=value))


def _parse_words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not value[0]:
        raise refuse('expected a command as a list, such as ["pass", "imap"]')
    words = tuple(word for word in value if isinstance(word, str) and "\0" not in word)
    if len(words) != len(value):
        raise refuse("expected every word of the command to be a text")
    return words


Password = Annotated[SecretReference, PlainValidator(parse_reference)]
ChannelUrl = Annotated[SecretReference, PlainValidator(parse_url)]
