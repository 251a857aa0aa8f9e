"""How long the seller has to ship, as the mail that confirms an order says it."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from watcher.rules.patterns import compile_any
from watcher.rules.rule import Language

DAYS = "{days}"
"""In a pattern: a number of days, or a range of them."""
_DAYS = r"[0-9]{1,3}( ?[^0-9\n,;.]{1,5} ?[0-9]{1,3})?"
MAX_DAYS = 90
"""Source: sellers state 3 to 20 days; pre-orders longer ones."""
MAX_PHRASES = 20
_DATE = 40
"""Characters after a phrase in which its date stands."""

ReadDate = Callable[[str], datetime | None]
"""Reads a written date with its year."""


def expand_days(pattern: str) -> str:
    """Return a pattern with `{days}` spelt out."""
    return pattern.replace(DAYS, _DAYS)


class ShipTimes:
    """Finds the seller's time to ship."""

    def __init__(self, languages: Sequence[Language], read_date: ReadDate) -> None:
        """Compile the words of all languages: a mail may mix them."""
        self._within = compile_any(expand_days(p) for each in languages for p in each.ship_within)
        self._by = compile_any(p for each in languages for p in each.ship_by)
        self._read_date = read_date

    def find(self, text: str, sent_at: datetime | None) -> int | None:
        """Return the days from the mail on, the longest of several; 1 to 90, else `None`."""
        days = [*self._within_days(text), *self._until_dates(text, sent_at)]
        return max((each for each in days if 1 <= each <= MAX_DAYS), default=None)

    def _within_days(self, text: str) -> Iterator[int]:
        if self._within is not None:
            for found in islice(self._within.finditer(text), MAX_PHRASES):
                # An order number may stand in the phrase; it has more digits than any days.
                numbers = re.findall(r"(?<![0-9])[0-9]{1,3}(?![0-9])", found.group())
                yield from (int(each) for each in numbers)

    def _until_dates(self, text: str, sent_at: datetime | None) -> Iterator[int]:
        if self._by is None or sent_at is None:
            return
        sent = sent_at.astimezone(UTC)
        for found in islice(self._by.finditer(text), MAX_PHRASES):
            written = text[found.end() : found.end() + _DATE].lstrip(" :\n").partition("\n")[0]
            days = (
                (date.date() - sent.date()).days
                for each in _with_year(written, sent.year)
                if (date := self._read_date(each)) is not None
            )
            fitting = next((each for each in days if 1 <= each <= MAX_DAYS), None)
            if fitting is not None:
                yield fitting


def _with_year(written: str, year: int) -> Iterator[str]:
    """Yield the date as it is written where it has a year, else with this year or the next."""
    found = re.search(r"20[0-9]{2}", written)
    if found is not None:
        # Behind the year goes another sentence on; where the year is first, the day follows it.
        yield written[: found.end()] if found.start() > 3 else written[:12]
        return
    plain = re.split(r"[;(]|\. (?![^\W\d_])", written)[0][:24].strip(" .,")
    for each in (year, year + 1):
        yield from (f"{plain} {each}", f"{plain}.{each}", f"{plain}/{each}", f"{each}年{plain}")
