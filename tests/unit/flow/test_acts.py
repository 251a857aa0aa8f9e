"""What the person does is checked, kept, and takes effect at once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START
from unit.flow.fakes import Household, letter
from watcher.domain.case import Case, State
from watcher.domain.event import EventKind, Method
from watcher.domain.life import fold
from watcher.domain.money import Money
from watcher.flow.acts import NO_CURRENCY, MistakenCall


def case_in(home: Household) -> Case:
    """The order's case as the ledger has it."""
    with home.store.reading() as books:
        return fold(ORDER, books.events(ORDER)).case


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


# --- Paid by


def test_way_of_payment_also_answers_whether_it_was_paid(asked: Household) -> None:
    """Who says how they paid is not asked any more whether they did."""
    assert asked.phone.titles == [f"Order {ORDER} closed: did you pay for it?"]
    case = asked.acts.pay(ORDER, Method.PAYPAL, START - timedelta(days=9), asked.clock())
    assert (case.state, case.method) == (State.OWED, Method.PAYPAL)
    assert case.paid_at == START - timedelta(days=9)
    asked.live()
    assert asked.phone.titles[1:] == [f"Order {ORDER} closed: your money is due back"]


def test_day_of_payment_need_not_be_known(asked: Household) -> None:
    """The method alone is worth knowing."""
    case = asked.acts.pay(ORDER, Method.CARD, None, asked.clock())
    assert (case.method, case.paid_at) == (Method.CARD, None)


def test_payment_in_the_future_is_refused(asked: Household) -> None:
    """A slip of the keyboard would give the bank's claim days that it has not."""
    with pytest.raises(MistakenCall, match=r"--on: 2026-11-05 has not come yet"):
        asked.acts.pay(ORDER, Method.CARD, START + timedelta(days=2), asked.clock())
    with pytest.raises(MistakenCall, match="no mail spoke"):
        asked.acts.pay(OTHER_ORDER, Method.CARD, None, asked.clock())


# --- Undo


def test_last_act_is_taken_back_and_told(asked: Household) -> None:
    """What was taken back is answered, and the case is looked at anew."""
    before = case_in(asked)
    asked.acts.receive(ORDER, None, asked.clock())
    (taken,) = asked.acts.undo(ORDER, asked.clock())
    assert taken.kind is EventKind.MONEY_RECEIVED
    assert case_in(asked) == before
    with asked.store.reading() as books:
        assert books.orders_to_look_at(asked.clock(), 9) == [ORDER]


def test_undoing_twice_takes_back_two_acts(asked: Household) -> None:
    """Acts of the same second are acts of their own."""
    before = case_in(asked)
    asked.acts.note(ORDER, "first", asked.clock())
    asked.acts.note(ORDER, "second", asked.clock())
    assert [event.note for event in asked.acts.undo(ORDER, asked.clock())] == ["second"]
    assert [event.note for event in asked.acts.undo(ORDER, asked.clock())] == ["first"]
    assert case_in(asked) == before


def test_step_that_means_something_is_taken_back_whole(asked: Household) -> None:
    """The step and what it recorded are one act."""
    before = case_in(asked)
    assert asked.acts.do_step(ORDER, "check_payment", asked.clock()).state is State.OWED
    taken = asked.acts.undo(ORDER, asked.clock())
    assert {event.kind for event in taken} == {EventKind.STEP_DONE, EventKind.ORDER_CONFIRMED}
    assert case_in(asked) == before


def test_act_before_the_last_mail_can_be_taken_back(asked: Household) -> None:
    """The mail stays, the word goes: what it told is read as if nothing had been said."""
    asked.acts.dismiss(ORDER, asked.clock())
    asked.clock.forward(hours=1)
    asked.source.put(letter("delivery_update", at=asked.clock()))
    asked.live()
    asked.clock.forward(hours=1)
    asked.acts.undo(ORDER, asked.clock())
    assert case_in(asked).state is State.OWED


def test_nothing_to_undo_is_said(asked: Household) -> None:
    """With what could have been; and a mistyped number is another mistake."""
    with pytest.raises(MistakenCall, match=r"nothing to undo\n.*did, received"):
        asked.acts.undo(ORDER, asked.clock())
    asked.acts.note(ORDER, "x", asked.clock())
    asked.acts.undo(ORDER, asked.clock())
    with pytest.raises(MistakenCall, match="nothing to undo"):
        asked.acts.undo(ORDER, asked.clock())
    with pytest.raises(MistakenCall, match="no mail spoke"):
        asked.acts.undo(OTHER_ORDER, asked.clock())


