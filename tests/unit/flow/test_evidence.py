"""What is gathered for a bank or a dispute: all of it, once, and nothing that was taken back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START, acted, euros, told
from unit.flow.fakes import FakeChannel, Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.domain.alert import DeliveryOutcome
from watcher.domain.case import State
from watcher.domain.dossier import Dossier
from watcher.domain.event import EventKind
from watcher.domain.letter import Letter
from watcher.flow.evidence import gather
from watcher.flow.ports import Written


def dossier_of(home: Household, *, with_notes: bool = False) -> Dossier:
    """What is known of the order now."""
    with home.store.reading() as books:
        dossier = gather(books, ORDER, home.wording, home.clock(), with_notes=with_notes)
    assert dossier is not None
    return dossier


@pytest.fixture
def owed(home: Household) -> Household:
    """Answer a household with an order that was paid, shipped and closed, and was told of it."""
    home.source.put(
        letter("order_confirmed", at=START - timedelta(days=3)),
        letter("order_shipped", at=START - timedelta(days=2)),
        letter("order_closed"),
    )
    home.live()
    home.clock.forward(hours=2)
    return home


def test_nothing_is_gathered_of_an_order_that_no_mail_spoke_of(home: Household) -> None:
    """There is no empty pack."""
    with home.store.reading() as books:
        assert gather(books, ORDER, home.wording, home.clock()) is None


def test_each_mail_is_there_once_in_the_order_of_what_happened(owed: Household) -> None:
    """With its bytes, its proof and what it said."""
    papers = dossier_of(owed).papers
    assert [paper.kinds for paper in papers] == [
        (EventKind.ORDER_CONFIRMED,),
        (EventKind.ORDER_SHIPPED,),
        (EventKind.ORDER_CLOSED,),
    ]
    assert [paper.mail.content for paper in papers] == [
        letter(kind).content for kind in ("order_confirmed", "order_shipped", "order_closed")
    ]
    assert {paper.mail.authenticity for paper in papers} == {"pass"}


def test_mail_that_speaks_of_other_orders_is_found_out(owed: Household) -> None:
    """Who hands it on, hands on news of those as well."""
    digest = dossier_of(owed).papers[0].mail.digest
    with owed.store.writing() as books:
        books.append(told(EventKind.ORDER_CONFIRMED, order=OTHER_ORDER, mail=digest), owed.clock())
    assert [paper.other_orders for paper in dossier_of(owed).papers] == [1, 0, 0]


def test_every_clock_is_there_and_the_case_as_it_stands(owed: Household) -> None:
    """The earliest last day first."""
    dossier = dossier_of(owed)
    days = [clock.day for clock in dossier.clocks]
    assert dossier.case.state is State.OWED
    assert {"refund", "dispute"} <= {clock.clock.value for clock in dossier.clocks}
    assert days == sorted(days)


class PlainRenderer:
    """Writes letters that say what was known of the case."""

    def render(self, template: str, context: Mapping[str, object]) -> Written:
        """No alert is written in these tests."""
        raise NotImplementedError

    def letter(self, name: str, context: Mapping[str, object]) -> str:
        """The state and the sum, as they were."""
        return f"{name}: {context['state']}, {context['amount']}"

    def letters(self, name: str, context: Mapping[str, object]) -> Letter:
        """No letter is printed in these tests."""
        raise NotImplementedError


def test_letter_is_filled_in_with_what_was_known_before_the_step(home: Household) -> None:
    """What came later, and what the step itself meant for the case, is not in it."""
    with home.store.writing() as books:
        for event in (
            replace(told(EventKind.ORDER_CONFIRMED, days=-2, money=euros("10.00")), mail=None),
            replace(told(EventKind.ORDER_SHIPPED, days=-1), mail=None),
            replace(told(EventKind.ORDER_CLOSED), mail=None),
            acted(EventKind.DISPUTE_OPENED, days=1),
            acted(EventKind.STEP_DONE, days=1, step="open_dispute"),
            replace(told(EventKind.ORDER_CONFIRMED, days=2, money=euros("99.00")), mail=None),
        ):
            books.append(event, home.clock())
    home.wording = replace(home.wording, renderer=PlainRenderer())
    [sent] = dossier_of(home).letters
    assert sent.text == "open_dispute: owed, 10.00 EUR"


def test_letter_stays_what_it_was(owed: Household) -> None:
    """What is done and read afterwards changes nothing in it."""
    owed.acts.do_step(ORDER, "open_dispute", owed.clock())
    first = dossier_of(owed).letters[0]
    owed.clock.forward(days=3)
    owed.source.put(letter("refund_announced", at=owed.clock()))
    owed.poll()
    dossier = dossier_of(owed)
    assert dossier.case.state is State.ANNOUNCED
    assert [one.step for one in dossier.letters] == ["open_dispute"]
    assert dossier.letters[0] == first
    assert ORDER in first.text


def test_step_that_was_taken_back_carries_no_letter(owed: Household) -> None:
    """It stays in the history, marked."""
    owed.acts.do_step(ORDER, "contact_seller", owed.clock())
    assert len(dossier_of(owed).letters) == 1
    owed.clock.forward(minutes=1)
    owed.acts.undo(ORDER, owed.clock())
    dossier = dossier_of(owed)
    assert dossier.letters == ()
    assert [entry.event.kind for entry in dossier.history if entry.taken_back] == [
        EventKind.STEP_DONE
    ]


def test_step_without_a_letter_brings_none(owed: Household) -> None:
    """Not every step is a letter."""
    owed.acts.do_step(ORDER, "check_refund", owed.clock())
    owed.acts.do_step(ORDER, "contact_seller", owed.clock())
    steps = {rung.name for rung in owed.guidance.playbook.rungs if rung.letter}
    assert {one.step for one in dossier_of(owed).letters} <= steps


def test_notes_stay_with_the_person_unless_they_say_so(owed: Household) -> None:
    """They were written for no bank; how many are left out is told to the person."""
    owed.acts.note(ORDER, "the seller is my cousin", owed.clock())
    without, with_them = dossier_of(owed), dossier_of(owed, with_notes=True)
    assert EventKind.NOTE_ADDED not in {entry.event.kind for entry in without.history}
    assert (without.notes, without.notes_left_out) == (0, 1)
    assert with_them.history[-1].event.note == "the seller is my cousin"
    assert (with_them.notes, with_them.notes_left_out) == (1, 0)


def test_event_that_did_not_fit_says_why(owed: Household) -> None:
    """An unproven refund changes nothing, and is not hidden either."""
    owed.source.put(letter("refund_announced", proof="unknown", at=owed.clock()))
    owed.poll()
    last = dossier_of(owed).history[-1]
    assert last.event.kind is EventKind.REFUND_ANNOUNCED
    assert last.changed_nothing is not None


def test_alerts_are_those_that_a_channel_took(store: SqlStore) -> None:
    """With when it did; what no channel took was not told to anybody."""
    phone, slack = FakeChannel("phone"), FakeChannel("slack", answer=DeliveryOutcome.FAILED)
    home = Household(store, phone, slack)
    home.source.put(letter("order_confirmed", at=START), letter("order_closed", at=START))
    home.poll()
    home.tick()
    assert dossier_of(home).alerts == ()
    home.clock.forward(minutes=5)
    home.deliver()
    [alert] = dossier_of(home).alerts
    assert (alert.title, alert.orders) == (phone.sent[0].title, 1)
    assert [(one.channel, one.at) for one in alert.receipts] == [("phone", home.clock())]


def test_the_same_ledger_gives_the_same_dossier(owed: Household) -> None:
    """Equal values, whenever it is asked; only the moment of writing is another."""
    first = dossier_of(owed)
    owed.clock.forward(hours=1)
    assert replace(dossier_of(owed), made_at=first.made_at) == first


def test_every_letter_of_the_shipped_ladder_can_be_part_of_it(owed: Household) -> None:
    """Whatever the person did, their letter is written again."""
    with_letters = [rung.name for rung in owed.guidance.playbook.rungs if rung.letter]
    with owed.store.writing() as books:
        for hours, step in enumerate(with_letters):
            books.append(acted(EventKind.STEP_DONE, days=1 + hours / 24, step=step), owed.clock())
    letters = dossier_of(owed).letters
    assert [one.step for one in letters] == with_letters
    assert all(len(one.text) > 80 for one in letters)
    assert len(with_letters) > 5
