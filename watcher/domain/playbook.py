"""The ladder of steps as a value: what is asked of the person, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Final, Self

from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.event import EventKind


class Anchor(StrEnum):
    """What a step's time is counted from: something that happened, or the end of a clock."""

    OPENED = "opened"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    DISPUTED = "disputed"
    FROZEN = "frozen"
    UNPROVEN_REFUND = "unproven_refund"
    REFUND = "refund"
    """The last day of the refund clock."""
    POSTING = "posting"
    """The last day of the posting clock."""


_WHEN: Final = re.compile(r"(?P<anchor>[a-z_]+) (?P<sign>[+-])(?P<days>\d{1,3})(?P<unit>w?d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time relative to an anchor: `refund -3wd` is three working days before that clock ends.

    `+0d` after something that happened means at once. Every other time is a day, at the playbook's
    hour in the person's zone.
    """

    anchor: Anchor
    days: int
    working: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ANCHOR ±N` with the unit `d` (calendar days) or `wd` (working days).

        Raises:
            ValueError: the text is not of that form; the message says what is.

        """
        match = _WHEN.fullmatch(text)
        if match is None:
            raise ValueError(f"expected ANCHOR and a time, like 'refund -3wd', not {text!r}")
        try:
            anchor = Anchor(match["anchor"])
        except ValueError:
            known = ", ".join(Anchor)
            raise ValueError(f"{match['anchor']!r} is no anchor; known: {known}") from None
        days = int(match["sign"] + match["days"])
        return cls(anchor=anchor, days=days, working=match["unit"] == "wd")

    def __str__(self) -> str:
        return f"{self.anchor} {self.days:+d}{'wd' if self.working else 'd'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder."""

    name: str
    title: str
    """What the person does, in a few words: `contact the seller`."""
    at: Mapping[State, When]
    """In which states the step is due, and when."""
    severity: Severity
    letter: str | None = None
    """The letter that goes with it, by name."""
    records: EventKind | None = None
    """What doing the step means for the case: a dispute was opened, the order was paid."""
    repeat_days: int | None = None
    """Asked again every so many days while nothing later is due."""
    aside: bool = False
    """A remark that is made once, beside the ladder: neither overtakes nor is overtaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """The whole ladder, in the order of its steps."""

    rungs: tuple[Rung, ...]
    hour: time = time(9)
    """When in the person's day a step that falls on a date is due."""

    def find(self, name: str) -> Rung | None:
        """The step called `name`."""
        return next((rung for rung in self.rungs if rung.name == name), None)

    def silent_states(self) -> tuple[State, ...]:
        """Open states in which the ladder ends, and the person would hear nothing more."""
        return tuple(
            state
            for state in sorted(OPEN_STATES)
            if not any(
                state in rung.at and rung.repeat_days and not rung.aside for rung in self.rungs
            )
        )
