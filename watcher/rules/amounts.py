"""Amounts of money in the local notations, labelled sums first."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice

from price_parser.parser import parse_number

from watcher.domain.money import Money
from watcher.rules.patterns import Pattern, compile_any
from watcher.rules.rule import Language
from watcher.rules.text import normalise_line

MAX_LABELS = 30
_NEAR = 60
"""Characters after a label in which its amount stands: the next cell of a table."""
_NUMBER = r"[0-9](?:[0-9.,']|[  ](?=[0-9]{3}(?![0-9]))){0,17}"
_MAX_AMOUNT = Decimal(10) ** 9


class AmountFinder:
    """Finds what an order cost, or what is paid back."""

    def __init__(self, languages: Sequence[Language], currencies: Mapping[str, str]) -> None:
        """Take the labels of all languages, and spellings of currencies with their ISO codes."""
        self._codes = {_spelling(symbol): code for symbol, code in currencies.items()}
        written = "|".join(
            re.escape(each).replace(r"\ ", r"\s?")
            for each in sorted(self._codes, key=len, reverse=True)
        )
        # A spelling made of letters must not be the end or the start of a word.
        self._amount = re.compile(
            rf"(?:(?<![^\W\d_])(?P<before>{written})\s?(?P<n1>{_NUMBER})"
            rf"|(?<![0-9.,])(?P<n2>{_NUMBER})\s?(?P<after>{written})(?![^\W\d_]))",
            re.IGNORECASE,
        )
        self._total = compile_any(label for each in languages for label in each.total_labels)
        self._refund = compile_any(label for each in languages for label in each.refund_labels)

    def total(self, text: str) -> Money | None:
        """Return the sum of an order: the last labelled one, which includes the shipping."""
        labelled = list(self._labelled(self._total, text))
        return labelled[-1] if labelled else None

    def refund(self, text: str) -> Money | None:
        """Return the sum that is paid back: labelled as a refund, or the only one in the text."""
        labelled = next(self._labelled(self._refund, text), None)
        if labelled is not None:
            return labelled
        amounts = set(islice(self._amounts(text), 50))
        return amounts.pop() if len(amounts) == 1 else None

    def _labelled(self, label: Pattern | None, text: str) -> Iterator[Money]:
        if label is None:
            return
        for found in islice(label.finditer(text), MAX_LABELS):
            near = text[found.end() : found.end() + _NEAR]
            amount = next(self._amounts(near), None)
            if amount is not None:
                yield amount

    def _amounts(self, text: str) -> Iterator[Money]:
        for found in self._amount.finditer(text):
            code = self._codes[_spelling(found["before"] or found["after"])]
            amount = parse_number((found["n1"] or found["n2"]).rstrip(".,' ").replace("'", ""))
            if amount is not None and amount < _MAX_AMOUNT:
                yield Money(amount=amount, currency=code)


def _spelling(symbol: str) -> str:
    return re.sub(r"\s", "", normalise_line(symbol)).lower()
