"""Reads `playbook.toml` into a Playbook, and `links.toml` into links."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from watcher.adapters.shipped_files import read_layers
from watcher.domain.alert import Severity
from watcher.domain.case import State
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import EventKind, Method, Reason
from watcher.domain.playbook import MEANINGS, Anchor, Condition, Playbook, Rung, When

_T = TypeVar("_T")
_D = TypeVar("_D")
_E = TypeVar("_E", bound=StrEnum)

RUNG_KEYS = (
    *("title", "at", "severity", "only", "letter", "records", "repeat", "within", "aside"),
)
CONDITION_KEYS = ("shipped", "short", "reason", "method", "amount_at_least")
"""Every key of a step; each is explained in the shipped file."""


def _find_nothing(_: Playbook) -> list[Problem]:
    return []


def load_playbook(
    overrides: Path | None = None,
    review: Callable[[Playbook], list[Problem]] = _find_nothing,
) -> Playbook:
    """The shipped ladder with the person's own steps over it; `review` may find more problems.

    Raises:
        UserError: with every problem of the person's file at once.

    """
    steps: dict[str, dict[str, object]] = {}
    hour: object = "09:00"
    problems: list[Problem] = []
    for place, table in read_layers("playbook.toml", overrides):
        hour = table.pop("hour", hour)
        own = table.pop("step", {})
        if not isinstance(own, dict):
            problems.append(Problem(place=f"{place}: step", what="expected a table of steps"))
            own = {}
        problems += [
            Problem(place=f"{place}: {key}", what="unknown key", fix="known: hour, step")
            for key in table
        ]
        for name, keys in own.items():
            problems += _unknown_keys(f"{place}: step.{name}", keys)
            steps.setdefault(name, {}).update(keys if isinstance(keys, dict) else {})
    read = _StepReader(problems=[])
    playbook = Playbook(rungs=tuple(read.rung(name, keys) for name, keys in steps.items()))
    # Of a ladder with a step that could not be read nobody knows where it ends.
    silent = () if read.problems else playbook.silent_states()
    problems += read.problems
    try:
        playbook = replace(playbook, hour=time.fromisoformat(str(hour)))
    except ValueError as error:
        problems.append(Problem(place="playbook.toml: hour", what=str(error), fix='like "09:00"'))
    problems += [
        Problem(
            place=f"playbook.toml: step.{rung.name}.at",
            what=(
                "a step is not counted from itself: give it a repeat"
                if anchor == rung.name
                else f"{anchor!r} is no anchor and no step"
            ),
            fix=f"anchors: {', '.join(Anchor)}",
        )
        for rung, anchor in playbook.unknown_anchors()
    ]
    problems += [
        Problem(
            place="playbook.toml",
            what=f"no step repeats in the state {state}: a case there would fall silent",
            fix='give its last step a repeat, like repeat = "7d"',
        )
        for state in silent
    ]
    problems += review(playbook)
    if problems:
        raise UserError(*problems)
    return playbook


def _unknown_keys(place: str, keys: object) -> list[Problem]:
    if not isinstance(keys, dict):
        return [Problem(place=place, what="expected a table of keys")]
    return [_unknown_key(place, key, RUNG_KEYS) for key in keys if key not in RUNG_KEYS]


def _unknown_key(place: str, key: str, known: tuple[str, ...]) -> Problem:
    near = get_close_matches(key, known, n=1)
    fix = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return Problem(place=f"{place}.{key}", what="unknown key", fix=fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepReader:
    """Reads steps key by key; what is wrong with one key hides no other problem."""

    problems: list[Problem]

    def rung(self, name: str, keys: Mapping[str, object]) -> Rung:
        """The step as far as it can be read."""
        place = f"playbook.toml: step.{name}"
        if name in set(Anchor):
            self.problems.append(Problem(place=place, what="no step may be called like an anchor"))
        for key in ("title", "at", "severity"):
            if key not in keys:
                self.problems.append(Problem(place=place, what=f"{key} is missing"))

        def one(key: str, parse: Callable[[object], _T], default: _T) -> _T:
            return (
                self._parsed(f"{place}.{key}", parse, keys[key], default)
                if key in keys
                else (default)
            )

        return Rung(
            name=name,
            title=one("title", _text, ""),
            at=self._times(f"{place}.at", one("at", _table, {})),
            severity=one("severity", partial(_member, Severity), Severity.NOTICE),
            only=self._condition(f"{place}.only", one("only", _table, {})),
            letter=one("letter", _text, None),
            records=one("records", _meaning, None),
            repeat_days=one("repeat", _days, None),
            within_days=one("within", _days, None),
            aside=one("aside", _flag, default=False),
        )

    def _times(self, place: str, table: Mapping[str, object]) -> dict[State, tuple[When, ...]]:
        times = {}
        for name, value in table.items():
            state = self._parsed(f"{place}.{name}", partial(_member, State), name, None)
            whens = [self._parsed(f"{place}.{name}", _when, text, None) for text in _several(value)]
            if not whens:
                what = "expected at least one time"
                self.problems.append(Problem(place=f"{place}.{name}", what=what))
            if state is not None:
                times[state] = tuple(when for when in whens if when is not None)
        return times

    def _condition(self, place: str, table: Mapping[str, object]) -> Condition:
        for key in table:
            if key not in CONDITION_KEYS:
                self.problems.append(_unknown_key(place, key, CONDITION_KEYS))

        def all_of(key: str, kind: type[_E]) -> frozenset[_E]:
            found = (
                self._parsed(f"{place}.{key}", partial(_member, kind), word, None)
                for word in _several(table.get(key, []))
            )
            return frozenset(one for one in found if one is not None)

        def one(key: str, parse: Callable[[object], _T]) -> _T | None:
            return self._parsed(f"{place}.{key}", parse, table[key], None) if key in table else None

        return Condition(
            shipped=one("shipped", _flag),
            short=one("short", _flag),
            reasons=all_of("reason", Reason),
            methods=all_of("method", Method),
            amount_at_least=one("amount_at_least", _amount),
        )

    def _parsed(
        self, place: str, parse: Callable[[object], _T], value: object, default: _D
    ) -> _T | _D:
        try:
            return parse(value)
        except (TypeError, ValueError) as error:
            self.problems.append(Problem(place=place, what=str(error)))
            return default


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _when(text: object) -> When:
    return When.parse(str(text))


def _member(kind: type[_E], value: object) -> _E:
    if value not in list(kind):
        raise ValueError(f"{value!r} is not known; known: {', '.join(kind)}")
    return kind(str(value))


def _meaning(value: object) -> EventKind:
    if value not in list(MEANINGS):
        raise ValueError(f"{value!r} is nothing a step can mean; known: {', '.join(MEANINGS)}")
    return EventKind(str(value))


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"expected a table, like {{ key = ... }}, not {value!r}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a text, not {value!r}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, not {value!r}")
    return value


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"expected an amount, like 10, not {value!r}")
    return amount


def _days(value: object) -> int:
    number = str(value).removesuffix("d")
    if not re.fullmatch("[0-9]{1,3}", number) or int(number) == 0:
        raise ValueError(f"expected days, like '7d', not {value!r}")
    return int(number)


def load_links(overrides: Path | None = None) -> dict[str, str]:
    """The links that alerts may carry, by name, with `{order}` to be filled in.

    Raises:
        UserError: the person's file names an unknown link, or one that is not https.

    """
    links: dict[str, str] = {}
    problems: list[Problem] = []
    for place, table in read_layers("links.toml", overrides):
        for name, link in table.items():
            if links and place != "links.toml" and name not in links:
                fix = f"known: {', '.join(links)}"
                problems.append(Problem(place=f"{place}: {name}", what="unknown link", fix=fix))
            if not str(link).startswith("https://"):
                problems.append(Problem(place=f"{place}: {name}", what="must begin with https://"))
            if not _fills_in(str(link)):
                what = "may hold no braces but {order}"
                problems.append(Problem(place=f"{place}: {name}", what=what))
            links[name] = str(link)
    if problems:
        raise UserError(*problems)
    return links


def _fills_in(link: str) -> bool:
    rest = link.replace("{order}", "")
    return "{" not in rest and "}" not in rest
