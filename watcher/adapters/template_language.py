"""The language that templates are written in: its names, filters and folders."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

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

OWN_NAMES: Final = frozenset({"command", "letter", "hint", "fix", "order", "account", "channel"})
LINK_SUFFIX: Final = "_link"

NAMES: Final = OWN_NAMES | {
    *("order_link", "seller_link", "dispute_link", "help_link", "all_orders_link", "tracking_link"),
    *(
        "amount",
        "remaining",
        "announced",
        "contacted",
        "reason",
        "state",
        "step",
        "shipped",
        "note",
    ),
    *("opened", "closed", "deadline", "days_left", "working_days", "clock_name"),
    *("next_step", "next_day", "unfamiliar", "unproven"),
    *("detail", "since", "count", "subjects", "cases"),
}
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
    loader: BaseLoader, *, zone: tzinfo, locale: Locale
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
    environment.filters["day"] = partial(_day, zone=zone, locale=locale)
    environment.filters["money"] = partial(_money, locale=locale)
    environment.filters["relative"] = partial(_relative, locale=locale)
    return environment


def _write(value: object) -> object:
    if value is None:
        raise UndefinedError("a value that is not known was to be written")
    if isinstance(value, str) and not isinstance(value, OwnText):
        return make_inert(value)
    return value


def _day(value: date, *, zone: tzinfo, locale: Locale) -> str:
    """The date, in the person's zone where it is a moment: `Nov 3, 2026`."""
    on = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return format_date(on, "medium", locale=locale)


def _money(value: Money, *, locale: Locale) -> str:
    """The amount as it is written in the person's language: `€12.34`."""
    return format_currency(value.amount, value.currency, locale=locale)


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
