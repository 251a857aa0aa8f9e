"""A text as its reader sees it, each character with its place in the source.

In a mail a number may be written with entities, in tags of its own, in the digits of another script
or with invisible marks inside. Here it is one run of digits, and still can be replaced in place.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from watcher.rules.text import normalise

_TOKEN = re.compile(
    r"(?P<comment><!--.*?(?:--!?>|\Z))"
    r"|(?P<script><script\b[^>]*>)(?P<code>.*?)(?=</script|\Z)"
    r"|(?P<style><style\b[^>]*>)(?P<css>.*?)(?=</style|\Z)"
    r"|(?P<tag></?[a-z][^\s/>]*+(?:[^>\"']++|\"[^\"]*+\"|'[^']*+'){0,400}+>"
    r"|</?[a-z][^>]{0,4000}>)"
    r"|(?P<other><[!?][^>]*>)"
    r"|(?P<entity>&(?:\#[0-9]{1,8}|\#x[0-9a-f]{1,7}|[a-z][a-z0-9]{1,30});?)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figure|footer"
    r"|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|title|tr"
    r"|ul|body|head|html)\b",
    re.IGNORECASE,
)


class FlatText:
    """The visible characters, and what is to stand in the source in their stead."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._source: list[str] = []
        self._at: list[int | None] = []

    @property
    def seen(self) -> str:
        """What a reader sees: one character for each place that can be replaced."""
        return "".join(self._seen)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` where the characters from `start` to `end` stand."""
        for place in range(start, end):
            self._put(place, text if place == start else "")

    def replace_each(self, start: int, end: int, change: Callable[[str], str]) -> None:
        """Put `change(character)` where each character from `start` to `end` stands."""
        for place in range(start, end):
            made = change(self._seen[place])
            if made != self._seen[place]:
                self._put(place, made)

    def replace_digits(self, start: int, end: int, digits: str) -> None:
        """Put `digits` where those from `start` to `end` stand, in the script of each."""
        left = iter(digits)
        for place in range(start, end):
            if "0" <= self._seen[place] <= "9":
                self._put(place, self._in_script(place, next(left)))

    def result(self) -> str:
        """The source, with what was replaced."""
        return "".join(self._source)

    def show(self, seen: str, source: str) -> None:
        """Add what is seen as `seen` and written as `source`; either may be empty."""
        for offset, character in enumerate(seen):
            self._seen.append(character)
            self._at.append(len(self._source) if source and not offset else None)
        if source:
            self._source.append(source)

    def _put(self, place: int, text: str) -> None:
        at = self._at[place]
        if at is not None:
            self._source[at] = text

    def _in_script(self, place: int, digit: str) -> str:
        at = self._at[place]
        written = "" if at is None else self._source[at]
        own = unicodedata.decimal(written, None) if len(written) == 1 else None
        return digit if own is None else chr(ord(written) - own + int(digit))


def flatten(source: str) -> FlatText:
    """Take plain text apart."""
    flat = FlatText()
    _show_plain(flat, source)
    return flat


def flatten_markup(
    source: str, *, change_tag: Callable[[str], str], change_style: Callable[[str], str]
) -> FlatText:
    """Take HTML apart. Comments and scripts, which nobody sees, are emptied."""
    flat = FlatText()
    end = 0
    for token in _TOKEN.finditer(source):
        _show_plain(flat, source[end : token.start()], blank_lines=True)
        end = token.end()
        kind = token.lastgroup
        if token["comment"] is not None:
            flat.show("", "<!-- -->")
        elif token["script"] is not None:
            flat.show("\n", change_tag(token["script"]))
        elif token["style"] is not None:
            flat.show("\n", change_tag(token["style"]) + change_style(token["css"]))
        elif kind == "entity":
            _show_entity(flat, token.group())
        elif kind == "tag":
            broken = "\n" if _BLOCK_TAG.match(token.group()) else ""
            flat.show(broken, "")
            flat.show("", change_tag(token.group()))
        else:
            flat.show("", token.group())
    _show_plain(flat, source[end:], blank_lines=True)
    return flat


def _show_entity(flat: FlatText, entity: str) -> None:
    meant = html.unescape(entity)
    seen = "".join(_seen_as(character) for character in meant)
    flat.show(seen, entity)


def _show_plain(flat: FlatText, text: str, *, blank_lines: bool = False) -> None:
    for character in text:
        seen = _seen_as(character)
        flat.show(" " if blank_lines and seen == "\n" else seen, character)


@lru_cache(maxsize=4096)
def _seen_as(character: str) -> str:
    if character.isspace():
        return "\n" if character == "\n" else " "
    if character.isascii():
        return character
    # Between letters, since what normalises to nothing is invisible.
    seen = normalise(f"a{character}a")[1:-1]
    return unicodedata.normalize("NFC", character) if len(seen) > 1 else seen


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the lines of a text begin and end, blank ones left out."""
    for found in re.finditer(r"[^\n]+", text):
        if found.group().strip():
            yield found.span()
