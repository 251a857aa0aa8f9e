"""Any order of any events comes to the same case."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.domain.examples import ORDER, START, acted, make_guidance, told
from unit.domain.strategies import deeds, histories, mails
from watcher.domain.alert import Severity
from watcher.domain.case import DONE_STATES, OPEN_STATES, Rejected
from watcher.domain.due import draw_agenda
from watcher.domain.event import Event, EventKind, Reason, Witness
from watcher.domain.history import chronological, last_act
from watcher.domain.life import apply, fold
from watcher.domain.playbook import CERTAIN, Playbook, Rung, When


@given(histories, st.randoms(use_true_random=False), st.data())
@settings(max_examples=150, deadline=None)
def test_shuffled_and_doubled_events_come_to_the_same_case(
    history: Sequence[Event], random: Random, data: st.DataObject
) -> None:
    """Mails come in any order and more than once; the case is a fold of what happened."""
    shuffled = [
        *history,
        *data.draw(st.lists(st.sampled_from(history)) if history else st.just([])),
    ]
    random.shuffle(shuffled)
    assert fold(ORDER, shuffled) == fold(ORDER, history)
    assert last_act(shuffled) == last_act(history)


@given(histories)
@settings(max_examples=150, deadline=None)
def test_history_is_in_order_of_time_and_complete(history: Sequence[Event]) -> None:
    """Nothing is lost in sorting, and nothing happens before its time."""
    ordered = chronological(history)
    assert set(ordered) == set(history)
    assert [event.at for event in ordered] == sorted(event.at for event in ordered)


def test_person_speaks_after_the_mails_of_the_same_moment() -> None:
    """Whoever acts has read what came."""
    opened = told(EventKind.DISPUTE_OPENED)
    by_hand = acted(EventKind.DISPUTE_OPENED)
    assert chronological([by_hand, opened]) == [opened, by_hand]


@given(histories)
@settings(max_examples=150, deadline=None)
def test_case_is_consistent_after_any_history(history: Sequence[Event]) -> None:
    """Whatever happened: dates that a state needs are there, and no sum is negative."""
    life = fold(ORDER, history)
    case = life.case
    kinds = {event.kind for event in history}
    if case.is_open or case.is_done:
        assert case.opened_at is not None
        assert case.changed_at is not None
    assert (case.ended_at is not None) == case.is_done
    assert case.received >= 0
    if case.remaining is not None and case.amount is not None:
        assert Decimal(0) <= case.remaining.amount <= case.amount.amount
    assert len(life.rejected) <= len(set(history))
    if case.state in DONE_STATES:
        assert kinds & {EventKind.MONEY_RECEIVED, EventKind.CASE_DISMISSED}


@given(histories, mails())
@settings(max_examples=300, deadline=None)
def test_no_unproven_mail_ends_or_shrinks_any_case(history: Sequence[Event], mail: Event) -> None:
    """Nor does any mail but a proven closing of an unpaid order end one, whatever came before."""
    case = fold(ORDER, history).case
    after = apply(case, mail)
    if isinstance(after, Rejected) or not case.is_open:
        return
    if not mail.proven:
        assert after.state in OPEN_STATES
        assert after.announced_at == case.announced_at
        assert case.paid is None or after.paid == case.paid
    elif not after.is_open:
        assert mail.kind in {EventKind.ORDER_CLOSED, EventKind.ORDER_CANCELLED}
        unpaid = any(
            event.kind is EventKind.PAYMENT_PENDING or event.reason is Reason.UNPAID
            for event in history
        )
        completed = any(event.kind is EventKind.ORDER_COMPLETED for event in history)
        assert unpaid or completed


@given(histories)
@settings(max_examples=150, deadline=None)
def test_only_the_person_settles(history: Sequence[Event]) -> None:
    """No number of mails, proven or not, tells that the money is there."""
    case = fold(ORDER, [event for event in history if event.witness is Witness.MAIL]).case
    assert not case.is_done
    assert case.received == 0


AFTER_ALL = START + timedelta(days=91)


@given(histories, deeds())
@settings(max_examples=300, deadline=None)
def test_act_that_is_taken_back_was_never_done(history: Sequence[Event], deed: Event) -> None:
    """Whatever came before it; what did not fit can be taken back as well, and changes nothing."""
    undo = acted(EventKind.ACT_UNDONE, days=92)
    if deed.kind is EventKind.ACT_UNDONE:
        return
    deed = replace(deed, at=AFTER_ALL)
    after = fold(ORDER, [*history, deed, undo])
    assert after.case == fold(ORDER, history).case
    assert deed in after.undone
    assert last_act([*history, deed]) == (deed,)
    assert last_act([*history, deed, undo]) == last_act(history)


@given(histories, deeds(), st.lists(mails(), max_size=3), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_mails_after_an_act_stand_when_it_is_taken_back(
    history: Sequence[Event], deed: Event, later: list[Event], days: int
) -> None:
    """The case is what all mails and all other acts make of it."""
    if deed.kind is EventKind.ACT_UNDONE:
        return
    deed = replace(deed, at=AFTER_ALL)
    later = [replace(mail, at=AFTER_ALL + timedelta(hours=hour)) for hour, mail in enumerate(later)]
    undo = acted(EventKind.ACT_UNDONE, days=92 + days)
    undone = fold(ORDER, [*history, deed, *later, undo])
    assert undone.case == fold(ORDER, [*history, *later]).case


@given(st.lists(st.integers(0, 4), max_size=12))
@settings(max_examples=200, deadline=None)
def test_taking_back_is_a_stack(choices: list[int]) -> None:
    """Each takes the last that stands: notes say which are left."""
    stack: list[str] = []
    events = [told(EventKind.ORDER_CLOSED)]
    for number, choice in enumerate(choices, 1):
        if choice < 2:
            events.append(acted(EventKind.ACT_UNDONE, days=number))
            del stack[-1:]
        else:
            events.append(acted(EventKind.NOTE_ADDED, days=number, note=str(number)))
            stack.append(str(number))
    assert fold(ORDER, events).case.notes == tuple(stack)


@given(histories)
@settings(max_examples=200, deadline=None)
def test_open_case_is_open_for_proven_mails_as_well(history: Sequence[Event]) -> None:
    """No ordinary proven mail falls back behind what opened the case."""
    case = fold(ORDER, history).case
    if case.is_open:
        assert case.firm in OPEN_STATES


@given(histories)
@settings(max_examples=200, deadline=None)
def test_what_every_case_of_a_state_has_is_there(history: Sequence[Event]) -> None:
    """The anchors that keep a ladder from falling silent can be relied on."""
    case = fold(ORDER, history).case
    for anchor in CERTAIN.get(case.state, frozenset()):
        rung = Rung(
            name="step",
            title="step",
            at={case.state: (When(anchor=anchor, days=0),)},
            severity=Severity.NOTICE,
        )
        agenda = draw_agenda(case, make_guidance(playbook=Playbook(rungs=(rung,))), START)
        assert agenda.next is not None, anchor
