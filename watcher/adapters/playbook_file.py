"""Reads `playbook.toml` into a Playbook, and `links.toml` into links."""

from collections.abc import Mapping
from datetime import time
from difflib import get_close_matches
from pathlib import Path

from watcher.adapters.shipped_files import read_layers
from watcher.domain.alert import Severity
from watcher.domain.case import State
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import EventKind
from watcher.domain.playbook import Playbook, Rung, When

RUNG_KEYS = ("title", "at", "severity", "letter", "records", "repeat", "aside")
"""Every key of a step; each is explained in the shipped file."""


def load_playbook(overrides: Path | None = None) -> Playbook:
    """The shipped ladder with the person's own steps over it.

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
    rungs = []
    for name, keys in steps.items():
        try:
            rungs.append(_rung(name, keys))
        except (KeyError, ValueError, TypeError) as error:
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(place=f"playbook.toml: step.{name}", what=what))
    try:
        playbook = Playbook(rungs=tuple(rungs), hour=time.fromisoformat(str(hour)))
    except ValueError as error:
        problems.append(Problem(place="playbook.toml: hour", what=str(error), fix='like "09:00"'))
        playbook = Playbook(rungs=tuple(rungs))
    problems += [
        Problem(
            place="playbook.toml",
            what=f"no step repeats in the state {state}: a case there would fall silent",
            fix='give its last step a repeat, like repeat = "7d"',
        )
        for state in playbook.silent_states()
    ]
    if problems:
        raise UserError(*problems)
    return playbook


def _unknown_keys(place: str, keys: object) -> list[Problem]:
    if not isinstance(keys, dict):
        return [Problem(place=place, what="expected a table of keys")]
    problems = []
    for key in keys:
        if key not in RUNG_KEYS:
            near = get_close_matches(key, RUNG_KEYS, n=1)
            fix = f"did you mean {near[0]}?" if near else f"known: {', '.join(RUNG_KEYS)}"
            problems.append(Problem(place=f"{place}.{key}", what="unknown key", fix=fix))
    return problems


def _rung(name: str, keys: Mapping[str, object]) -> Rung:
    at = keys["at"]
    if not isinstance(at, dict):
        raise TypeError('at: expected a table, like { owed = "closed +0d" }')
    records = keys.get("records")
    letter = keys.get("letter")
    return Rung(
        name=name,
        title=str(keys["title"]),
        at={State(state): When.parse(str(when)) for state, when in at.items()},
        severity=Severity(str(keys["severity"])),
        letter=str(letter) if letter else None,
        records=EventKind(str(records)) if records else None,
        repeat_days=_days(keys.get("repeat")),
        aside=keys.get("aside") is True,
    )


def _days(text: object) -> int | None:
    if text is None:
        return None
    number = str(text).removesuffix("d")
    if not number.isdigit() or int(number) == 0:
        raise ValueError(f"repeat: expected days, like '7d', not {text!r}")
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
