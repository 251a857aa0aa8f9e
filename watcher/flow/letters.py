"""The letters that go with the steps."""

from datetime import datetime

from watcher.domain.case import Case
from watcher.domain.errors import Problem
from watcher.domain.letter import Letter
from watcher.domain.playbook import Rung
from watcher.flow.acts import MistakenCall
from watcher.flow.wording import Wording


def write_letter(wording: Wording, case: Case, step: str, now: datetime) -> Letter:
    """The letter that goes with `step`, filled in for `case`.

    Raises:
        MistakenCall: there is no such step, or no letter goes with it.

    """
    rung = wording.guidance.playbook.find(step)
    if rung is None or rung.letter is None:
        raise _no_letter(step, wording.guidance.playbook.rungs)
    return wording.renderer.letters(rung.letter, wording.facts(case, now))


def is_timely(wording: Wording, case: Case, step: str) -> bool:
    """Whether `step` can be due while the case is in its state; what else it says may not fit."""
    rung = wording.guidance.playbook.find(step)
    return rung is not None and case.state in rung.at and rung.only.fits(case)


def _no_letter(step: str, rungs: tuple[Rung, ...]) -> MistakenCall:
    with_letters = ", ".join(rung.name for rung in rungs if rung.letter)
    return MistakenCall(
        Problem(
            place=f"step {step}",
            what="no letter goes with it",
            fix=f"steps with a letter: {with_letters}",
        )
    )
