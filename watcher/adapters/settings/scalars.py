"""The single values a setting may have, each with its own plain complaint."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

LANGUAGES = frozenset(
    "en de es fr pt it pl nl tr ru uk ko ja ar he cs th vi id zh".split()  # noqa: SIM905 -- a list of 20 codes reads best as one line
)
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def refuse(what: str, fix: str = "") -> PydanticCustomError:
    """Make the error for a value that cannot stand; neither text may quote a secret."""
    # Through the context, since pydantic reads braces in the template.
    return PydanticCustomError("aliwatch", "{what}", {"what": what, "fix": fix})


def parse_duration(value: object) -> timedelta:
    """Read `"30s"`, `"5m"`, `"1h"`, `"180d"`, `"2w"`."""
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", value) if isinstance(value, str) else None
    if found is None:
        raise refuse('expected a duration such as "5m", "1h" or "180d"', "a number and s m h d w")
    return timedelta(seconds=int(found[1]) * UNITS[found[2]])


def duration(*, least: timedelta, most: timedelta, words: str) -> PlainValidator:
    """Accept durations within bounds; `words` says the bounds to a person."""

    def validate(value: object) -> timedelta:
        parsed = parse_duration(value)
        if not least <= parsed <= most:
            raise refuse(f"expected {words}, got {value!r}")
        return parsed

    return PlainValidator(validate)


def parse_zone(value: object) -> ZoneInfo:
    """Read an IANA name, `"Europe/Berlin"`."""
    if isinstance(value, ZoneInfo):
        return value
    try:
        if isinstance(value, str):
            return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # one complaint for everything that is no zone
    raise refuse(f'expected a time zone such as "Europe/Berlin", got {value!r}')


def find_zone(environ: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> ZoneInfo:
    """Name the machine's zone: `$TZ`, else where `/etc/localtime` points to, else UTC."""
    names = [environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):  # a copy instead of a link has no name
        names.append(os.fspath(localtime.readlink()))
    for name in names:
        try:
            return ZoneInfo(name.rpartition("zoneinfo/")[2])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def parse_language(value: object) -> str:
    """Read a language code that the project speaks of at all."""
    if not isinstance(value, str) or value not in LANGUAGES:
        raise refuse(f"expected one of {', '.join(sorted(LANGUAGES))}, got {value!r}")
    return value


def parse_country(value: object) -> str:
    """Read a country whose holidays are known, ISO 3166 alpha-2."""
    # Imported here: a command that only lists cases needs no holidays.
    from holidays import list_supported_countries  # noqa: PLC0415

    if not isinstance(value, str) or value not in list_supported_countries(include_aliases=False):
        raise refuse(f'expected a country code such as "CN" or "DE", got {value!r}')
    return value


def parse_text(value: object) -> str:
    """Read a text that is neither empty nor has control characters in it."""
    if not isinstance(value, str) or not value.strip():
        raise refuse("expected a text that is not empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise refuse("a control character is in the text", "write it on one line, without tabs")
    return value


def parse_host(value: object) -> str:
    """Read a server's name or address, and nothing else."""
    if not isinstance(value, str) or not re.fullmatch(r"[^\s/@\[\]]+", value):
        raise refuse('expected a host name such as "imap.example.org"', "no user, no https://")
    if value.count(":") == 1:
        raise refuse("expected a host name without a port", "write the port as port = 993")
    return value


def is_loopback(host: str) -> bool:
    """Tell whether the connection cannot leave this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def parse_address(value: object) -> str:
    """Read one plain mail address, in lower case; ASCII, because servers search for it."""
    if not isinstance(value, str) or not re.fullmatch(
        r"[!-?A-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value
    ):
        raise refuse('expected a mail address such as "me@example.org"', "the address alone")
    return value.lower()


def parse_path(value: object, info: ValidationInfo) -> Path:
    """Read a path; a relative one lies beside the settings file, `~` is the person's home."""
    if isinstance(value, Path):
        return value
    text = parse_text(value)
    folder: Path = info.context["folder"] if info.context else Path()
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise refuse("the home folder that ~ stands for is unknown") from None
    return folder / path


def list_of(what: str, *, least: int = 0) -> BeforeValidator:
    """Refuse a single text where a list is expected, a list that is too short, and doubles."""

    def validate(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise refuse(f"expected a list of {what}", '["one", "two"]')
        if len(value) < least:
            raise refuse(f"expected at least {least} of the {what}")
        if len(set(map(repr, value))) != len(value):
            raise refuse(f"the list of {what} names one twice")
        return value

    return BeforeValidator(validate)


Zone = Annotated[ZoneInfo, PlainValidator(parse_zone)]
Language = Annotated[str, PlainValidator(parse_language)]
Country = Annotated[str, PlainValidator(parse_country)]
Text = Annotated[str, PlainValidator(parse_text)]
Host = Annotated[str, PlainValidator(parse_host)]
Location = Annotated[Path, PlainValidator(parse_path)]
Folders = Annotated[tuple[Text, ...], list_of("folders")]
Addresses = Annotated[
    tuple[Annotated[str, PlainValidator(parse_address)], ...], list_of("mail addresses")
]
Servers = Annotated[tuple[Text, ...], list_of("server names")]
