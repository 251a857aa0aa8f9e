"""Amounts of money in the local notations, labelled sums first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from price_parser.parser import parse_number

from watcher.domain.money import Money
from watcher.rules.currencies import Currencies, Spellings
from watcher.rules.patterns import Pattern, compile_any
from watcher.rules.rule import Language

MAX_LABELS = 30
MAX_AMOUNTS = 50
_NEAR = 60
"""Characters after a label in which its amount stands: the next cell of a table."""
# The last two are the thousands' and the decimal mark of Arabic and Persian.
_NUMBER = r"[0-9](?:[0-9.,'’٬٫]|[  ](?=[0-9]{3}(?![0-9]))){0,20}"
_MINUS = r"[-−–]"
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]$")
"""The end of a word of Thai, Japanese, Chinese or Korean."""
_GROUPING = re.compile("[\\s'’٬]")
_MAX_AMOUNT = Decimal(10) ** 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    money: Money
    negative: bool


class AmountFinder:
    """Finds what an order cost, or what is paid back."""

    def __init__(self, languages: Sequence[Language], currencies: Currencies) -> None:
        """Take the labels of all languages, and how currencies are written."""
        self._spellings = Spellings(currencies)
        self._three_decimals = currencies.three_decimals
        known = [re.escape(each).replace(r"\ ", r"\s?") for each in self._spellings.known()]
        written = "|".join(known)
        # A spelling made of letters must not be the end or the start of a word; where no blanks
        # stand between words, anything may follow it.
        closed = "|".join(
            each if _UNSPACED.search(each) else rf"{each}(?![^\W\d_])" for each in known
        )
        self._amount = re.compile(
            rf"(?P<m1>(?<![\w.,)]){_MINUS})?"
            rf"(?:(?<![^\W\d_])(?P<before>{written})\s?(?P<m2>{_MINUS})?(?P<n1>{_NUMBER})"
            rf"|(?<![0-9.,])(?P<n2>{_NUMBER})(?P<m3>{_MINUS})?\s?(?P<after>{closed}))"
            rf"(?P<m4>{_MINUS}(?![\w]))?",
            re.IGNORECASE,
        )
        self._total = compile_any(label for each in languages for label in each.total_labels)
        self._refund = compile_any(label for each in languages for label in each.refund_labels)

    def total(self, text: str, subject: str = "") -> Money | None:
        """Return the sum of an order: the last labelled one, which includes the shipping.

        What is written below zero is a discount, and no sum. The `subject` helps to tell whose
        currency it is.
        """
        mail = f"{subject}\n{text}"
        labelled = self._labelled(self._total, text, mail)
        found = [each.money for each in labelled if not each.negative]
        return found[-1] if found else None

    def refund(self, text: str, subject: str = "") -> Money | None:
        """Return the sum that is paid back: labelled as a refund, or the only one in the text.

        Written below zero it is the same sum, seen from the shop. The `subject` helps to tell
        whose currency it is.
        """
        mail = f"{subject}\n{text}"
        labelled = next(self._labelled(self._refund, text, mail), None)
        if labelled is not None:
            return labelled.money
        amounts = {each.money for each in islice(self._amounts(text, mail), MAX_AMOUNTS)}
        return amounts.pop() if len(amounts) == 1 else None

    def _labelled(self, label: Pattern | None, text: str, mail: str) -> Iterator[_Written]:
        if label is None:
            return
        for found in islice(label.finditer(text), MAX_LABELS):
            near = text[found.end() : found.end() + _NEAR]
            amount = next(self._amounts(near, mail), None)
            if amount is not None:
                yield amount

    def _amounts(self, near: str, mail: str) -> Iterator[_Written]:
        """Yield the amounts in `near`; what a shared symbol means, the whole `mail` tells."""
        for found in self._amount.finditer(near):
            code = self._spellings.code(found["before"] or found["after"], mail)
            if code is None:
                continue
            amount = read_number(found["n1"] or found["n2"], thousandths=self._has_mills(code))
            if amount is not None and amount < _MAX_AMOUNT:
                signs = (found["m1"], found["m2"], found["m3"], found["m4"])
                yield _Written(money=Money(amount=amount, currency=code), negative=any(signs))

    def _has_mills(self, code: str) -> bool:
        return code in self._three_decimals


def read_number(written: str, *, thousandths: bool = False) -> Decimal | None:
    """Read a number in any local notation; `None` for what is no number, or could be two.

    One mark before three digits groups them, unless the currency has `thousandths`.

    >>> read_number("1.234,56"), read_number("1,23,456.00"), read_number("1'234")
    (Decimal('1234.56'), Decimal('123456.00'), Decimal('1234'))
    """
    plain = _GROUPING.sub("", written.rstrip(".,'’٬٫ \n"))
    if "٫" in plain:
        whole, _, rest = plain.partition("٫")
        return _decimal(f"{re.sub('[.,]', '', whole)}.{rest}", ".") if rest.isdigit() else None
    marks = re.findall("[.,]", plain)
    if not marks:
        return _decimal(plain)
    groups = re.split("[.,]", plain)
    last, same = marks[-1], len(set(marks)) == 1
    if same and (len(marks) > 1 or (len(groups[-1]) == 3 and not thousandths)):
        return _grouped(groups) if groups[0] != "0" else None
    if marks.count(last) > 1 or (len(groups) > 2 and _grouped(groups[:-1]) is None):
        return None
    return _decimal(plain, last)


def _grouped(groups: Sequence[str]) -> Decimal | None:
    """Join groups of three digits, or of two before the last as in India."""
    sizes = {len(each) for each in groups[1:-1]}
    if len(groups[-1]) != 3 or not 1 <= len(groups[0]) <= 3 or sizes - {2, 3} or len(sizes) > 1:
        return None
    return _decimal("".join(groups))


def _decimal(plain: str, mark: str | None = None) -> Decimal | None:
    amount: Decimal | None = parse_number(plain, mark)
    return amount
