"""Order numbers: from the subject, the text and the links, and never a parcel's.

Source: order numbers have had 16 digits since 2019; the subject's same place holds parcel numbers
of 18 or 20 digits, so the word beside the number decides. Parcel mails name the order in their
links alone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from watcher.rules.patterns import Pattern, compile_any
from watcher.rules.rule import Language
from watcher.rules.senders import Senders

MAX_ORDERS = 50
"""Orders read out of one mail."""
MAX_LINK = 8_000

_NUMBER = re.compile(
    # "№8012…" is "No8012…" once it is normalised.
    r"(?:(?<![0-9A-Za-z])|(?<=(?<![A-Za-z])[Nn]o))(?<![0-9][.,])\+?[0-9]{12,20}(?![0-9A-Za-z])(?![.,][0-9])"
)
_GROUPED = re.compile(r"[0-9]{4}(?: [0-9]{4}){3}")
"""A number of 16 digits, written in groups as on a bank card."""
_NO_EDGE = re.compile(r"(?:[0-9A-Za-z]|[0-9][ .,])$")
_NO_START = re.compile(r"[A-Za-z]|[ .,]?[0-9]")
_GROUPED_GAP = re.compile(r"\W{0,4}\w{0,10}\W{0,4}")
"""What may stand between the order word and a number in groups: " number: "."""
_LIST_GAP = re.compile(r"[ ,;&/+]{0,3}(?:[^\W\d]{1,3} )?")
"""What stands between two numbers of one list: `,` or a short word like "and"."""
_BEFORE = 40
_AFTER = 24


@dataclass(frozen=True, slots=True)
class _Written:
    digits: str
    labelled: bool


class OrderFinder:
    """Finds the orders that a mail speaks of."""

    def __init__(self, languages: Sequence[Language], senders: Senders) -> None:
        """Compile the words of all languages: a mail may mix them."""
        # The language of a subject says nothing about that of the text.
        orders = [word for each in languages for word in each.order_words]
        parcels = [word for each in languages for word in each.parcel_words]
        self._order_word = compile_any(orders)
        self._parcel_word = compile_any(parcels)
        self._parameters = _parameter_pattern(senders.order_parameters)
        self._parents = _parameter_pattern(senders.parent_parameters)

    def find(self, subject: str, text: str, links: Sequence[str]) -> tuple[str, ...]:
        """Return the order numbers of a mail, each once, the subject's first."""
        linked = _distinct(_in_links(links, self._parameters))
        in_subject = list(self._written(subject))
        known = {*linked, *(each.digits for each in in_subject if each.labelled)}
        in_text = _unglue([each for each in self._written(text) if each.labelled], known)
        labelled = [each.digits for each in in_subject if each.labelled]
        # A number that nothing labels is an order's only where a link says so as well.
        confirmed = [each.digits for each in in_subject if each.digits in linked]
        orders = _distinct([*labelled, *confirmed, *in_text, *linked])
        return orders or _distinct(_in_links(links, self._parents))

    def join_groups(self, text: str) -> str:
        """Write "Order 8012 3456 7890 1234" in `text` as "Order 8012345678901234".

        Right behind an order word only: a bank card's number looks the same.
        """
        return _GROUPED.sub(self._joined, text)

    def _joined(self, found: re.Match[str]) -> str:
        text, start, end = found.string, found.start(), found.end()
        before = text[max(0, start - _BEFORE) : start]
        order = _last_end(self._order_word, before)
        alone = not _NO_EDGE.search(before) and not _NO_START.match(text, end)
        near = order >= 0 and _GROUPED_GAP.fullmatch(before, order)
        if near and alone and order > _last_end(self._parcel_word, before):
            return found.group().replace(" ", "")
        return found.group()

    def _written(self, text: str) -> Iterator[_Written]:
        end, last = 0, _Written("", labelled=False)
        for found in islice(_NUMBER.finditer(text), 4 * MAX_ORDERS):
            gap = text[end : found.start()]
            digits = found.group()
            # A number in between has taken the word before it for itself, except in a list.
            before = gap[-_BEFORE:]
            after = text[found.end() : found.end() + _AFTER]
            labelled = self._is_order(before, after) or (
                last.labelled and _goes_on(gap, last, digits)
            )
            end, last = found.end(), _Written(digits, labelled=labelled and digits.isdigit())
            if digits.isdigit():
                yield last

    def _is_order(self, before: str, after: str) -> bool:
        """Decide by the nearest word before the number, else by the word right after it."""
        order = _last_end(self._order_word, before)
        parcel = _last_end(self._parcel_word, before)
        if order >= 0 or parcel >= 0:
            return order > parcel
        order = _first_start(self._order_word, after)
        parcel = _first_start(self._parcel_word, after)
        return order >= 0 and (parcel < 0 or order < parcel)


def _goes_on(gap: str, last: _Written, digits: str) -> bool:
    if _LIST_GAP.fullmatch(gap):
        return True
    return gap == "\n" and len(digits) == len(last.digits)


def _last_end(pattern: Pattern | None, text: str) -> int:
    end = -1
    if pattern is not None:
        for found in pattern.finditer(text):
            end = found.end()
    return end


def _first_start(pattern: Pattern | None, text: str) -> int:
    found = pattern.search(text) if pattern is not None else None
    return -1 if found is None else int(found.start())


def _unglue(numbers: Sequence[_Written], known: Iterable[str]) -> list[str]:
    """Take off the running number that a list of orders glues to each: `1` + `9999…`."""
    known = set(known)
    running = 1
    kept: list[str] = []
    sequence = _is_running(numbers)
    for each in numbers:
        mark = str(running)
        rest = each.digits.removeprefix(mark)
        if rest != each.digits and (rest in known or sequence) and len(rest) >= 12:
            kept.append(rest)
            known.add(rest)
            running += 1
        else:
            kept.append(each.digits)
    return kept


def _is_running(numbers: Sequence[_Written]) -> bool:
    """Tell whether every number starts with its place in the list and all are 17 digits long."""
    return len(numbers) > 1 and all(
        each.digits.startswith(str(place)) and len(each.digits) == 16 + len(str(place))
        for place, each in enumerate(numbers, start=1)
    )


def _parameter_pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    if not names:
        return None
    joined = "|".join(re.escape(name) for name in names)
    return re.compile(rf"[?&;#](?:amp;)*(?:{joined})=([0-9][0-9,]*)", re.IGNORECASE)


def _in_links(links: Sequence[str], pattern: re.Pattern[str] | None) -> Iterator[str]:
    if pattern is None:
        return
    for link in links:
        # Twice: a tracking link wraps the real one in a parameter of its own.
        plain = unquote(unquote(link[:MAX_LINK]))
        for found in pattern.finditer(plain):
            yield from (each for each in found[1].split(",") if 12 <= len(each) <= 20)


def _distinct(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice(dict.fromkeys(numbers), MAX_ORDERS))
