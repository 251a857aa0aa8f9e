"""What was bought and where, as a mail names it: it tells of a person as their name does."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from watcher.adapters.mail.flat_text import lines_of
from watcher.adapters.mail.private_words import is_unspaced, load_vocabulary
from watcher.adapters.shipped_files import shipped_text
from watcher.domain.message import Anchor
from watcher.rules.targets import store_of
from watcher.rules.text import normalise
from watcher.rules.things import MAX_ITEM, MAX_STORE, Things

MAX_NAMES = 40
LEAST_NAME = 3
LEAST_CUT = 8
"""Characters of the beginning of a name from which on "..." behind it means that it was cut."""

_DOTS = ("...", "…")


def name_things(things: Things, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """Return every name of a store or a thing; those of several stores, too."""
    vocabulary = load_vocabulary()
    names = [*things.items, *([things.store] if things.store else [])]
    for each in anchors[: 2 * MAX_NAMES]:
        if store_of(each.target) is not None:
            lines = normalise(each.text[:400]).split("\n")
            names += [line for line in lines if not vocabulary.knows_all(line)]
    return tuple(dict.fromkeys(names))[:MAX_NAMES]


class ThingNames:
    """The names of the stores and things of one mail."""

    def __init__(self, names: Iterable[str], known: frozenset[str]) -> None:
        """Take the names, and the words of the rules, of which one alone is no name."""
        stems = {" ".join(_stem(name).lower().split()) for name in names}
        self._names = sorted(
            (
                stem
                for stem in stems
                if len(stem) >= LEAST_NAME
                and "aliexpress" not in stem
                and (stem not in known or is_unspaced(stem))
            ),
            key=len,
            reverse=True,
        )
        self._pattern = re.compile("|".join(map(_written, self._names)), re.IGNORECASE)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the names stand, whole or cut, without the words that say "store"."""
        if not self._names:
            return
        for found in self._pattern.finditer(text):
            yield from _without_kept(text, *found.span())
        for start, end in lines_of(text):
            line = text[start:end].strip()
            stem = " ".join(_stem(line).lower().split())
            cut = line.endswith(_DOTS) and len(stem) >= LEAST_CUT
            if cut and any(name.startswith(stem) for name in self._names):
                yield start, end


def _stem(name: str) -> str:
    name = name.strip()
    for dots in _DOTS:
        name = name.removesuffix(dots)
    return name.rstrip()


def _written(name: str) -> str:
    joined = r"[\s\x00-\x1f\x7f]+".join(re.escape(word) for word in name.split())
    # The name of a thing is cut at its bound: what goes on behind it belongs to it.
    rest = r"[^\n]*" if len(name) > max(MAX_STORE, MAX_ITEM - 20) else r"[^\W_]*"
    return rf"(?<![^\W_]){joined}{rest}"


def _without_kept(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for kept in _load_kept().finditer(text, start, end):
        if start < kept.start():
            yield start, kept.start()
        start = kept.end()
    if start < end:
        yield start, end


@lru_cache(maxsize=1)
def _load_kept() -> re.Pattern[str]:
    words = tomllib.loads(shipped_text("scrubbing.toml"))["store_words"]
    return re.compile(
        "|".join(
            rf"\b{re.escape(each)}\b" if each.isascii() else re.escape(each) for each in words
        ),
        re.IGNORECASE,
    )
