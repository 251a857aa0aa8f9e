"""Currencies as mails write them: what a spelling stands for, and what the text adds to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from watcher.rules.patterns import compile_any
from watcher.rules.text import normalise_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Currencies:
    """The spellings that are known."""

    symbols: Mapping[str, str] = field(default_factory=dict)
    """Spellings with their ISO 4217 codes."""
    shared: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Spellings of several currencies: for each its code, and patterns of texts that mean it."""
    three_decimals: frozenset[str] = frozenset()
    """Codes of the currencies that have thousandths: 1.234 is one and a bit, not a thousand."""


class Spellings:
    """Tells which currency a spelling stands for in a text."""

    def __init__(self, currencies: Currencies) -> None:
        """Compile the patterns.

        Raises:
            BadPatternError: a pattern that RE2 cannot compile.

        """
        self._written = {normalise_line(each) for each in (*currencies.symbols, *currencies.shared)}
        self._codes = {spelling(symbol): code for symbol, code in currencies.symbols.items()}
        self._shared = {
            spelling(symbol): [(code, compile_any(words)) for code, words in choices.items()]
            for symbol, choices in currencies.shared.items()
        }

    def known(self) -> Sequence[str]:
        """Return every spelling with its blanks, the longest first."""
        return sorted(self._written, key=len, reverse=True)

    def code(self, symbol: str, text: str) -> str | None:
        """Return the currency's code; `None` where the text speaks for several, or for none."""
        choices = self._shared.get(spelling(symbol))
        if choices is None:
            return self._codes[spelling(symbol)]
        meant = [code for code, words in choices if words is not None and words.search(text)]
        return meant[0] if len(meant) == 1 else None


def spelling(symbol: str) -> str:
    """Return a symbol as it is compared: normalised, without blanks, in lower case."""
    return re.sub(r"\s", "", normalise_line(symbol)).lower()
