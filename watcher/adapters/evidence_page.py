"""The timeline as a page of its own: nothing in it runs, and nothing is loaded from elsewhere."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache, partial
from typing import Final

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from watcher.adapters.shipped_files import shipped_text
from watcher.domain.money import Money

TEMPLATE: Final = "evidence/timeline.html.j2"
_LOCALE: Final = "en"
_DAY: Final = "EEE yyyy-MM-dd"
_MOMENT: Final = "EEE yyyy-MM-dd HH:mm:ss xxx"
_NO_CURRENCY: Final = " XXX"
_KEPT: Final = frozenset("\n\u200c\u200d")  # joiners: Persian and emoji need them


def write_page(facts: Mapping[str, object], zone: tzinfo) -> str:
    """The page, filled in with `facts`; days and times are those of `zone`.

    All text is escaped, and loses what is invisible: marks that turn text around, controls.
    """
    return _template(zone).render(facts).lstrip()


@lru_cache(maxsize=4)
def _template(zone: tzinfo) -> Template:
    environment = Environment(
        loader=FunctionLoader(shipped_text),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_tame,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["day"] = partial(_day, zone=zone)
    environment.filters["moment"] = partial(write_moment, zone=zone)
    environment.filters["money"] = write_money
    return environment.get_template(TEMPLATE)


def write_moment(moment: datetime, zone: tzinfo) -> str:
    """A moment on the clock of `zone`, with its offset: `Sat 2026-11-21 09:00:00 +01:00`."""
    return format_datetime(moment, _MOMENT, tzinfo=zone, locale=_LOCALE)


def write_money(money: Money) -> str:
    """An amount with its ISO 4217 code; without it where no mail named the currency."""
    return str(money).removesuffix(_NO_CURRENCY)


def show_plainly(text: str) -> str:
    """`text` without controls and without marks that turn text around."""
    return "".join(one for one in text.replace("\t", " ") if one in _KEPT or _is_visible(one))


def _day(value: date, *, zone: tzinfo) -> str:
    on = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return format_date(on, _DAY, locale=_LOCALE)


def _tame(value: object) -> object:
    # Mark-up is of the template's own making; nothing that is filled in is any.
    return show_plainly(value) if isinstance(value, str) else value


def _is_visible(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")
