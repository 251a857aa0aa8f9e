"""Which words of a mail are a person's: names, and the lines of a postal address."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from watcher.adapters.mail.flat_text import lines_of
from watcher.adapters.shipped_files import shipped_text

MAX_ADDRESS_LINES = 6
MAX_ADDRESS_LINE = 120
MAX_NAME = 60

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.!?。！？…:]\s*$|://|[0-9]{14}")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
FIRST_NAME, LAST_NAME = "Alex", "Example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words that the rules know, and those that stand beside private ones."""

    known: frozenset[str] = field(repr=False)
    """In lower case. They stay, unless a person's full name is made of them."""
    greeting: re.Pattern[str]
    honorific: re.Pattern[str]
    address: re.Pattern[str]

    def knows_all(self, text: str) -> bool:
        """Whether every word of `text` is known."""
        return all(word in self.known for word in _words(text))


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Read the shipped rules and `config/scrubbing.toml`."""
    rules = files("watcher.config").joinpath("rules").iterdir()
    known: set[str] = set()
    for each in rules:
        if each.name.endswith(".toml"):
            known.update(_words(each.read_text(encoding="utf-8")))
    table = tomllib.loads(shipped_text("scrubbing.toml"))
    known.update(word for group in table.values() for each in group for word in _words(each))
    return Vocabulary(
        known=frozenset(known),
        greeting=re.compile(
            rf"(?:^|\n)[^\w\n]*(?:{_any(table['greetings'])})"
            rf"(?P<gap>[ :،,]{{0,3}})(?P<name>[^\n,!:;،，、。！？<>()0-9]{{1,{MAX_NAME}}})",
            re.IGNORECASE,
        ),
        honorific=re.compile(
            rf"(?:^|[\n,，、。])\s*(?P<name>[^\n,!:;，、。！？<>()0-9]{{1,20}}?)\s?"
            rf"(?:{_any(table['honorifics'])})"
        ),
        address=re.compile(
            rf"[^\w\n]*(?:{_any(table['addresses'])})\s*(?::\s*(?P<rest>.*))?", re.IGNORECASE
        ),
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))


def _words(text: str) -> Iterator[str]:
    return (each.lower() for each in _WORD.findall(text) if len(each) > 1)


def is_unspaced(text: str) -> bool:
    """Whether `text` is in a script that writes no blanks between words."""
    return _UNSPACED.search(text) is not None


class Names:
    """The names of the people that a mail went to."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._replacements: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def add(self, name: str) -> None:
        """Take a full name, or the local part of an address, and the words that it consists of."""
        name = " ".join(name.split()).strip(" \"'")
        words = _WORD.findall(name)
        if not words or len(name) < 2 or "aliexpress" in name.lower():
            return
        if len(words) == 1:
            self._add_word(words[0], FIRST_NAME)
        else:
            self._replacements[name.lower()] = f"{FIRST_NAME} {LAST_NAME}"
            for place, word in enumerate(words):
                self._add_word(word, LAST_NAME if place else FIRST_NAME)
        self._pattern = None

    def _add_word(self, word: str, replacement: str) -> None:
        least = 2 if _UNSPACED.search(word) else 3
        if len(word) >= least and word.lower() not in self._vocabulary.known:
            self._replacements.setdefault(word.lower(), replacement)

    def learn(self, text: str) -> None:
        """Take the names that a text greets."""
        for pattern in (self._vocabulary.greeting, self._vocabulary.honorific):
            for found in pattern.finditer(text):
                name = found["name"].strip()
                spoken_to = found.groupdict().get("gap") or _UNSPACED.search(name)
                if spoken_to and len(name.split()) <= 4 and not self._vocabulary.knows_all(name):
                    self.add(name)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield where names stand, and what to put there."""
        if not self._replacements:
            return
        if self._pattern is None:
            self._pattern = re.compile(
                "|".join(map(_bounded, sorted(self._replacements, key=len, reverse=True))),
                re.IGNORECASE,
            )
        for found in self._pattern.finditer(text):
            key = " ".join(found.group().lower().split())
            yield *found.span(), self._replacements.get(key, LAST_NAME)

    def find_addresses(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where lines of postal addresses stand, by the labels before them."""
        left = 0
        for start, end in lines_of(text):
            line = text[start:end]
            label = self._vocabulary.address.fullmatch(line.strip())
            if label is not None:
                left = MAX_ADDRESS_LINES
                if label["rest"]:
                    yield end - len(line.rstrip()[-len(label["rest"]) :]), end
            elif left and self._looks_private(line):
                left -= 1
                yield start, end
            else:
                left = 0

    def _looks_private(self, line: str) -> bool:
        short = len(line) <= MAX_ADDRESS_LINE
        return short and not _SENTENCE.search(line) and not self._vocabulary.knows_all(line)


def _bounded(name: str) -> str:
    written = r"\s+".join(re.escape(word) for word in name.split())
    return written if _UNSPACED.search(name) else rf"(?<![^\W_]){written}(?![^\W_])"
