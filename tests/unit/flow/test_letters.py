"""Facts of a real case fill every letter and every alert, and none is forgotten."""

from datetime import UTC, timedelta

import pytest

from unit.domain.examples import ORDER, START, acted, case_of, euros, make_guidance, told
from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links
from watcher.adapters.template_language import ABSENT
from watcher.adapters.templates import Renderer
from watcher.domain.event import EventKind
from watcher.domain.message import Authenticity
from watcher.flow.acts import MistakenCall
from watcher.flow.letters import is_timely, write_letter
from watcher.flow.wording import Wording

WORDING = Wording(
    renderer=Renderer(zone=UTC, language="de"),
    guidance=make_guidance(),
    links=load_links(),
    hints=load_hints(),
)
CASE = case_of(
    [
        told(EventKind.ORDER_CONFIRMED, money=euros("12.34")),
        told(EventKind.ORDER_CLOSED, days=5),
        acted(EventKind.STEP_DONE, days=6, step="contact_seller"),
    ]
)
NOW = START + timedelta(days=7)
STEPS = [rung.name for rung in WORDING.guidance.playbook.rungs if rung.letter]


def test_every_fact_that_a_template_may_do_without_is_given() -> None:
    """What stands for a fact that is not given hides no forgotten one."""
    step = WORDING.facts(CASE, NOW) | {"binding": None}
    assert set(ABSENT) <= set(step)


@pytest.mark.parametrize("step", STEPS)
def test_letter_of_a_real_case_is_filled_in_twice(step: str) -> None:
    """Both texts name the order, and what is pasted is what the alert would carry."""
    letter = write_letter(WORDING, CASE, step, NOW)
    assert {letter.language, letter.translation_language} == {"en", "de"}
    assert letter.translation is not None
    assert ORDER in letter.text
    assert ORDER in letter.translation
    rung = WORDING.guidance.playbook.find(step)
    assert rung is not None
    assert rung.letter is not None
    assert WORDING.letter(CASE, rung.letter, NOW) == letter.text


def test_reminder_says_when_the_seller_was_asked() -> None:
    """What the person did is in the letters that follow."""
    assert "on November 9, 2026" in write_letter(WORDING, CASE, "remind_seller", NOW).text


def test_help_centre_that_was_asked_is_no_dispute() -> None:
    """The complaint names what was done, and nothing else."""
    asked = case_of(
        [
            told(EventKind.ORDER_CONFIRMED, money=euros("12.34")),
            told(EventKind.ORDER_CLOSED, days=5),
            acted(EventKind.STEP_DONE, days=30, step="ask_help_centre"),
        ]
    )
    text = write_letter(WORDING, asked, "file_complaint", START + timedelta(days=40)).text
    assert "I asked your help centre on December 3, 2026 without result." in text
    assert "dispute" not in text


def test_order_in_dispute_that_was_never_closed_is_not_called_closed() -> None:
    """A dispute about a parcel that came is about the money alone."""
    disputed = case_of(
        [
            told(EventKind.ORDER_CONFIRMED, money=euros("12.34")),
            told(EventKind.ORDER_DELIVERED, days=5),
            told(EventKind.DISPUTE_OPENED, days=6),
            told(EventKind.DISPUTE_UPDATED, days=8),
        ]
    )
    for step in STEPS:
        text = write_letter(WORDING, disputed, step, START + timedelta(days=9)).text
        assert "closed" not in text, step
        assert "goods" not in text, step


def test_day_of_payment_that_nobody_proved_stands_in_no_letter() -> None:
    """A forged confirmation does not get its day into a claim to a bank."""
    closed = told(EventKind.ORDER_CLOSED, days=5)
    for proof, stands in ((Authenticity.UNKNOWN, False), (Authenticity.PASS, True)):
        bought = told(EventKind.ORDER_CONFIRMED, money=euros("12.34"), proof=proof)
        case = case_of([bought, closed, acted(EventKind.STEP_DONE, days=6, step="contact_seller")])
        text = write_letter(WORDING, case, "open_dispute", NOW).text
        assert ("on November 3, 2026" in text) == stands


def test_letter_that_does_not_fit_the_case_now_is_known() -> None:
    """A refund that nobody announced is not traced."""
    assert not is_timely(WORDING, CASE, "trace_refund")
    assert is_timely(WORDING, CASE, "contact_seller")


@pytest.mark.parametrize("step", ["watch_refund", "dance"])
def test_step_without_a_letter_is_answered_with_those_that_have_one(step: str) -> None:
    """The names to type stand in the answer."""
    with pytest.raises(MistakenCall, match="contact_seller"):
        write_letter(WORDING, CASE, step, NOW)
