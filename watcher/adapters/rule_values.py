"""From the tables of the rule files to the values that the rules are made of."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache

from watcher.adapters.mail.written_date import Months, list_months, read_written_date
from watcher.adapters.rule_tables import (
    IGNORED,
    CurrenciesTable,
    LanguageTable,
    RuleTable,
    SendersTable,
    Words,
)
from watcher.adapters.shipped_files import shipped_text
from watcher.domain.event import EventKind
from watcher.rules.currencies import Currencies
from watcher.rules.rule import Language, Rule
from watcher.rules.ruleset import Ruleset
from watcher.rules.senders import Senders


def compile_tables(
    tables: Sequence[LanguageTable],
    senders: Sequence[SendersTable],
    currencies: Sequence[CurrenciesTable],
) -> Ruleset:
    """Compile tables whose shape was checked; later ones are laid over earlier ones.

    Raises:
        BadPatternError: a pattern that RE2 cannot compile.

    """
    return Ruleset(
        languages=_merge(_language(table) for table in tables),
        senders=join_senders(senders),
        currencies=_join_currencies(currencies),
        read_date=_read_date,
    )


def _read_date(written: str) -> datetime | None:
    return read_written_date(written, _list_months())


@cache
def _list_months() -> Months:
    # Asked for by the first mail that names a date: the names of all languages take their time.
    return list_months(tomllib.loads(shipped_text("forwarding.toml"))["languages"])


def _language(table: LanguageTable) -> Language:
    return Language(
        code=table.language,
        hints=table.hints,
        order_words=table.words.order,
        parcel_words=table.words.parcel,
        total_labels=table.money.total,
        refund_labels=table.money.refund,
        reasons=tuple(table.reasons.items()),
        forms=tuple((key, words) for key, words in table.refund_forms if words),
        store_labels=table.things.store,
        sold_by=table.things.sold_by,
        item_labels=table.things.item,
        placed_labels=table.things.placed,
        store_names=table.things.store_name,
        buttons=table.things.button,
        offers=table.things.offers,
        ship_within=table.shipping.within,
        ship_by=table.shipping.by,
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
        lists = (field.name for field in fields(Language) if field.name not in {"code", "rules"})
        merged[each.code] = Language(
            code=each.code,
            rules=tuple({rule.id: rule for rule in (*base.rules, *each.rules)}.values()),
            **{name: getattr(base, name) + getattr(each, name) for name in lists},
        )
    return tuple(merged.values())


def _join_currencies(tables: Sequence[CurrenciesTable]) -> Currencies:
    symbols = {
        spelling: code
        for table in tables
        for spelling, code in (*((code, code) for code in table.codes), *table.symbols.items())
    }
    return Currencies(
        symbols=symbols,
        shared={symbol: words for table in tables for symbol, words in table.shared.items()},
        three_decimals=frozenset(code for table in tables for code in table.three_decimals),
    )


def join_senders(tables: Sequence[SendersTable]) -> Senders:
    """Lay the lists of senders of several files together, each entry once."""

    def join(lists: Iterable[Words]) -> Words:
        return tuple(dict.fromkeys(each for part in lists for each in part))

    def lower(lists: Iterable[Words]) -> Words:
        return tuple(each.lower() for each in join(lists))

    return Senders(
        domains=lower(each.domains for each in tables),
        refused=frozenset(lower(each.refused for each in tables)),
        relays=lower(each.relays for each in tables),
        transactional=frozenset(lower(each.transactional for each in tables)),
        seller=frozenset(lower(each.seller for each in tables)),
        marketing=frozenset(lower(each.marketing for each in tables)),
        order_parameters=join(each.links.orders for each in tables),
        parent_parameters=join(each.links.parents for each in tables),
    )
