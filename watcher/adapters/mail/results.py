"""`Authentication-Results` fields: what a receiving server says that it found.

Source: RFC 8601, 2.2, with the comments and quoted strings of RFC 5322. Read more freely, because
servers write it: a word that is no property, a colon in a value, a semicolon at the end. None of
them adds to what is said. A field that is damaged anywhere else says nothing at all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_RESULTS = 8_000
"""Characters of one field; longer ones are not heard."""

_VERSION = re.compile(r"1(?![^\s;(])")
_BLANKS = re.compile(r"\s*")
# No possessive groups: Python 3.11 before 3.11.5 matches them wrongly (its issue 106052).
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_NAME = re.compile(rf"[\w!#$%&'*+.^`{{|}}~-]+|{_STRING}", re.ASCII | re.DOTALL)
_OUTSIDE = re.compile(rf'[^"(]*(?:{_STRING}[^"(]*)*', re.DOTALL)
_INSIDE = re.compile(r"[^()\\]*(?:\\.[^()\\]*)*", re.DOTALL)
_NO_RESULT = re.compile(r"\s*none\s*", re.IGNORECASE)
_RESULT = re.compile(
    r"\s*+(?P<method>[\w-]++)\s*+(?:/\s*+[0-9]++\s*+)?=\s*+(?P<result>[\w.-]++)(?![^\s;])"
    rf'(?P<stated>[^;"]*(?:{_STRING}[^;"]*)*)(?:;|\Z)',
    re.ASCII | re.DOTALL,
)
_PROPERTY = re.compile(
    # A string that is no property's value is stepped over whole: what it quotes was never said.
    rf"{_STRING}"
    r"|(?<!\S)(?P<name>[\w-]++(?:\s*+\.\s*+[\w.-]++)?)\s*+=\s*+"
    rf"""(?P<value>{_STRING}(?:@[\w.-]++)?|[\w.@:!#$%&'*+/=?^`{{|}}~-]*+)(?!\S)""",
    re.ASCII | re.DOTALL,
)
_DAMAGE = re.compile(r"[=()<>,\[\]\\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANK = re.compile(r"\s+")
_BLANK_TO_END = re.compile(r"\s*+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One method's outcome, in lower case."""

    method: str
    result: str
    stated: Mapping[str, str]
    """Properties by `type.name`."""


def read_server(field: str) -> str:
    """Return the name of the server (authserv-id) in lower case, '' where it cannot be read.

    A name in quotes is the name without them, and comments around it are none of it.
    """
    return _cut(field)[0]


def read_field(field: str) -> Sequence[Result]:
    """Return what a field says; nothing where it is too long or damaged. Takes linear time."""
    server, end = _cut(field)
    if not server or len(field) > MAX_RESULTS:
        return ()
    said = _without_comments(field[end:])
    if said is None or _NO_RESULT.fullmatch(said):
        return ()
    results: list[Result] = []
    place = 0
    while _BLANK_TO_END.match(said, place) is None:
        found = _RESULT.match(said, place)
        if found is None:
            return ()
        stated = _properties(found["stated"])
        if stated is None:
            return ()
        results.append(
            Result(method=found["method"].lower(), result=found["result"].lower(), stated=stated)
        )
        place = found.end()
    return results


def _properties(stated: str) -> Mapping[str, str] | None:
    """Return what is stated; `None` where it contradicts itself, or a part cannot be read."""
    if _DAMAGE.search(_PROPERTY.sub("", stated)):
        return None
    properties: dict[str, str] = {}
    for found in _PROPERTY.finditer(stated):
        if found["name"] is None:
            continue
        name, value = _BLANK.sub("", found["name"]).lower(), found["value"]
        if value.endswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        if properties.setdefault(name, value) != value:
            return None
    return properties


def _cut(field: str) -> tuple[str, int]:
    """Return the server's name and where the results begin; '' and 0 where there is no name."""
    place = _next_word(field, 0)
    found = _NAME.match(field, place)
    if found is None:
        return "", 0
    name = found.group()
    if name.endswith('"'):
        name = _ESCAPED.sub(r"\1", name[1:-1])
    place = _next_word(field, found.end())
    version = _VERSION.match(field, place)
    if version is not None:
        place = _next_word(field, version.end())
    return (name.lower(), place + 1) if field[place : place + 1] == ";" else ("", 0)


def _next_word(text: str, place: int) -> int:
    """Return where the blanks and comments at `place` end; an endless comment ends the text."""
    while True:
        blanks = _BLANKS.match(text, place)
        place = place if blanks is None else blanks.end()
        if text[place : place + 1] != "(":
            return place
        end = _comment_end(text, place)
        if end is None:
            return len(text)
        place = end


def _without_comments(text: str) -> str | None:
    """Put a blank for each comment, however deep; `None` for one, or a string, without an end."""
    kept: list[str] = []
    place, end = 0, len(text)
    while True:
        outside = _OUTSIDE.match(text, place)
        kept.append("" if outside is None else outside.group())
        place += len(kept[-1])
        if place == end:
            return " ".join(kept)
        behind = _comment_end(text, place) if text[place] == "(" else None
        if behind is None:
            return None
        place = behind


def _comment_end(text: str, place: int) -> int | None:
    """Return where the comment that opens at `place` ends, `None` where it does not."""
    depth, end = 0, len(text)
    while True:
        depth += 1 if text[place] == "(" else -1
        place += 1
        if depth == 0:
            return place
        inside = _INSIDE.match(text, place)
        place = place if inside is None else inside.end()
        if place == end or text[place] == "\\":
            return None
