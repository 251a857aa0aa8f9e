"""Texts, pages and links without what they tell of a person."""

import html
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

from watcher.adapters.mail.flat_text import FlatText, flatten, flatten_markup
from watcher.adapters.mail.private_numbers import LEAST_DIGITS, NumberPlace, find_numbers
from watcher.adapters.mail.private_things import ThingNames
from watcher.adapters.mail.private_words import Names
from watcher.adapters.mail.pseudonyms import Pseudonyms, shape
from watcher.adapters.shipped_files import shipped_text

LEAST_TOKEN = 20
"""Characters of a part of a link's path from which on it is no word."""
MAX_NESTING = 3
KEPT_PARAMETERS = frozenset({"fromcode", "bizcontext", "lang", "language", "_lang"})

_URL = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++@[\w-]+(?:\.[\w-]+)+")
_ATTRIBUTE = re.compile(r"(?P<name>[\w:.-]+)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s>\"']+)")
_STYLE_URL = re.compile(r"(?:https?:)?//[^\s\"')]+|data:[^\s\"')]+", re.IGNORECASE)
_PLACE = re.compile(
    r"(?P<start>[a-z][a-z0-9+.-]*://)(?P<host>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_SLUG = re.compile(r"(?<=/item/)[^/]+(?=/[0-9])", re.IGNORECASE)
"""A thing's name in the link to it."""
_PAGE = re.compile(r"[0-9]+(?:\.html?)?", re.IGNORECASE)
_PART = re.compile(r"[&;?#]|[^&;?#]+")

_Put = Callable[[FlatText, int, int], None]
"""Puts a stand-in where something private was found."""


class PrivateText:
    """Replaces what is private by the pseudonyms of one mail."""

    def __init__(self, pseudonyms: Pseudonyms, names: Names, things: ThingNames) -> None:
        self._pseudonyms = pseudonyms
        self._names = names
        self._things = things
        self._orders, self._currencies = _load_words()

    def text(self, source: str) -> str:
        """Return plain text without it."""
        flat = flatten(source)
        self._scrub(flat)
        return flat.result()

    def markup(self, source: str) -> str:
        """Return an HTML page without it."""
        flat = flatten_markup(source, change_tag=self._tag, change_style=self._style)
        self._scrub(flat, markup=True)
        return flat.result()

    def link(self, url: str, depth: int = 0) -> str:
        """Return a link to the same kind of page, for another order."""
        if url.lower().startswith(("mailto:", "tel:", "sms:", "data:", "cid:")):
            scheme, _, rest = url.partition(":")
            return f"{scheme}:{self.text(unquote(rest)) if scheme == 'mailto' else shape(rest)}"
        place = _PLACE.match(url)
        if place is None:
            return self._query(url, depth)
        host, port, number = place["host"].rpartition("@")[2].partition(":")
        path_end = re.search(r"[?#;&]|\Z", place["rest"])
        cut = 0 if path_end is None else path_end.start()
        path, query = place["rest"][:cut], place["rest"][cut:]
        return (
            f"{place['start']}{self._pseudonyms.host(host)}{port}{number}"
            f"{self._path(path)}{self._query(query, depth)}"
        )

    def _path(self, path: str) -> str:
        path = _SLUG.sub(lambda found: shape(unquote(found.group())), path)
        return "/".join(
            shape(self.text(unquote(each)))
            if len(each) >= LEAST_TOKEN and re.search(r"[0-9]", each) and not _PAGE.fullmatch(each)
            else self.text(each)
            for each in path.split("/")
        )

    def _query(self, query: str, depth: int) -> str:
        return "".join(
            self._parameter(each, depth) if len(each) > 1 else each for each in _PART.findall(query)
        )

    def _parameter(self, written: str, depth: int) -> str:
        name, equals, value = written.partition("=")
        if not equals:
            return self._value(written, depth)
        if name.lower() in KEPT_PARAMETERS:
            return written
        if name.removeprefix("amp;").lower() in self._orders:
            return f"{name}={self._digits(value)}"
        return f"{name}={self._value(value, depth)}"

    def _value(self, value: str, depth: int) -> str:
        """Replace a value; a link that is wrapped in it stays one."""
        plain = value
        for layers in range(3):
            wrapped = "://" in plain or any(f"{name}=" in plain.lower() for name in self._orders)
            if wrapped and depth < MAX_NESTING:
                made = self.link(plain, depth + 1)
                for _ in range(layers):
                    made = quote(made, safe="")
                return made
            plain = unquote(plain)
        return shape(plain) if not plain.isdigit() else self._digits(plain)

    def _digits(self, text: str) -> str:
        return re.sub(
            r"[0-9]+",
            lambda found: (
                self._pseudonyms.number(found.group())
                if len(found.group()) >= LEAST_DIGITS
                else "0" * len(found.group())
            ),
            text.replace("%2C", ",").replace("%2c", ","),
        )

    def _tag(self, tag: str) -> str:
        return _ATTRIBUTE.sub(self._attribute, tag)

    def _attribute(self, found: re.Match[str]) -> str:
        written = found["value"].strip("\"'")
        meant = html.unescape(written)
        match found["name"].lower():
            case "style":
                made = self._style(meant)
            case "href" | "src" | "action" | "background" | "poster" | "cite":
                made = self.link(meant)
            case _:
                made = self.link(meant) if _URL.fullmatch(meant) else self.text(meant)
        return found.group() if made == meant else f'{found["name"]}="{html.escape(made)}"'

    def _style(self, css: str) -> str:
        return _STYLE_URL.sub(
            lambda found: self.link(found.group()) if "://" in found.group() else "//host.example",
            css,
        )

    def _scrub(self, flat: FlatText, *, markup: bool = False) -> None:
        seen = flat.seen
        taken = bytearray(len(seen))
        for (start, end), put in self._private(seen, markup=markup):
            # What is found first is the larger whole: a number in a link is the link's business.
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                put(flat, start, end)

    def _private(self, seen: str, *, markup: bool) -> Iterator[tuple[tuple[int, int], _Put]]:
        for url in _URL.finditer(seen):
            made = self.link(html.unescape(url.group()))
            yield url.span(), _put_text(html.escape(made) if markup else made)
        for address in _ADDRESS.finditer(seen):
            yield address.span(), _put_text(self._pseudonyms.address(address.group()))
        for span in self._things.find(seen):
            yield span, _put_shape
        for span in self._names.find_addresses(seen):
            yield span, _put_shape
        for start, end, name in self._names.find(seen):
            yield (start, end), _put_text(name)
        for place in find_numbers(seen):
            if place.lettered:
                yield (place.start, place.end), _put_shape
            elif place.certain or not self._is_amount(seen, place):
                digits = re.sub(r"[^0-9]", "", seen[place.start : place.end])
                yield (place.start, place.end), self._put_number(digits)

    def _put_number(self, digits: str) -> _Put:
        return lambda flat, start, end: flat.replace_digits(
            start, end, self._pseudonyms.number(digits)
        )

    def _is_amount(self, seen: str, place: NumberPlace) -> bool:
        if place.end - place.start > 12:
            return False
        before = seen[max(0, place.start - 5) : place.start].rstrip()
        after = seen[place.end : place.end + 5].partition("\n")[0].strip()
        written = seen[place.start : place.end].lower()
        if any(each.isalpha() for each in written):
            return any(
                each.isalpha() and re.fullmatch(rf"{each}[0-9]{{1,9}}|[0-9]{{1,9}}{each}", written)
                for each in self._currencies
            )
        if not after:
            # In a line of its own a currency is this amount's; with more behind it the next one's.
            following = seen[place.end : place.end + 12].strip().partition("\n")[0].strip()
            after = following if following.lower() in self._currencies else ""
        return before.lower().endswith(self._currencies) or after.lower().startswith(
            self._currencies
        )


def _put_text(text: str) -> _Put:
    return lambda flat, start, end: flat.replace(start, end, text)


def _put_shape(flat: FlatText, start: int, end: int) -> None:
    flat.replace_each(start, end, shape)


@lru_cache(maxsize=1)
def _load_words() -> tuple[frozenset[str], tuple[str, ...]]:
    links: Mapping[str, list[str]] = tomllib.loads(shipped_text("senders.toml"))["links"]
    currencies = tomllib.loads(shipped_text("currencies.toml"))
    orders = frozenset(each.lower() for group in links.values() for each in group)
    spellings = (*currencies["codes"], *currencies["symbols"], *currencies["shared"])
    return orders, tuple(each.lower() for each in spellings)