def test_acts_follow_what_is_known_though_the_clock_was_set_back(home: Household) -> None:
    """The person has read the mail, though its time has not come any more."""
    home.clock.forward(minutes=5)
    home.source.put(letter("order_closed", at=home.clock()))
    home.live()
    home.acts.note(ORDER, "x", START)
    home.acts.note(ORDER, "y", START)
    with home.store.reading() as books:
        first, second = (event.at for event in books.events(ORDER)[-2:])
    assert START + timedelta(minutes=5) < first < second
    assert [event.note for event in home.acts.undo(ORDER, START)] == ["y"]


# --- Snooze


@pytest.fixture
def shipped(home: Household) -> Household:
    """Answer a household whose shipped order was closed: the dispute's last day is the 18th."""
    for kind in ("order_confirmed", "order_shipped", "order_closed"):
        home.source.put(letter(kind))
    home.live()
    return home


def test_snooze_past_a_date_that_binds_is_refused_with_what_would_be_lost(
    shipped: Household,
) -> None:
    """The date, the clock, its meaning, and how far one can go."""
    with pytest.raises(MistakenCall) as refused:
        shipped.acts.snooze(ORDER, START + timedelta(days=16), shipped.clock())
    assert str(refused.value) == (
        f"order {ORDER}: 2026-11-19 is after 2026-11-18, where the dispute clock ends. "
        "After it no dispute can be opened for this order.\n"
        "    fix: snooze to 2026-11-18 at the latest, or add --force"
    )
    assert case_in(shipped).snoozed_until is None


def test_snooze_to_the_binding_day_itself_is_fine(shipped: Household) -> None:
    """There is still a day to act on."""
    until = START + timedelta(days=15)
    assert shipped.acts.snooze(ORDER, until, shipped.clock()).snoozed_until == until


def test_first_of_the_dates_that_would_pass_is_named(shipped: Household) -> None:
    """Though three would."""
    with pytest.raises(MistakenCall, match="where the dispute clock ends"):
        shipped.acts.snooze(ORDER, START + timedelta(days=300), shipped.clock())


def test_forced_snooze_passes_every_date(shipped: Household) -> None:
    """The person has been told, and it is their money."""
    until = START + timedelta(days=300)
    case = shipped.acts.snooze(ORDER, until, shipped.clock(), force=True)
    assert case.snoozed_until == until


def test_date_that_has_passed_binds_no_snooze(shipped: Household) -> None:
    """The dispute is lost, the refund overdue: only what is still to come is in the way."""
    shipped.clock.forward(days=40)
    until = shipped.clock() + timedelta(days=30)
    assert shipped.acts.snooze(ORDER, until, shipped.clock()).snoozed_until == until
    with pytest.raises(MistakenCall, match="where the chargeback clock ends"):
        shipped.acts.snooze(ORDER, START + timedelta(days=121), shipped.clock())


def test_snooze_of_an_unknown_or_ended_order_is_refused(asked: Household) -> None:
    """There is nothing to put off."""
    until = asked.clock() + timedelta(days=1)
    with pytest.raises(MistakenCall, match="no mail spoke"):
        asked.acts.snooze(OTHER_ORDER, until, asked.clock())
    asked.acts.dismiss(ORDER, asked.clock())
    with pytest.raises(MistakenCall, match="dismissed"):
        asked.acts.snooze(ORDER, until, asked.clock())


def test_parcel_that_turns_up_during_a_pause_has_its_dispute_told_in_time(
    asked: Household,
) -> None:
    """Put off to day 24; on day 2 a mail tells of a parcel, and the dispute is lost on day 15."""
    asked.acts.pay(ORDER, Method.CARD, None, asked.clock())
    asked.live()
    asked.acts.snooze(ORDER, START + timedelta(days=24), asked.clock())
    asked.clock.forward(days=2)
    asked.source.put(letter("order_shipped", at=asked.clock()))
    told = len(asked.phone.titles)
    for _ in range(7):
        asked.live()
        asked.clock.forward(days=1)
    assert asked.phone.titles[told:] == []
    for _ in range(3):
        asked.live()
        asked.clock.forward(days=1)
    [title] = asked.phone.titles[told:]
    assert "dispute" in title
