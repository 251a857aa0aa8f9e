"""The rules, read from TOML: the shipped ones, and the person's own beside them."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from watcher.adapters.rule_tables import (
    IGNORED,
    CurrenciesTable,
    LanguageTable,
    RuleTable,
    SendersTable,
    Table,
    Words,
    explain,
)
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import EventKind
from watcher.rules.patterns import BadPatternError, compile_one
from watcher.rules.rule import Language, Rule
from watcher.rules.ruleset import Ruleset
from watcher.rules.senders import Senders

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
    currencies: list[CurrenciesTable] = []
    for place, content in (*_shipped(), *_own(extra, problems)):
        name = place.rpartition("/")[2]
        if name == SENDERS:
            senders.extend(_check(SendersTable, place, content, problems))
        elif name == CURRENCIES:
            currencies.extend(_check(CurrenciesTable, place, content, problems))
        else:
            tables.extend((place, each) for each in _check(LanguageTable, place, content, problems))
    for place, table in tables:
        problems.extend(_check_rules(place, table))
    if problems:
        raise UserError(*problems, *_bad_patterns(tables))
    try:
        return _compile(tables, senders, currencies)
    except BadPatternError:
        raise UserError(*_bad_patterns(tables)) from None


def _compile(
    tables: Sequence[tuple[str, LanguageTable]],
    senders: Sequence[SendersTable],
    currencies: Sequence[CurrenciesTable],
) -> Ruleset:
    return Ruleset(
        languages=_merge(_language(table) for _, table in tables),
        senders=_join_senders(senders),
        currencies={
            spelling: code
            for table in currencies
            for spelling, code in (*((code, code) for code in table.codes), *table.symbols.items())
        },
    )


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


def _bad_patterns(tables: Sequence[tuple[str, LanguageTable]]) -> Iterable[Problem]:
    """Find each pattern that cannot be compiled; slow, so only once one is known to be there."""
    for place, table in tables:
        for where, pattern in _patterns(table):
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
    ]
    for rule in table.rule:
        where = f"rule {rule.id}"
        groups += [
            (f"{where}: subject", rule.subject),
            (f"{where}: text", rule.text),
            (f"{where}: unless", rule.unless),
        ]
    return [(where, each) for where, group in groups for each in group]


def _language(table: LanguageTable) -> Language:
    return Language(
        code=table.language,
        hints=table.hints,
        order_words=table.words.order,
        parcel_words=table.words.parcel,
        total_labels=table.money.total,
        refund_labels=table.money.refund,
        reasons=tuple(table.reasons.items()),
        rules=tuple(_rule(table.language, each) for each in table.rule),
    )


def _rule(language: str, table: RuleTable) -> Rule:
    return Rule(
        id=table.id,
        language=language,
        kind=None if table.kind == IGNORED else EventKind(table.kind),
        evidence=table.evidence,
        subject=table.subject,
        text=table.text,
        unless=table.unless,
        reason=table.reason,
        vague=table.vague,
        priority=table.priority,
        samples=tuple(each.value() for each in table.samples),
        near_misses=tuple(each.value() for each in table.near_misses),
    )


def _merge(languages: Iterable[Language]) -> tuple[Language, ...]:
    """Lay later files of a language over earlier ones: lists grow, rules of one id are replaced."""
    merged: dict[str, Language] = {}
    for each in languages:
        base = merged.get(each.code)
        if base is None:
            merged[each.code] = each
            continue
        merged[each.code] = replace(
            base,
            hints=base.hints + each.hints,
            order_words=base.order_words + each.order_words,
            parcel_words=base.parcel_words + each.parcel_words,
            total_labels=base.total_labels + each.total_labels,
            refund_labels=base.refund_labels + each.refund_labels,
            reasons=base.reasons + each.reasons,
            rules=tuple({rule.id: rule for rule in (*base.rules, *each.rules)}.values()),
        )
    return tuple(merged.values())


def _join_senders(tables: Sequence[SendersTable]) -> Senders:
    def join(lists: Iterable[Words]) -> Words:
        return tuple(dict.fromkeys(each for part in lists for each in part))

    def lower(lists: Iterable[Words]) -> Words:
        return tuple(each.lower() for each in join(lists))

    return Senders(
        domains=lower(each.domains for each in tables),
        relays=lower(each.relays for each in tables),
        transactional=frozenset(lower(each.transactional for each in tables)),
        seller=frozenset(lower(each.seller for each in tables)),
        marketing=frozenset(lower(each.marketing for each in tables)),
        order_parameters=join(each.links.orders for each in tables),
        parent_parameters=join(each.links.parents for each in tables),
    )
