"""The shape of the rule files, and what to say of one that has another."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from watcher.domain.errors import Problem
from watcher.domain.event import PERSONAL_KINDS, EventKind, Evidence, Reason, RefundForm
from watcher.rules.rule import Sample
from watcher.rules.text import normalise, normalise_line

IGNORED = "ignored"
KINDS = (*(kind.value for kind in EventKind if kind not in PERSONAL_KINDS), IGNORED)

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _printable(word: str) -> str:
    """Refuse what no mail holds once it is normalised: such a pattern never matches."""
    found = _CONTROL.search(word)
    if found is not None:
        raise ValueError(
            f"a control character ({found.group()!r}) in {word!r}: between double quotes \\b is a"
            " backspace, so write patterns between single quotes"
        )
    return word


Word = Annotated[str, AfterValidator(_printable)]
Words = tuple[Word, ...]
Code = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"no kind of event: {kind!r}{_nearest(kind, KINDS)}")
    return kind


class Table(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SampleTable(Table):
    """A mail that a rule must, or must not, match."""

    subject: str = ""
    text: str = ""
    order: str | None = None
    reason: Reason | None = None
    amount: str | None = None
    refund: RefundForm | None = None
    store: str | None = None
    items: tuple[str, ...] = ()
    ship_days: int | None = None

    def value(self) -> Sample:
        """The sample as the rules know it, spelt as a mail is once it is parsed."""
        values = self.model_dump()
        values |= {"subject": normalise_line(self.subject), "text": normalise(self.text)}
        return Sample(**values)


class RuleTable(Table):
    """One `[[rule]]`."""

    id: str
    kind: Annotated[str, AfterValidator(_known_kind)]
    evidence: Evidence
    subject: Words = ()
    text: Words = ()
    unless: Words = ()
    reason: Reason | None = None
    vague: bool = False
    priority: int = 0
    samples: tuple[SampleTable, ...]
    near_misses: tuple[SampleTable, ...] = ()


class WordsTable(Table):
    """`[words]`: what stands beside a number."""

    order: Words = ()
    parcel: Words = ()


class MoneyTable(Table):
    """`[money]`: what stands before an amount."""

    total: Words = ()
    refund: Words = ()


class FormsTable(Table):
    """`[refund_forms]`: the words for each form in which a refund comes."""

    full: Words = ()
    partial: Words = ()
    coupon: Words = ()
    balance: Words = ()
    original: Words = ()


class ThingsTable(Table):
    """`[things]`: how a mail names the store and what was ordered."""

    store: Words = ()
    sold_by: Words = ()
    item: Words = ()
    placed: Words = ()
    store_name: Words = ()
    button: Words = ()
    offers: Words = ()


class ShippingTable(Table):
    """`[shipping]`: how long the seller has to ship."""

    within: Words = ()
    by: Words = ()


class LanguageTable(Table):
    """A whole rule file."""

    language: Code
    hints: Words = ()
    words: WordsTable = WordsTable()
    money: MoneyTable = MoneyTable()
    refund_forms: FormsTable = FormsTable()
    things: ThingsTable = ThingsTable()
    shipping: ShippingTable = ShippingTable()
    reasons: dict[Reason, Words] = {}
    rule: tuple[RuleTable, ...] = ()


class LinksTable(Table):
    """`[links]`: parameters that hold order numbers."""

    orders: Words = ()
    parents: Words = ()


class SendersTable(Table):
    """`senders.toml`."""

    domains: Words = ()
    refused: Words = ()
    relays: Words = ()
    transactional: Words = ()
    seller: Words = ()
    marketing: Words = ()
    links: LinksTable = LinksTable()


class CurrenciesTable(Table):
    """`currencies.toml`."""

    codes: tuple[Currency, ...] = ()
    three_decimals: tuple[Currency, ...] = ()
    symbols: dict[Word, Currency] = {}
    shared: dict[Word, dict[Currency, Words]] = {}


def explain(place: str, model: type[BaseModel], detail: Mapping[str, Any]) -> Problem:
    """Say in the operator's words what pydantic found at one key of the file `place`."""
    path = [str(each) for each in detail["loc"]]
    where = f"{place}: {'.'.join(path)}"
    if detail["type"] == "extra_forbidden":
        near = _nearest(path[-1], _keys(model, detail["loc"][:-1]))
        return Problem(place=where, what=f"unknown key{near}", fix="correct the key, or remove it")
    what = str(detail["msg"]).removeprefix("Value error, ")
    return Problem(place=where, what=what.replace("Input should be", "expected"))


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys of the table that `path` leads to."""
    for step in path:
        if isinstance(step, str) and step in model.model_fields:
            model = _TABLES.get(step, model)
    return tuple(model.model_fields)


_TABLES: Mapping[str, type[Table]] = {
    "rule": RuleTable,
    "samples": SampleTable,
    "near_misses": SampleTable,
    "words": WordsTable,
    "money": MoneyTable,
    "refund_forms": FormsTable,
    "things": ThingsTable,
    "shipping": ShippingTable,
    "links": LinksTable,
}


def _nearest(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f", did you mean {near[0]!r}?" if near else f"; known here: {', '.join(known)}"
