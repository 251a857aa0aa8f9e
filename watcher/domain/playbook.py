"""The ladder of steps as a value: what is asked of the person, and when."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, Case, State
from watcher.domain.event import EventKind, Method, Reason


class Anchor(StrEnum):
    """What a step's time is counted from: something that happened, or the end of a clock."""

    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    PROTECTION = "protection"
    """A mail that AliExpress is about to take the order for received."""
    OPENED = "opened"
    CLOSED = "closed"
    DISPUTED = "disputed"
    ANSWERED = "answered"
    """Something happened in the dispute."""
    DECIDED = "decided"
    """The dispute was closed, and the money is still owed."""
    ANNOUNCED = "announced"
    FROZEN = "frozen"
    CLAIMED = "claimed"
    """A mail of unproven origin spoke of a refund."""
    # The last days of the clocks.
    REFUND = "refund"
    POSTING = "posting"
    DISPUTE = "dispute"
    SELLER = "seller"
    PLATFORM = "platform"
    CHARGEBACK = "chargeback"
    PROCESSING = "processing"


_WHEN: Final = re.compile(r"(?P<anchor>[a-z_]+) (?P<sign>[+-])(?P<days>\d{1,3})(?P<unit>w?d)")

CERTAIN: Final[Mapping[State, frozenset[Anchor]]] = {
    State.ASKING: frozenset({Anchor.OPENED, Anchor.CLOSED, Anchor.REFUND}),
    State.OWED: frozenset({Anchor.OPENED, Anchor.CLOSED, Anchor.REFUND}),
    State.DISPUTED: frozenset(
        {Anchor.OPENED, Anchor.CLOSED, Anchor.DISPUTED, Anchor.SELLER, Anchor.PLATFORM}
    ),
    State.ANNOUNCED: frozenset({Anchor.OPENED, Anchor.CLOSED, Anchor.ANNOUNCED, Anchor.POSTING}),
}
"""The anchors that every case of an open state has; others may never come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The moment at which the person did a step, as an anchor."""

    step: str

    def __str__(self) -> str:
        return self.step


RENEWED: Final[Mapping[Anchor | Done, Callable[[Case], int]]] = {
    Anchor.PROTECTION: lambda case: case.protections,
    Anchor.ANSWERED: lambda case: case.answers,
    Anchor.FROZEN: lambda case: case.freezes,
}
"""What can happen again and asks anew, with how often it did: every mail of it counts, so that a
forged one does not use up the asking of the true one."""

MEANINGS: Final[Mapping[EventKind, Callable[[Case], datetime | None]]] = {
    EventKind.ORDER_CONFIRMED: lambda case: case.confirmed_at,
    EventKind.DISPUTE_OPENED: lambda case: case.disputed_at,
}
"""What a step may mean for a case, with when that happened, whoever told it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time relative to an anchor: `refund -3wd` is three working days before that clock ends.

    `+0d` after something that happened means at once. Every other time is a day, at the playbook's
    hour in the person's zone.
    """

    anchor: Anchor | Done
    days: int
    working: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ANCHOR ±N` with the unit `d` (calendar days) or `wd` (working days).

        What is no anchor is taken for the name of a step: the playbook knows which there are.

        Raises:
            ValueError: the text is not of that form; the message says what is.

        """
        match = _WHEN.fullmatch(text)
        if match is None:
            raise ValueError(f"expected ANCHOR and a time, like 'refund -3wd', not {text!r}")
        name = match["anchor"]
        anchor = Anchor(name) if name in set(Anchor) else Done(step=name)
        days = int(match["sign"] + match["days"])
        return cls(anchor=anchor, days=days, working=match["unit"] == "wd")

    def __str__(self) -> str:
        return f"{self.anchor} {self.days:+d}{'wd' if self.working else 'd'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Which cases a step is for: those that all of what is said here is true of.

    A reason or a method that nobody named is none of those asked for; an amount that nobody named
    counts as large enough.
    """

    shipped: bool | None = None
    """Whether a mail told that it was shipped."""
    short: bool | None = None
    """Whether the refund that was announced leaves something owed."""
    reasons: frozenset[Reason] = frozenset()
    methods: frozenset[Method] = frozenset()
    amount_at_least: Decimal | None = None
    """In the currency of the case; a case of which no mail named the amount fits."""

    def fits(self, case: Case) -> bool:
        """Whether the step is for `case`."""
        small = (
            self.amount_at_least is not None
            and case.remaining is not None
            and case.remaining.amount < self.amount_at_least
        )
        return (
            self.shipped in {None, case.shipped_at is not None}
            and self.short in {None, case.falls_short}
            and (not self.reasons or case.reason in self.reasons)
            and (not self.methods or case.method in self.methods)
            and not small
        )

    def fits_all(self, *, shipped: bool) -> bool:
        """Whether no case, shipped or not, is left out by anything but that."""
        narrows = (
            *(self.reasons, self.methods),
            *(self.amount_at_least is not None, self.short is not None),
        )
        return not any(narrows) and self.shipped in {None, shipped}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder."""

    name: str
    title: str
    """What the person does, in a few words: `contact the seller`."""
    at: Mapping[State, tuple[When, ...]]
    """In which states the step is due, and when: at the first of these times that is known."""
    severity: Severity
    only: Condition = field(default_factory=Condition)
    letter: str | None = None
    """The letter that goes with it, by name."""
    records: EventKind | None = None
    """What doing the step means for the case: a dispute was opened, the order was paid."""
    repeat_days: int | None = None
    """Asked again every so many days, between later steps as well."""
    within_days: int | None = None
    """Of no use so many days after its time, and not asked any more."""
    aside: bool = False
    """A remark that is made once, beside the ladder: neither overtakes nor is overtaken."""

    @property
    def is_renewed(self) -> bool:
        """Whether what it is counted from can happen again, and asks for it anew."""
        return any(when.anchor in RENEWED for times in self.at.values() for when in times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """The whole ladder, in the order of its steps."""

    rungs: tuple[Rung, ...]
    hour: time = time(9)
    """When in the person's day a step that falls on a date is due."""

    def find(self, name: str) -> Rung | None:
        """The step called `name`."""
        return next((rung for rung in self.rungs if rung.name == name), None)

    def unknown_anchors(self) -> Iterator[tuple[Rung, str]]:
        """The steps counted from something that is neither an anchor nor another step."""
        for rung in self.rungs:
            for when in (when for times in rung.at.values() for when in times):
                if not isinstance(when.anchor, Done):
                    continue
                step = self.find(when.anchor.step)
                if step is None or step is rung:
                    yield rung, when.anchor.step

    def silent_states(self) -> tuple[State, ...]:
        """Open states in which the ladder ends, and the person would hear nothing more."""
        return tuple(
            state
            for state in sorted(OPEN_STATES)
            if not all(self._goes_on(state, shipped=shipped) for shipped in (False, True))
        )

    def _goes_on(self, state: State, *, shipped: bool) -> bool:
        """Whether some step comes again and again for every case in `state`."""
        return any(
            rung.repeat_days
            and not rung.aside
            and rung.within_days is None
            and rung.only.fits_all(shipped=shipped)
            and any(when.anchor in CERTAIN[state] for when in rung.at.get(state, ()))
            for rung in self.rungs
        )
