"""The data that decisions and words are made from, shipped and the person's own."""

from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from pathlib import Path

from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links, load_playbook
from watcher.adapters.templates import Renderer
from watcher.adapters.working_days import HolidayCalendar
from watcher.domain.clock import Terms
from watcher.domain.due import Guidance
from watcher.domain.errors import Problem
from watcher.domain.playbook import Playbook
from watcher.flow.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the settings say of days, words and the ladder."""

    zone: tzinfo
    language: str
    terms: Terms
    holidays: tuple[str, ...]
    overrides: Path | None
    """The folder of the settings: the person's own playbook, links, hints and templates."""


def make_wording(outlook: Outlook) -> Wording:
    """Load the ladder, the links and the templates.

    Raises:
        UserError: a file of the person's own is wrong; with every problem of that file.

    """
    overrides = outlook.overrides
    renderer = Renderer(
        zone=outlook.zone,
        language=outlook.language,
        overrides=overrides / "templates" if overrides else None,
    )
    guidance = Guidance(
        playbook=load_playbook(overrides, partial(_missing_words, renderer)),
        terms=outlook.terms,
        calendar=HolidayCalendar(outlook.holidays, outlook.zone),
    )
    return Wording(
        renderer=renderer,
        guidance=guidance,
        links=load_links(overrides),
        hints=load_hints(overrides),
    )


def _missing_words(renderer: Renderer, playbook: Playbook) -> list[Problem]:
    """The steps without words, which would fail on the day they are due."""
    problems = [
        Problem(
            place=f"playbook.toml: step.{rung.name}",
            what=f"no template {rung.name}.txt.j2",
            fix=f"write templates/{rung.name}.txt.j2 beside the settings",
        )
        for rung in playbook.rungs
        if not renderer.has_alert(rung.name)
    ]
    problems += [
        Problem(
            place=f"playbook.toml: step.{rung.name}.letter",
            what=f"no letter {rung.letter}.txt.j2",
            fix=f"write templates/letters/{rung.letter}.txt.j2 beside the settings",
        )
        for rung in playbook.rungs
        if rung.letter and not renderer.has_letter(rung.letter)
    ]
    return problems
