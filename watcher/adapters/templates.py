"""Writes what the person reads: alerts and letters, from the shipped templates or their own."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from watcher.adapters.template_check import explain, find_problems
from watcher.adapters.template_language import (
    FALLBACK_LANGUAGE,
    SUFFIX,
    DateStyle,
    OwnText,
    fallbacks,
    find_locale,
    has_language,
    is_our_own,
    make_environment,
    own_loader,
    shipped_loader,
    shipped_names,
    spoken_language,
)
from watcher.domain.errors import Problem, UserError
from watcher.domain.letter import Letter

_CLAIM: Final = "claim_"
"""How the names of letters begin that go to the person's own bank, and not to AliExpress."""

LOG = logging.getLogger(__name__)

# What a template can run into while it is filled in: jinja2's own errors, and Python's from a
# value that is used wrongly. Anything else is a bug of ours.
_FAULTS: Final = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError),
    *(TypeError, ValueError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A text for the person, and what was wrong with their own template, if it was."""

    title: str
    body: str = field(repr=False)
    problem: Problem | None = None
    """Set where the person's own template failed and the shipped one was used instead."""


class Renderer:
    """Fills templates in, in one language and time zone. Knows no clock.

    A person's own folder takes precedence: `LANGUAGE/NAME.txt.j2` in it, then `NAME.txt.j2`;
    letters likewise under `letters/`. A language that is not there falls back to English.
    """

    def __init__(self, *, zone: tzinfo, language: str, overrides: Path | None = None) -> None:
        self._language = language
        self._alerts = _Shelf("templates", overrides, language, zone)
        self._own_letters = overrides / "letters" if overrides else None
        self._letters = _Shelf("letters", self._own_letters, FALLBACK_LANGUAGE, zone, dates="long")
        self._home_letters = _Shelf("letters", self._own_letters, language, zone, dates="long")

    def render(self, template: str, context: Mapping[str, object]) -> Rendered:
        """The alert called `template`: its first line is the title, the rest the body.

        A failing template of the person's own never loses an alert: the shipped one is used,
        the failure is logged and told in `problem`.
        """
        text, problem = self._alerts.fill(template, context)
        title, _, body = text.partition("\n")
        return Rendered(title=title.strip(), body=body.strip(), problem=problem)

    def letter(self, name: str, context: Mapping[str, object]) -> str:
        """The letter called `name`, as it is pasted: for the seller or AliExpress in English.

        One called `claim_...` goes to the person's own bank, so it is in their language where
        there is such a text. A failing letter of the person's own is replaced by the shipped
        one, and logged.
        """
        return self.letters(name, context).text

    def letters(self, name: str, context: Mapping[str, object]) -> Letter:
        """The letter called `name` to paste, and beside it the same in the other language.

        The other language is the person's; for their own bank it is English.
        """
        english = self._letters.fill(name, context)[0]
        language = spoken_language("letters", name, self._language, self._own_letters)
        if language is None:
            return Letter(text=english, language=FALLBACK_LANGUAGE)
        own = self._home_letters.fill(name, context)[0]
        if name.startswith(_CLAIM):
            return Letter(
                text=own,
                language=language,
                translation=english,
                translation_language=FALLBACK_LANGUAGE,
            )
        return Letter(
            text=english,
            language=FALLBACK_LANGUAGE,
            translation=own,
            translation_language=language,
        )

    def has_alert(self, name: str) -> bool:
        """Whether there is a template for the alert called `name`."""
        return self._alerts.has(name)

    def has_letter(self, name: str) -> bool:
        """Whether there is a letter called `name`."""
        return self._letters.has(name)

    def check(self, *, alerts: Sequence[str] = (), letters: Sequence[str] = ()) -> None:
        """Check the person's own templates and letters.

        `alerts` and `letters` are names in use beside the shipped ones: those of own steps.

        Raises:
            UserError: with every problem: file, line, what is wrong, the nearest known name.

        """
        problems = (*self._alerts.problems(alerts), *self._letters.problems(letters))
        if problems:
            raise UserError(*problems)


class _Shelf:
    """The templates of one kind: the shipped ones, and the person's own before them."""

    def __init__(
        self,
        kind: str,
        folder: Path | None,
        language: str,
        zone: tzinfo,
        *,
        dates: DateStyle = "medium",
    ) -> None:
        self._kind = kind
        self._folder = folder
        languages = fallbacks(language)
        # Dates and amounts in the language of the words around them.
        spoken = has_language(kind, language, folder)
        locale = find_locale(language if spoken else FALLBACK_LANGUAGE)
        make = partial(make_environment, zone=zone, locale=locale, dates=dates)
        self._shipped = make(shipped_loader(kind, languages))
        self._own = make(own_loader(folder, kind, languages)) if folder else None

    def fill(self, name: str, context: Mapping[str, object]) -> tuple[str, Problem | None]:
        if self._own is None:
            return _fill(self._shipped, name, context), None
        try:
            return _fill(self._own, name, context), None
        except _FAULTS as error:
            text = _fill(self._shipped, name, context)  # fails too where the fault is not theirs
            problem = explain(error, name)
            LOG.warning("template_failed place=%r what=%r", problem.place, problem.what)
            return text, problem

    def has(self, name: str) -> bool:
        try:
            (self._own or self._shipped).get_template(name + SUFFIX)
        except TemplateNotFound as error:
            return error.name != name + SUFFIX
        except TemplateSyntaxError:
            return True  # there, though broken: the shipped one is used
        return True

    def problems(self, used: Sequence[str]) -> tuple[Problem, ...]:
        if self._folder is None or self._own is None:
            return ()
        skipped = "letters" if self._kind == "templates" else None
        return tuple(
            find_problems(
                self._own,
                self._folder,
                known=sorted({*shipped_names(self._kind), *used}),
                skipped=skipped,
            )
        )


def _fill(
    environment: ImmutableSandboxedEnvironment, name: str, context: Mapping[str, object]
) -> str:
    marked = {key: _mark(key, value) for key, value in context.items()}
    text = environment.get_template(name + SUFFIX).render(marked).strip()
    if not text:
        raise TemplateError("the text is empty")
    lines: list[str] = []
    for line in map(str.rstrip, text.splitlines()):
        if line or lines[-1]:  # no two empty lines in a row, whatever the conditions left out
            lines.append(line)
    return "\n".join(lines)


def _mark(key: str, value: object) -> object:
    """`value` with the texts of our own making in it marked as such, by their names."""
    match value:
        case str() if is_our_own(key):
            return OwnText(value)
        case dict():
            return {name: _mark(str(name), each) for name, each in value.items()}
        case list():
            return [_mark(key, each) for each in value]
        case _:
            return value
