"""A cursor for mailboxes that are files, where the order of arrival is not the order of reading."""

import json
from dataclasses import dataclass, replace
from typing import Self

Place = tuple[int, str]
"""Where a mail stands in the reading order: its time, and its name to settle ties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a file mailbox that is read as one, oldest mail first.

    Arrival is measured by `low` and `high` (change times or offsets): the stretch is what arrived
    after `low`, up to `high`. Within it mails are read by their own time, up to `at`; `None` means
    that the stretch was read to its end.
    """

    low: int = 0
    high: int = 0
    at: Place | None = None
    marks: tuple[str, ...] = ()
    """What the kind of mailbox needs to recognise its own state again."""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError("a stretch runs from low to high")

    def reach(self, at: Place) -> Self:
        """Answer the same stretch, read up to a place."""
        return replace(self, at=at)

    def __str__(self) -> str:
        return json.dumps([self.low, self.high, self.at, self.marks], separators=(",", ":"))


def parse_stretch(text: str | None) -> Stretch | None:
    """Read a cursor back; anything that is none counts as no cursor."""
    try:
        match json.loads(text or "null"):
            case [int(low), int(high), None, [*marks]] if _all_text(marks):
                return Stretch(low=low, high=high, marks=tuple(marks))
            case [int(low), int(high), [int(time), str(name)], [*marks]] if _all_text(marks):
                return Stretch(low=low, high=high, at=(time, name), marks=tuple(marks))
            case _:
                return None
    except (ValueError, RecursionError):
        return None


def _all_text(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)
