"""The rules, read from TOML: the shipped ones, and the person's own beside them."""

import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from watcher.adapters.rule_tables import (
    CurrenciesTable,
    LanguageTable,
    SendersTable,
    Table,
    Words,
    explain,
)
from watcher.adapters.rule_values import compile_tables, join_senders
from watcher.domain.errors import Problem, UserError
from watcher.rules.patterns import BadPatternError, compile_one
from watcher.rules.ruleset import Ruleset
from watcher.rules.senders import Senders
from watcher.rules.shipping import expand_days

SENDERS = "senders.toml"
CURRENCIES = "currencies.toml"
LARGEST_FILE = 2_000_000

AnyTable = TypeVar("AnyTable", bound=Table)


def load_ruleset(extra: Sequence[Path] = ()) -> Ruleset:
    """Read the shipped rules and, over them, those of the folders in `extra`.

    A folder's `LANGUAGE.toml` adds rules, or replaces those of the same id; its `senders.toml` and
    `currencies.toml` add to the shipped lists. A folder that is not there counts as empty.

    Raises:
        UserError: a file is wrong; with every problem of every file.

    """
    problems: list[Problem] = []
    tables: list[tuple[str, LanguageTable]] = []
    senders: list[SendersTable] = []
    currencies: list[tuple[str, CurrenciesTable]] = []
    for place, content in (*_shipped(), *_own(extra, problems)):
        name = place.rpartition("/")[2]
        if name == SENDERS:
            senders.extend(_check(SendersTable, place, content, problems))
        elif name == CURRENCIES:
            found = _check(CurrenciesTable, place, content, problems)
            currencies.extend((place, each) for each in found)
        else:
            tables.extend((place, each) for each in _check(LanguageTable, place, content, problems))
    for place, table in tables:
        problems.extend(_check_rules(place, table))
    patterns = chain(
        ((place, *each) for place, table in tables for each in _patterns(table)),
        ((place, *each) for place, table in currencies for each in _currency_patterns(table)),
    )
    if problems:
        raise UserError(*problems, *_bad_patterns(patterns))
    try:
        return compile_tables(
            [table for _, table in tables], senders, [table for _, table in currencies]
        )
    except BadPatternError:
        raise UserError(*_bad_patterns(patterns)) from None


def load_senders(extra: Sequence[Path] = ()) -> Senders:
    """Read only who counts as AliExpress: the shipped list, and those of the folders in `extra`.

    Raises:
        UserError: a list is wrong; with every problem.

    """
    problems: list[Problem] = []
    tables = [
        table
        for place, content in (*_shipped(), *_own(extra, problems))
        if place.rpartition("/")[2] == SENDERS
        for table in _check(SendersTable, place, content, problems)
    ]
    if problems:
        raise UserError(*problems)
    return join_senders(tables)


def _shipped() -> Iterable[tuple[str, bytes]]:
    folder = files("watcher.config")
    for name in (SENDERS, CURRENCIES):
        yield name, folder.joinpath(name).read_bytes()
    rules = (each for each in folder.joinpath("rules").iterdir() if each.name.endswith(".toml"))
    for each in sorted(rules, key=lambda found: found.name):
        yield f"rules/{each.name}", each.read_bytes()


def _own(folders: Sequence[Path], problems: list[Problem]) -> Iterable[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            try:
                content = path.read_bytes()[: LARGEST_FILE + 1]
            except OSError as error:
                problems.append(_problem(str(path), f"cannot be read: {error.strerror}"))
                continue
            if len(content) > LARGEST_FILE:
                problems.append(_problem(str(path), "too big for a rule file"))
                continue
            yield str(path), content


def _check(
    model: type[AnyTable], place: str, content: bytes, problems: list[Problem]
) -> list[AnyTable]:
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
        return [model.model_validate(document)]
    except UnicodeDecodeError:
        problems.append(_problem(place, "is not UTF-8 text"))
    except tomllib.TOMLDecodeError as error:
        problems.append(_problem(place, f"not TOML: {error}"))
    except ValidationError as error:
        problems.extend(explain(place, model, detail) for detail in error.errors())
    return []


def _problem(place: str, what: str) -> Problem:
    return Problem(place=place, what=what, fix="correct the file, or remove it")


def _check_rules(place: str, table: LanguageTable) -> Iterable[Problem]:
    """Find what the shape of the file cannot tell."""
    ids: set[str] = set()
    for rule in table.rule:
        where = f"rule {rule.id}"
        if not rule.id.startswith(f"{table.language}."):
            yield Problem(
                place=f"{place}: {where}",
                what="the id does not name its language",
                fix=f'id = "{table.language}.{rule.id.rpartition(".")[2]}"',
            )
        if rule.id in ids:
            yield Problem(place=f"{place}: {where}", what="this id stands here twice")
        ids.add(rule.id)
        if not (rule.subject or rule.text):
            yield Problem(place=f"{place}: {where}", what="neither subject nor text: fits nothing")
        if not rule.samples:
            yield Problem(place=f"{place}: {where}", what="no sample: nobody can tell if it works")


def _bad_patterns(patterns: Iterable[tuple[str, str, str]]) -> Iterable[Problem]:
    """Find each pattern that cannot be compiled; slow, so only once one is known to be there."""
    for place, where, pattern in patterns:
        try:
            compile_one(pattern)
        except BadPatternError as error:
            yield Problem(
                place=f"{place}: {where}",
                what=f"not a pattern: {error}: {pattern}",
                fix="write it in RE2's syntax: no look-around, no back-references",
            )


def _patterns(table: LanguageTable) -> Iterable[tuple[str, str]]:
    groups = [
        ("hints", table.hints),
        ("words.order", table.words.order),
        ("words.parcel", table.words.parcel),
        ("money.total", table.money.total),
        ("money.refund", table.money.refund),
        *((f"reasons.{reason}", group) for reason, group in table.reasons.items()),
        *_parts("refund_forms", table.refund_forms),
        *_parts("things", table.things),
        *(
            (where, tuple(expand_days(each) for each in group))
            for where, group in _parts("shipping", table.shipping)
        ),
    ]
    for rule in table.rule:
        where = f"rule {rule.id}"
        groups += [
            (f"{where}: subject", rule.subject),
            (f"{where}: text", rule.text),
            (f"{where}: unless", rule.unless),
        ]
    return [(where, each) for where, group in groups for each in group]


def _currency_patterns(table: CurrenciesTable) -> Iterable[tuple[str, str]]:
    return (
        (f"shared.{symbol}.{code}", each)
        for symbol, choices in table.shared.items()
        for code, words in choices.items()
        for each in words
    )


def _parts(name: str, table: Table) -> Iterable[tuple[str, Words]]:
    """Yield the lists of a table that has nothing else."""
    return ((f"{name}.{key}", getattr(table, key)) for key in type(table).model_fields)
