"""The store and the things of an order: by its links, by labels, else by the layout of the list.

None is better than a wrong one: where a mail names two stores, or only a button, nothing is said.
Source of the layout: real mails. Below "placed on" stands the store, below it for each thing its
name (cut with "..."), its variant and "x1", with the price before it or not.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from watcher.domain.message import Anchor
from watcher.rules.patterns import Pattern, compile_any, compile_one
from watcher.rules.rule import Language
from watcher.rules.targets import item_of, store_of
from watcher.rules.text import normalise

MAX_STORE = 80
"""Characters of a store's name; what is longer is none."""
MAX_ITEM = 120
"""Characters that a thing's name is cut to."""
MAX_ITEMS = 10
MAX_WORDS = 8
"""Words of a store's name; what has more is a sentence."""
MAX_ANCHORS = 100
"""Links that are looked at; a mail may have many pages."""
MAX_LINES = 1_500
MAX_HEADING = 60
"""Characters of a heading; a longer line is a sentence."""
MAX_LABELS = 30
MAX_RAW = 1_000
"""Characters of a link's text that are looked at."""

_QUANTITY = re.compile(r"(?:\D{0,8}[0-9][0-9.,' ]{0,14}\D{0,8})?[x×] ?[0-9]{1,3}")
_NO_NAME = re.compile(r"https?:|www\.|@|[!?。:<>{}]|\d{9}")
_EDGES = ' :|·•>›«»-–—"“”'
_LETTERS = re.compile(r"[^\W\d_]")
_MIN_LAYOUT_NAME = 12
"""Characters of a name that only its place among the lines speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What a mail says of the store and of what was ordered."""

    store: str | None = field(default=None, repr=False)
    items: tuple[str, ...] = field(default=(), repr=False)


