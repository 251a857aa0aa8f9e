"""The ladder as a value."""

from datetime import time

import pytest

from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.playbook import Anchor, Playbook, Rung, When


def rung(name: str, *states: State, repeat: int | None = 7, aside: bool = False) -> Rung:
    """A step that is due at once in each of `states`."""
    return Rung(
        name=name,
        title=name,
        at={state: When(anchor=Anchor.OPENED, days=0) for state in states},
        severity=Severity.ACTION,
        repeat_days=repeat,
        aside=aside,
    )


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("closed +0d", When(anchor=Anchor.CLOSED, days=0)),
        ("refund -3wd", When(anchor=Anchor.REFUND, days=-3, working=True)),
        ("unproven_refund +12d", When(anchor=Anchor.UNPROVEN_REFUND, days=12)),
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


def test_unknown_anchor_is_refused_with_the_known_ones() -> None:
    """The person sees what there is to count from."""
    with pytest.raises(ValueError, match=r"'opening' is no anchor; known: .*closed.*refund"):
        When.parse("opening +3d")


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
