"""What a mail of unproven origin can do to a case that proven mails tell of, wherever it comes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.domain.examples import ORDER, START, PlainCalendar, make_guidance
from unit.domain.strategies import mails
from watcher.domain.clock import CLOCKS, Ending, Terms
from watcher.domain.deadline import deadlines, running
from watcher.domain.due import draw_agenda
from watcher.domain.event import Event
from watcher.domain.life import fold
from watcher.domain.message import Authenticity

CALENDAR = PlainCalendar()
GUIDANCE = make_guidance()


def proven(mail: Event) -> Event:
    """The same, proven."""
    return replace(mail, authenticity=Authenticity.PASS)


proven_mails = mails().map(proven)
early = st.integers(-200, 90).map(lambda days: START + timedelta(days=days))
forged_mails = st.builds(
    lambda mail, at: replace(mail, at=at, authenticity=Authenticity.UNKNOWN, mail="forged"),
    mails(),
    early,
)
histories = st.lists(proven_mails, min_size=1, max_size=6)


@given(histories, forged_mails)
@settings(max_examples=300, deadline=None)
def test_unproven_mail_closes_no_case_and_ends_no_right(
    history: Sequence[Event], forged: Event
) -> None:
    """Before, between or after the proven ones: no right is lost earlier than without it."""
    honest = fold(ORDER, history).case
    if not honest.is_open:
        return
    case = fold(ORDER, [*history, forged]).case
    assert case.is_open
    before = deadlines(honest, Terms(), CALENDAR)
    after = deadlines(case, Terms(), CALENDAR)
    for clock, rule in CLOCKS.items():
        if rule.ending is Ending.FORFEITS and clock in before:
            assert after[clock].lost_day >= before[clock].lost_day


@given(histories, forged_mails, st.integers(0, 200))
@settings(max_examples=300, deadline=None)
def test_unproven_mail_silences_nobody(history: Sequence[Event], forged: Event, days: int) -> None:
    """Where something is asked of the person, something is asked; where a date runs, one does."""
    now = START + timedelta(days=days)
    known = [event for event in history if event.at <= now]
    honest = fold(ORDER, known).case
    if not honest.is_open or forged.at > now:
        return
    case = fold(ORDER, [*known, forged]).case
    assert running(case, Terms(), CALENDAR, now.date())
    asked = [step for step in draw_agenda(honest, GUIDANCE, now).due if not step.rung.aside]
    still = [step for step in draw_agenda(case, GUIDANCE, now).due if not step.rung.aside]
    assert bool(still) >= bool(asked)
