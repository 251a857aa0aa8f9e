"""What the person does is checked, kept, and takes effect at once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START
from unit.flow.fakes import Household, letter
from watcher.domain.case import State
from watcher.domain.event import EventKind
from watcher.domain.money import Money
from watcher.flow.acts import NO_CURRENCY, MistakenCall


@pytest.fixture
def asked(home: Household) -> Household:
    """Answer a household that was asked whether a closed order was paid."""
    home.source.put(letter("order_closed"))
    home.live()
    home.clock.forward(hours=1)
    return home


def test_done_step_is_kept_and_looked_at_at_once(asked: Household) -> None:
    """The daemon beside takes notice with its next tick."""
    asked.acts.do_step(ORDER, "contact_seller", asked.clock())
    with asked.store.reading() as books:
        assert books.events(ORDER)[-1].step == "contact_seller"
        assert books.orders_to_look_at(asked.clock(), 9) == [ORDER]


def test_step_that_means_something_moves_the_case(asked: Household) -> None:
    """That it was paid makes it money that is owed; opening the dispute makes it a dispute."""
    assert asked.acts.do_step(ORDER, "check_payment", asked.clock()).state is State.OWED
    asked.clock.forward(hours=1)
    assert asked.acts.do_step(ORDER, "open_dispute", asked.clock()).state is State.DISPUTED


def test_unknown_step_is_refused_with_the_known_ones(asked: Household) -> None:
    """A slip of the keyboard changes nothing."""
    with pytest.raises(MistakenCall, match="contact_seller"):
        asked.acts.do_step(ORDER, "contact_sellr", asked.clock())


def test_unknown_order_is_refused(asked: Household) -> None:
    """A mistyped number opens no case."""
    for act in (asked.acts.dismiss, asked.acts.reopen):
        with pytest.raises(MistakenCall, match="no mail spoke"):
            act(OTHER_ORDER, asked.clock())
    with pytest.raises(MistakenCall, match="no mail spoke"):
        asked.acts.receive(OTHER_ORDER, Decimal(1), asked.clock())
    with asked.store.reading() as books:
        assert books.orders() == [ORDER]


def test_act_that_does_not_fit_is_refused_whole(asked: Household) -> None:
    """The step is not noted where its meaning does not fit."""
    asked.acts.receive(ORDER, None, asked.clock())
    with pytest.raises(MistakenCall, match="settled"):
        asked.acts.do_step(ORDER, "open_dispute", asked.clock())
    with pytest.raises(MistakenCall, match="settled"):
        asked.acts.dismiss(ORDER, asked.clock())
    with asked.store.reading() as books:
        assert books.events(ORDER)[-1].kind is EventKind.MONEY_RECEIVED


def test_step_is_not_noted_where_what_it_means_does_not_fit(home: Household) -> None:
    """Two events or none: the order is shipped and cannot be confirmed once more by hand."""
    home.source.put(letter("order_completed"))
    home.live()
    with pytest.raises(MistakenCall):
        home.acts.do_step(ORDER, "check_payment", home.clock())
    with home.store.reading() as books:
        assert len(books.events(ORDER)) == 1


def test_sum_without_a_known_currency_is_kept_as_such(asked: Household) -> None:
    """No mail named a currency, and none is invented."""
    asked.acts.receive(ORDER, Decimal("3.50"), asked.clock())
    with asked.store.reading() as books:
        money = books.events(ORDER)[-1].money
    assert money == Money(amount=Decimal("3.50"), currency=NO_CURRENCY)


def test_snooze_into_the_past_is_refused(asked: Household) -> None:
    """It would be no pause at all."""
    with pytest.raises(MistakenCall, match="2026-11-02 is past"):
        asked.acts.snooze(ORDER, START - timedelta(days=1), asked.clock())


def test_dismissed_case_can_be_reopened(asked: Household) -> None:
    """And its first step is told again."""
    assert asked.acts.dismiss(ORDER, asked.clock()).state is State.DISMISSED
    asked.clock.forward(hours=1)
    assert asked.acts.reopen(ORDER, asked.clock()).state is State.OWED
    assert asked.live() == 1


def test_note_is_kept_with_the_case(asked: Household) -> None:
    """And changes nothing else."""
    case = asked.acts.note(ORDER, "asked in the chat", asked.clock())
    assert case.notes == ("asked in the chat",)
    assert case.state is State.ASKING
    assert asked.live() == 0
