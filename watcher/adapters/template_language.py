"""The language that templates are written in: its names, filters and folders."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.adapters.untrusted_text import make_inert
from watcher.domain.money import Money

SUFFIX: Final = ".txt.j2"
FALLBACK_LANGUAGE: Final = "en"
DateStyle = Literal["medium", "long"]

OWN_NAMES: Final = frozenset(
    {
        *("command", "letter", "letter_command", "hint", "next_hint", "fix"),
        *("order", "account", "channel", "alert_title", "alert_text"),
    }
)
LINK_SUFFIX: Final = "_link"

ABSENT: Final[Mapping[str, object]] = MappingProxyType(
    {
        **dict.fromkeys(("announced", "binding", "store", "method", "refund_form")),
        **dict.fromkeys(("paid_on", "contacted_on", "disputed_on", "helped_on", "announced_on")),
        **dict.fromkeys(("seller_history",)),
        "clocks": (),
        "delivered": False,
        "falls_short": False,
        "items": (),
        "next_hint": "",
    }
)
"""What many orders do not have, and what stands for it where it is not given at all.

Every other name must be given: a template that misses one fails instead of leaving a hole.
"""

NAMES: Final = (
    OWN_NAMES
    | set(ABSENT)
    | {
        *(
            "order_link",
            "seller_link",
            "dispute_link",
            "help_link",
            "all_orders_link",
            "tracking_link",
        ),
        *(
            "amount",
            "remaining",
            "received",
            "contacted",
            "reason",
            "state",
            "step",
            "shipped",
            "note",
        ),
        *("opened", "closed", "deadline", "days_left", "working_days", "clock_name"),
        *("next_step", "next_day", "unfamiliar", "unproven"),
        *("detail", "since", "count", "subjects", "cases", "entry"),
        *("alerts", "case", "totals", "unknown_amounts", "dates", "returned", "returned_count"),
        "open_count",
    }
)
"""Every name that a template may use; links of the person's own end in `_link`."""


def is_our_own(name: str) -> bool:
    """Whether the value called `name` is of our own making, and written as it is.

    All other text is made inert: what a mail said may stand in it.
    """
    return name in OWN_NAMES or name.endswith(LINK_SUFFIX)


class OwnText(str):
    """Text of our own making: links, commands, letters. Written as it is."""

    __slots__ = ()


def make_environment(
    loader: BaseLoader, *, zone: tzinfo, locale: Locale, dates: DateStyle = "medium"
) -> ImmutableSandboxedEnvironment:
    """What fills templates in: unknown names are errors, strangers' text is made inert."""
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=_write,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(ABSENT)
    environment.filters["day"] = partial(_day, zone=zone, locale=locale, style=dates)
    environment.filters["money"] = partial(_money, locale=locale)
    environment.filters["relative"] = partial(_relative, locale=locale)
    return environment


def _write(value: object) -> object:
    if value is None:
        raise UndefinedError("a value that is not known was to be written")
    if isinstance(value, str) and not isinstance(value, OwnText):
        return make_inert(value)
    return value


def _day(value: date, *, zone: tzinfo, locale: Locale, style: DateStyle) -> str:
    """The date, in the person's zone where it is a moment: `Nov 3, 2026`, `November 3, 2026`."""
    on = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return format_date(on, style, locale=locale)


def _money(value: Money, *, locale: Locale) -> str:
    """The amount as it is written in the person's language: `€12.34`, its spaces unbreakable."""
    return OwnText(format_currency(value.amount, value.currency, locale=locale))


def _relative(days: int, *, locale: Locale) -> str:
    """So many days from today: `in 12 days`, `3 days ago`."""
    return format_timedelta(
        timedelta(days=days),
        granularity="day",
        threshold=10**9,  # never weeks: days are what is counted
        add_direction=True,
        locale=locale,
    )


def find_locale(language: str) -> Locale:
    """How dates and amounts are written in `language`; English where nobody knows."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(FALLBACK_LANGUAGE)


def has_language(kind: str, language: str, own: Path | None) -> bool:
    """Whether there are templates in `language`, shipped or the person's own."""
    shipped = files("watcher.config").joinpath(kind)
    return any(
        shipped.joinpath(name).is_dir() or (own is not None and (own / name).is_dir())
        for name in fallbacks(language)[:-1] or (FALLBACK_LANGUAGE,)
    )


def fallbacks(language: str) -> tuple[str, ...]:
    """The folders to look in, best first: `de-AT`, `de`, `en`."""
    return tuple(dict.fromkeys((language, language.replace("_", "-").split("-")[0], "en")))


def spoken_language(kind: str, name: str, language: str, own: Path | None) -> str | None:
    """The folder that has `name` in `language` or its parent: `de-AT`, `de`.

    `None` where only an English one is there, or where the person wrote one that is for every
    language: what they wrote themselves they need no other words for.
    """
    folders = [folder for folder in fallbacks(language) if folder != FALLBACK_LANGUAGE]
    file = name + SUFFIX
    if own is not None:
        for folder in folders:
            if (own / folder / file).is_file():
                return folder
        if (own / file).is_file() or (own / FALLBACK_LANGUAGE / file).is_file():
            return None
    shipped = files("watcher.config").joinpath(kind)
    return next((one for one in folders if shipped.joinpath(one, file).is_file()), None)


def shipped_loader(kind: str, languages: Iterable[str]) -> BaseLoader:
    """Looks for a template in the shipped folders, best language first."""

    def load(language: str, name: str) -> tuple[str, str, None] | None:
        path = f"{kind}/{language}/{name}"
        file = files("watcher.config").joinpath(path)
        return (file.read_text(encoding="utf-8"), path, None) if file.is_file() else None

    return ChoiceLoader([FunctionLoader(partial(load, language)) for language in languages])


def own_loader(folder: Path, kind: str, languages: Iterable[str]) -> BaseLoader:
    """Looks in the person's folder, `LANGUAGE/` before the folder itself, then the shipped ones."""
    languages = tuple(languages)
    own = [FileSystemLoader(folder / language) for language in languages]
    return ChoiceLoader([*own, FileSystemLoader(folder), shipped_loader(kind, languages)])


def shipped_names(kind: str) -> tuple[str, ...]:
    """The names of the shipped alerts (`templates`) or letters, without the parts they share."""
    folder = files("watcher.config").joinpath(kind, FALLBACK_LANGUAGE)
    names = (entry.name.removesuffix(SUFFIX) for entry in folder.iterdir())
    return tuple(sorted(name for name in names if not name.startswith("_")))