class ThingFinder:
    """Finds the store and the things that a mail about one order names."""

    def __init__(self, languages: Sequence[Language]) -> None:
        """Compile the words of all languages: a mail may mix them."""
        self._store = _label([each for one in languages for each in one.store_labels], ":")
        self._sold_by = _label([each for one in languages for each in one.sold_by], "(:|[ \n])")
        self._item = _label([each for one in languages for each in one.item_labels], ":")
        self._placed = compile_any(each for one in languages for each in one.placed_labels)
        self._store_name = compile_any(each for one in languages for each in one.store_names)
        self._button = compile_any(each for one in languages for each in one.buttons)
        self._offers = compile_any(each for one in languages for each in one.offers)

    def find(self, text: str, anchors: Sequence[Anchor]) -> Things:
        """Return the store and the things; of what stands below an offer nothing is taken."""
        anchors = anchors[:MAX_ANCHORS]
        own = text[: self._first_offer(text)]
        near = anchors if own == text else _before_end(own, anchors)
        blocks = list(self._blocks(own.split("\n", MAX_LINES)[:MAX_LINES]))
        stores = (
            self._linked_stores(near)
            or self._labelled(own, (self._store, self._sold_by), self._store_or_none)
            or _distinct(store for store, _ in blocks if store is not None)
        )
        items = (
            self._linked_items(near)
            or self._labelled(own, (self._item,), self._item_or_none)
            or _distinct(item for _, item in blocks)
        )
        return Things(
            store=stores[0] if len(stores) == 1 else None,
            items=tuple(each[:MAX_ITEM].rstrip() for each in items[:MAX_ITEMS]),
        )

    def _first_offer(self, text: str) -> int | None:
        """Return where the first heading of an offer stands; a heading has a line of its own."""
        if self._offers is None:
            return None
        for found in islice(self._offers.finditer(text), MAX_LABELS):
            start = text.rfind("\n", 0, found.start()) + 1
            end = text.find("\n", found.end())
            if (len(text) if end < 0 else end) - start <= MAX_HEADING:
                return start
        return None

    def _linked_stores(self, anchors: Sequence[Anchor]) -> Sequence[str]:
        names: dict[str, str] = {}
        for each in anchors:
            number = store_of(each.target)
            if number is None:
                continue
            found = (self._store_or_none(line) for line in _lines(each.text))
            name = next((name for name in found if name is not None), None)
            if name is not None:
                names.setdefault(number, name)
        return _distinct(names.values())

    def _linked_items(self, anchors: Sequence[Anchor]) -> Sequence[str]:
        names: dict[str, list[str]] = {}
        for each in anchors:
            number = item_of(each.target)
            if number is None:
                continue
            found = (self._item_or_none(line) for line in (*_lines(each.text), *_lines(each.image)))
            names.setdefault(number, []).extend(name for name in found if name is not None)
        # A page that calls a link to each thing the same calls none by its name.
        common = {
            name
            for name in {name for own in names.values() for name in own}
            if len(name) <= 25 and sum(name in own for own in names.values()) > 1
        }
        best = (_fullest([name for name in own if name not in common]) for own in names.values())
        return _distinct(name for name in best if name is not None)

    def _labelled(
        self, text: str, labels: Iterable[Pattern | None], name_or_none: Callable[[str], str | None]
    ) -> Sequence[str]:
        found: list[str] = []
        for label in labels:
            if label is None:
                continue
            for match in islice(label.finditer(text), MAX_LABELS):
                line, _, following = text[match.end() : match.end() + 400].partition("\n")
                value = line.strip(_EDGES) or following.partition("\n")[0]
                name = name_or_none(value)
                if name is not None:
                    found.append(name)
        return _distinct(found)

    def _blocks(self, lines: Sequence[str]) -> Iterator[tuple[str | None, str]]:
        """Yield the things that the layout shows, each with the store where it stands above."""
        for place, line in enumerate(lines):
            if len(line) > 40 or _QUANTITY.fullmatch(line) is None:
                continue
            at = self._name_above(lines, place)
            name = None if at is None else self._item_or_none(lines[at])
            if at is not None and name is not None:
                yield self._store_above(lines, at), name

    def _name_above(self, lines: Sequence[str], place: int) -> int | None:
        above = [at for at in (place - 2, place - 1) if at >= 0]
        cut = [at for at in above if lines[at].endswith("...")]
        if cut:
            return cut[0]
        longest = max(above, key=lambda at: len(lines[at]), default=None)
        if longest is None or len(lines[longest]) < _MIN_LAYOUT_NAME:
            return None
        return None if lines[longest].endswith((".", ":", "!", "?", "。")) else longest

    def _store_above(self, lines: Sequence[str], at: int) -> str | None:
        if at < 1:
            return None
        by_name = self._store_name is not None and self._store_name.search(lines[at - 1])
        by_place = at > 1 and self._placed is not None and self._placed.search(lines[at - 2])
        return self._store_or_none(lines[at - 1]) if by_name or by_place else None

    def _store_or_none(self, written: str) -> str | None:
        name = written.partition(" | ")[0].strip(_EDGES)
        if not 2 <= len(name) <= MAX_STORE or len(name.split()) > MAX_WORDS:
            return None
        if _NO_NAME.search(name) or (name.endswith(".") and not name.lower().endswith("td.")):
            return None
        return name if _LETTERS.search(name) and not self._is_button(name) else None

    def _item_or_none(self, written: str) -> str | None:
        name = written.strip(_EDGES)
        if len(_LETTERS.findall(name)) < 3 or _QUANTITY.fullmatch(name) or "http" in name.lower():
            return None
        return None if len(name) <= MAX_STORE and self._is_button(name) else name

    def _is_button(self, name: str) -> bool:
        return self._button is not None and self._button.search(name) is not None


def _label(words: Sequence[str], end: str) -> Pattern | None:
    """Compile what stands at the start of a line, before a name."""
    if not words:
        return None
    joined = "|".join(f"(?:{each})" for each in words)
    return compile_one(f"(?:^|\n)(?:{joined}) ?{end}")


def _before_end(own: str, anchors: Sequence[Anchor]) -> Sequence[Anchor]:
    """Return the links up to the last whose text stands in `own`."""
    last = 0
    for place, each in enumerate(anchors, start=1):
        lines = _lines(each.text)
        if lines and lines[0] in own:
            last = place
    return anchors[:last]


def _lines(raw: str) -> Sequence[str]:
    return normalise(raw[:MAX_RAW]).split("\n") if raw else ()


def _fullest(names: Sequence[str]) -> str | None:
    """Return the longest, one that is not cut before one that is."""
    return max(names, key=lambda name: (not name.endswith("..."), len(name)), default=None)


def _distinct(names: Iterable[str]) -> Sequence[str]:
    seen: dict[str, str] = {}
    for name in names:
        seen.setdefault(name.casefold(), name)
    return list(seen.values())
