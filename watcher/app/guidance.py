"""The data that decisions and words are made from, shipped and the person's own."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links, load_playbook
from watcher.adapters.templates import Renderer
from watcher.adapters.working_days import HolidayCalendar
from watcher.domain.deadline import Terms
from watcher.domain.due import Guidance
from watcher.domain.errors import Problem, UserError
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
    guidance = Guidance(
        playbook=load_playbook(overrides),
        terms=outlook.terms,
        calendar=HolidayCalendar(outlook.holidays, outlook.zone),
    )
    renderer = Renderer(
        zone=outlook.zone,
        language=outlook.language,
        overrides=overrides / "templates" if overrides else None,
    )
    _check_words(guidance.playbook, renderer)
    return Wording(
        renderer=renderer,
        guidance=guidance,
        links=load_links(overrides),
        hints=load_hints(overrides),
    )


def _check_words(playbook: Playbook, renderer: Renderer) -> None:
    """A step without words would fail on the day it is due."""
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
    if problems:
        raise UserError(*problems)
