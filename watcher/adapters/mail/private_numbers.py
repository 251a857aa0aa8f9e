"""Where numbers stand that tell of a person: cards, accounts, identity papers, telephones."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from watcher.adapters.shipped_files import shipped_text

LEAST_DIGITS = 6
"""Shorter numbers are dates, amounts and counts."""

_TOKEN = re.compile(r"[A-Za-z0-9]+")
_SPACED = re.compile(
    r"\(?\+[0-9]{1,3}\)?(?:[ ().\-/]{0,2}[0-9]){6,14}(?![0-9])"
    r"|(?<![0-9.,])0[0-9]{1,4}[ /-][0-9]{5,}"
    r"|(?<![0-9.,])[0-9]{3,6}(?:[ -][0-9]{3,6}){2,5}(?![.,]?[0-9])"
)
_NUMBERED_PAPERS = re.compile(
    r"(?<![\w.,/-])(?:"
    r"[A-Z]{2}[0-9]{2}(?: [A-Z0-9]{4}){3,7}(?: [A-Z0-9]{1,3})?"  # IBAN (ISO 13616)
    r"|(?:[0-9]{3}|\*{3})\.[0-9]{3}\.[0-9]{3}-(?:[0-9]{2}|\*{2})"  # CPF, Brazil
    r"|[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}"  # CNPJ, Brazil
    r"|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk]"  # RUT, Chile
    r"|[0-9]{2}-[0-9]{8}-[0-9]"  # CUIT, Argentina
    r"|[0-9]{3}-[0-9]{2}-[0-9]{4}"  # social security number, USA
    r"|[0-9]{3}-[0-9]{3}-[0-9]{3} [0-9]{2}"  # SNILS, Russia
    r"|[0-9]{2}\.[0-9]{3}\.[0-9]{3}\.[0-9]-[0-9]{3}\.[0-9]{3}"  # NPWP, Indonesia
    r"|[0-9]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9]"  # identity card, Thailand
    r"|[0-9]{6}/[0-9]{3,4}"  # rodne cislo, Czechia and Slovakia
    r"|[0-9]{6}[-+][0-9]{4}"  # personnummer, Sweden
    r"|[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}"  # national number, Belgium
    r"|756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}"  # AHV, Switzerland
    r"|[12] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{3} [0-9]{3}(?: [0-9]{2})?"  # NIR, France
    r"|[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}"  # Steuer-ID, Germany
    r")(?![\w]|[.,/-][0-9])"
)
_LETTERED_PAPERS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]"  # codice fiscale, Italy
    r"|[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9]{2}|[A-Z]{3,4}[0-9]{6}[A-Z0-9]{3}"  # CURP, RFC, Mexico
    r"|[A-Z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-D]"  # National Insurance number, UK
    r")(?![A-Za-z0-9])"
)
_SHOWN = r"(?P<digits>[0-9]{4,5})(?![0-9]|[.,/-][0-9])"
_MASKED = re.compile(
    rf"(?:(?:[*•●∙·]\s?){{2}}|[xX]{{2}}[ -]?|(?P<doubt>[*•●∙·]\s?|\.{{2}}|…)){_SHOWN}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPlace:
    """Where a private number stands."""

    start: int
    end: int
    certain: bool
    """It is no amount, whatever stands beside it."""
    lettered: bool = False
    """Its letters tell of the person as well."""


def find_numbers(seen: str) -> Iterator[NumberPlace]:
    """Yield where private numbers stand, the surest and the longest first."""
    for found in _LETTERED_PAPERS.finditer(seen):
        yield NumberPlace(start=found.start(), end=found.end(), certain=True, lettered=True)
    for found in _NUMBERED_PAPERS.finditer(seen):
        yield NumberPlace(start=found.start(), end=found.end(), certain=True)
    for found in _SPACED.finditer(seen):
        yield NumberPlace(start=found.start(), end=found.end(), certain=False)
    for pattern in (_MASKED, *_load_card_patterns()):
        for found in pattern.finditer(seen):
            start, end = found.span("digits")
            yield NumberPlace(start=start, end=end, certain=not found["doubt"])
    for found in _TOKEN.finditer(seen):
        if sum(each.isdigit() for each in found.group()) >= LEAST_DIGITS:
            yield NumberPlace(start=found.start(), end=found.end(), certain=False)


@lru_cache(maxsize=1)
def _load_card_patterns() -> Sequence[re.Pattern[str]]:
    """Compile what stands before and after the last digits of a card, in every language."""
    table = tomllib.loads(shipped_text("scrubbing.toml"))
    # Up to two words between: "ending in the digits 4421".
    gap = r"[^\w\n]{0,4}(?P<doubt>)(?:[^\W\d\n]{1,12}[^\w\n]{1,4}){0,2}"
    return (
        re.compile(rf"{_words(table['card_endings'])}{gap}{_SHOWN}", re.IGNORECASE),
        re.compile(
            rf"{_words(table['card_brands'])}(?P<doubt>)[^\w\n]{{0,4}}{_SHOWN}", re.IGNORECASE
        ),
        re.compile(
            rf"(?<![0-9.,])(?P<digits>[0-9]{{4,5}})(?P<doubt>)[^\w\n]{{0,2}}"
            rf"(?:{_any(table['after_card_digits'])})",
            re.IGNORECASE,
        ),
    )


def _words(words: Sequence[str]) -> str:
    # Scripts without blanks, and prefixes that are written together, have no word's beginning.
    spaced = [each for each in words if each[0] < "\u0590"]
    glued = [each for each in words if each not in spaced]
    return rf"(?:{_bound(spaced)}|{_any(glued)})" if glued else _bound(spaced)


def _bound(words: Iterable[str]) -> str:
    return rf"(?<![^\W_])(?:{_any(words)})"


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(words, key=len, reverse=True))
