"""Dates as mail programs write them for people, in any of the languages that are read."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from babel import Locale, localedata

from watcher.rules.text import normalise_line

MAX_DATE = 120
"""Characters of a written date; longer ones are none."""

_TIME = re.compile(r"(?<![0-9])([0-2]?[0-9])[:.hH]([0-5][0-9])(?:[:.]([0-5][0-9]))?(?![0-9.])")
_AFTERNOON = re.compile(r"p\.?\s?m\b|오후|下午|午後|晚上|م(?!\w)|ch(?!\w)", re.IGNORECASE)
_MORNING = re.compile(r"a\.?\s?m\b|오전|上午|午前|ص(?!\w)|sa(?!\w)", re.IGNORECASE)
_ZONE = re.compile(r"(?:GMT|UTC)?\s?([+-])([01][0-9]):?([0-5][0-9])\b")
_YEAR_FIRST = re.compile(
    r"(20[0-9]{2})\s?[-./年년]\s?([01]?[0-9])\s?[-./月월]\s?([0-3]?[0-9])(?![0-9])"
)
_YEAR_LAST = re.compile(
    r"(?<![0-9])([0-3]?[0-9])\s?([./-])\s?([0-3]?[0-9])\s?[./-]\s?(20[0-9]{2})(?![0-9])"
)
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_DAY = re.compile(r"(?<![0-9:])([0-3]?[0-9])(?![0-9:])")
_WORD = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+)*")

Months = Mapping[str, int]


def list_months(languages: Sequence[str]) -> Months:
    """Return the names of the months, long and short, in lower case, with their numbers.

    A name that two languages give to different months is left out.
    """
    found: dict[str, set[int]] = {}
    for locale in map(Locale.parse, languages):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    word = normalise_line(str(name)).lower().strip(". ")
                    if _WORD.fullmatch(word):
                        found.setdefault(word, set()).add(int(number))
        _forget_locales()
    return {word: next(iter(numbers)) for word, numbers in found.items() if len(numbers) == 1}


def _forget_locales() -> None:
    """Babel keeps every locale that it ever loaded, a megabyte each, for two dozen words of it."""
    known = getattr(localedata, "_cache", None)
    if isinstance(known, dict):
        known.clear()


def read_written_date(written: str, months: Months) -> datetime | None:
    """Return the moment in UTC, `None` for what is no date or could be two.

    A date without a zone is taken for UTC: the program that wrote it did not say whose time it is.
    """
    if len(written) > MAX_DATE:
        return None
    try:
        date = parsedate_to_datetime(written)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        pass  # not as RFC 5322 has it, but for people
    try:
        return _read(written, months)
    except (ValueError, OverflowError):
        return None


def _read(written: str, months: Months) -> datetime | None:
    time = _TIME.search(written, _end_of_date(written))
    day = _read_day(written if time is None else written.replace(time.group(), " ", 1), months)
    if day is None:
        return None
    if time is None:
        return day
    hour = int(time[1])
    if hour < 12 and _AFTERNOON.search(written):
        hour += 12
    elif hour == 12 and _MORNING.search(written):
        hour = 0
    moment = day.replace(hour=hour, minute=int(time[2]), second=int(time[3] or 0))
    zone = _ZONE.search(written, time.end())
    if zone is not None:
        offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
        moment -= offset if zone[1] == "+" else -offset
    return moment


def _end_of_date(written: str) -> int:
    """Return where an all-digit date ends: its dots are no time's."""
    found = _YEAR_FIRST.search(written) or _YEAR_LAST.search(written)
    return 0 if found is None else found.end()


def _read_day(written: str, months: Months) -> datetime | None:
    if found := _YEAR_FIRST.search(written):
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    if found := _YEAR_LAST.search(written):
        first, mark, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
        if mark == "." or first > 12 or first == second:
            return datetime(year, second, first, tzinfo=UTC)
        if second > 12:
            return datetime(year, first, second, tzinfo=UTC)
        return None  # with a slash, half the world writes the month first
    year_written = _YEAR.search(written)
    named = {months[word] for each in _WORD.findall(written) if (word := each.lower()) in months}
    days = _DAY.findall(written)
    if year_written is None or len(named) != 1 or not days:
        return None
    return datetime(int(year_written.group()), named.pop(), int(days[0]), tzinfo=UTC)
