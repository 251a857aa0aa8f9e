"""The ladder as a value."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from unit.domain.examples import acted, case_of, euros, told
from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.event import EventKind, Method, Reason
from watcher.domain.playbook import (
    CERTAIN,
    Anchor,
    Condition,
    Done,
    Playbook,
    Rung,
    When,
)


def rung(name: str, *states: State, repeat: int | None = 7, aside: bool = False) -> Rung:
    """A step that is due at once in each of `states`."""
    return Rung(
        name=name,
        title=name,
        at={state: (When(anchor=Anchor.OPENED, days=0),) for state in states},
        severity=Severity.ACTION,
        repeat_days=repeat,
        aside=aside,
    )


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("closed +0d", When(anchor=Anchor.CLOSED, days=0)),
        ("refund -3wd", When(anchor=Anchor.REFUND, days=-3, working=True)),
        ("claimed +12d", When(anchor=Anchor.CLAIMED, days=12)),
    ],
)
def test_times_are_read_and_written_alike(text: str, when: When) -> None:
    """What the file says is what the commands show."""
    assert When.parse(text) == when
    assert str(when) == text


@pytest.mark.parametrize("text", ["", "closed", "closed 3d", "closed +3w", "closed + 3d", "+3d"])
def test_time_of_another_form_is_refused_with_an_example(text: str) -> None:
    """The message shows what was expected."""
    with pytest.raises(ValueError, match="refund -3wd"):
        When.parse(text)


def test_step_counts_as_an_anchor_by_its_name() -> None:
    """What is no anchor is a step's name, and what is no step's either is found."""
    when = When.parse("a +3d")
    assert when == When(anchor=Done(step="a"), days=3)
    assert str(when) == "a +3d"
    first = rung("a", State.OWED)
    after = replace(rung("b", State.OWED), at={State.OWED: (when, When.parse("opening +3d"))})
    assert list(Playbook(rungs=(first, after)).unknown_anchors()) == [(after, "opening")]
    itself = replace(first, at={State.OWED: (when,)})
    assert list(Playbook(rungs=(itself,)).unknown_anchors()) == [(itself, "a")]


def test_step_is_found_by_name() -> None:
    """As the command line names it."""
    playbook = Playbook(rungs=(rung("a", State.OWED), rung("b", State.OWED)))
    found = playbook.find("b")
    assert found is not None
    assert found.name == "b"
    assert playbook.find("c") is None
    assert playbook.hour == time(9)


def test_states_in_which_no_step_repeats_are_silent() -> None:
    """A ladder must not end while money is at stake; a remark made once does not count."""
    everywhere = rung("a", *OPEN_STATES)
    assert Playbook(rungs=(everywhere,)).silent_states() == ()
    once = rung("once", State.OWED, repeat=None)
    remark = rung("remark", State.DISPUTED, aside=True)
    asked = rung("asked", State.ASKING)
    silent = Playbook(rungs=(once, remark, asked)).silent_states()
    assert set(silent) == {State.OWED, State.DISPUTED, State.ANNOUNCED}


def seen_everywhere(*anchors: Anchor, only: Condition | None = None) -> Rung:
    """A step that repeats in every open state, counted from the first of `anchors`."""
    whens = tuple(When(anchor=anchor, days=1) for anchor in anchors)
    step = replace(rung("a", State.OWED), at=dict.fromkeys(OPEN_STATES, whens))
    return step if only is None else replace(step, only=only)


@pytest.mark.parametrize(
    "step",
    [
        seen_everywhere(Anchor.OPENED, only=Condition(shipped=True)),
        seen_everywhere(Anchor.OPENED, only=Condition(reasons=frozenset({Reason.CUSTOMS}))),
        seen_everywhere(Anchor.OPENED, only=Condition(methods=frozenset({Method.CARD}))),
        seen_everywhere(Anchor.OPENED, only=Condition(amount_at_least=Decimal(1))),
        seen_everywhere(Anchor.OPENED, only=Condition(short=False)),
        seen_everywhere(Anchor.DISPUTE),
        seen_everywhere(Anchor.FROZEN, Anchor.CHARGEBACK),
        replace(seen_everywhere(Anchor.OPENED), within_days=99),
        replace(seen_everywhere(Anchor.OPENED), at={State.OWED: (When.parse("b +1d"),)}),
    ],
    ids=[
        "shipped",
        "reason",
        "method",
        "amount",
        "short",
        "dispute",
        "frozen",
        "within",
        "a step done",
    ],
)
def test_step_that_some_cases_never_see_keeps_no_state_from_silence(step: Rung) -> None:
    """What is for some cases, for a while, or waits for what may never be, is not enough."""
    assert set(Playbook(rungs=(step,)).silent_states()) == OPEN_STATES


def test_two_steps_together_can_keep_a_state_from_silence() -> None:
    """One for the orders that were shipped, one for the others; of several times one is certain."""
    shipped = seen_everywhere(Anchor.DISPUTE, Anchor.OPENED, only=Condition(shipped=True))
    other = seen_everywhere(Anchor.CLOSED, only=Condition(shipped=False))
    assert Playbook(rungs=(shipped, other)).silent_states() == ()


def test_every_open_state_has_certain_anchors() -> None:
    """What every case of the state has been through, and no word of another state."""
    assert set(CERTAIN) == OPEN_STATES
    assert all(Anchor.OPENED in anchors for anchors in CERTAIN.values())


# --- For which cases

OWED = [told(EventKind.ORDER_CONFIRMED, money=euros("25")), told(EventKind.ORDER_CLOSED, days=9)]


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        (Condition(), True),
        (Condition(shipped=False), True),
        (Condition(shipped=True), False),
        (Condition(reasons=frozenset({Reason.SELLER})), False),
        (Condition(methods=frozenset({Method.CARD})), False),
        (Condition(amount_at_least=Decimal("25.00")), True),
        (Condition(amount_at_least=Decimal("25.01")), False),
    ],
)
def test_condition_is_about_what_is_known(condition: Condition, fits: bool) -> None:
    """A reason or a method that nobody named fits no step that asks for one."""
    assert condition.fits(case_of(OWED)) is fits


def test_condition_fits_once_everything_of_it_is_known() -> None:
    """Shipped, cancelled by customs, paid by card: all of it must hold."""
    condition = Condition(
        shipped=True,
        reasons=frozenset({Reason.CUSTOMS, Reason.SELLER}),
        methods=frozenset({Method.CARD}),
    )
    way = [
        told(EventKind.ORDER_SHIPPED),
        told(EventKind.ORDER_CANCELLED, days=1, reason=Reason.CUSTOMS),
        acted(EventKind.PAYMENT_TOLD, days=2, method=Method.CARD),
    ]
    assert condition.fits(case_of(way))
    for left_out in range(3):
        assert not condition.fits(case_of([*way[:left_out], *way[left_out + 1 :]]))
    paypal = acted(EventKind.PAYMENT_TOLD, days=3, method=Method.PAYPAL)
    assert not condition.fits(case_of([*way, paypal]))


def test_amount_is_what_is_still_missing() -> None:
    """Ten of twenty-five came: a step for twenty is not worth it any more."""
    condition = Condition(amount_at_least=Decimal(20))
    part = acted(EventKind.MONEY_RECEIVED, days=10, money=euros("10"))
    assert condition.fits(case_of(OWED))
    assert not condition.fits(case_of([*OWED, part]))


def test_amount_that_no_mail_named_may_be_large() -> None:
    """No step is left out for want of a number."""
    assert Condition(amount_at_least=Decimal(999)).fits(case_of([told(EventKind.ORDER_CLOSED)]))


def test_refund_that_falls_short_is_a_condition_of_its_own() -> None:
    """Ten of twenty-five announced fit the step for it; all of it, or nothing yet, does not."""
    short = Condition(short=True)
    for amount, fits in (("10", True), ("25", False)):
        announced = told(EventKind.REFUND_ANNOUNCED, days=10, money=euros(amount))
        assert short.fits(case_of([*OWED, announced])) is fits
        assert Condition(short=False).fits(case_of([*OWED, announced])) is not fits
    assert not short.fits(case_of(OWED))
