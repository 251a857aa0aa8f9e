"""Stored mails through today's rules: planned first, applied on demand, nothing alerted twice."""

from dataclasses import replace

import pytest

from unit.domain.examples import ORDER, START
from unit.flow.fakes import FakeReader, Household, letter
from watcher.domain.case import State
from watcher.domain.errors import UnreadableMail
from watcher.domain.life import fold
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.reading import Outcome, Reading
from watcher.flow.replay import Change, Replay


class Yesterday:
    """The rules before a correction: they do not know one wording, or break on it."""

    def __init__(self, *, unknown: str = "", broken: str = "", proof: str = "") -> None:
        self._unknown, self._broken, self._proof = unknown, broken, proof

    def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
        """Read as `FakeReader`, but for what is not known."""
        message, reading = FakeReader()(mail)
        if self._broken and self._broken in message.subject:
            raise UnreadableMail("broken")
        if self._proof:
            message = replace(message, authenticity=Authenticity(self._proof))
        if self._unknown and self._unknown in message.subject:
            return message, Reading(outcome=Outcome.UNRECOGNISED)
        return message, reading


def take_in(home: Household, reader: Yesterday) -> None:
    """Read the mailbox by yesterday's rules, decide and deliver."""
    home.intake = replace(home.intake, reader=reader)
    home.live()


def replay(home: Household, *, apply: bool) -> list[Change]:
    """Plan by today's rules, and apply the plan."""
    again = Replay(store=home.store, readers={"home": FakeReader()})
    changes = list(again.plan())
    for change in changes if apply else ():
        again.apply(change, home.clock())
    return changes


def state_of(home: Household) -> State:
    """The order's state, from the ledger."""
    with home.store.reading() as books:
        return fold(ORDER, books.events(ORDER)).case.state


def test_plan_writes_nothing(home: Household) -> None:
    """What would change is shown, and stays as it is."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    take_in(home, Yesterday(unknown="order_closed"))
    [change] = replay(home, apply=False)
    assert change.before.outcome is Outcome.UNRECOGNISED
    assert change.after.outcome is Outcome.RECOGNISED
    assert state_of(home) is State.ORDERED


def test_corrected_rule_opens_the_case_and_a_second_replay_finds_nothing(home: Household) -> None:
    """The closing that nobody understood is told now, once."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    take_in(home, Yesterday(unknown="order_closed"))
    home.clock.forward(hours=30)
    replay(home, apply=True)
    home.live()
    assert state_of(home) is State.OWED
    assert sum(ORDER in alert.title for alert in home.phone.sent) == 1
    assert replay(home, apply=True) == []


def test_replay_alerts_nothing_twice(home: Household) -> None:
    """Mails that are read as before, or better proven, leave what was said alone."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    take_in(home, Yesterday(proof="unknown"))
    told = len(home.phone.sent)
    changes = replay(home, apply=True)
    home.live()
    assert len(changes) == 2
    assert len(home.phone.sent) == told
    with home.store.reading() as books:
        assert fold(ORDER, books.events(ORDER)).case.authenticity is Authenticity.PASS


def test_proof_that_was_seen_does_not_lapse(home: Household) -> None:
    """Signing keys are changed; the mail was proven when it came."""
    home.source.put(letter("order_closed"))
    home.live()
    again = Replay(store=home.store, readers={"home": Yesterday(proof="unknown")})
    assert list(again.plan()) == []


def test_mail_that_was_set_aside_is_read_once_it_can_be(home: Household) -> None:
    """It takes its place among the mails, and its record of failure is gone."""
    home.source.put(letter("order_closed"))
    take_in(home, Yesterday(broken="order_closed"))
    replay(home, apply=True)
    assert state_of(home) is State.ASKING
    with home.store.reading() as books:
        assert books.unrecognised() == []
        assert books.count_mails() == {"recognised": 1}


def test_mail_that_breaks_the_parser_today_keeps_what_it_said(home: Household) -> None:
    """A new bug must not unsay what was understood."""
    home.source.put(letter("order_closed"))
    home.live()
    again = Replay(store=home.store, readers={"home": Yesterday(broken="order_closed")})
    assert list(again.plan()) == []


@pytest.mark.parametrize("days", [0, 2])
def test_only_mails_since_a_day_are_read(home: Household, days: int) -> None:
    """`--since` leaves older mails as they are."""
    home.source.put(letter("order_closed", at=START))
    take_in(home, Yesterday(unknown="order_closed"))
    again = Replay(store=home.store, readers={"home": FakeReader()})
    since = START.replace(day=START.day + days, hour=0)
    assert len(list(again.plan(since))) == (days == 0)


def test_sender_that_is_no_longer_listed_takes_its_word_back(home: Household) -> None:
    """The mail is kept, and what it said no longer counts."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    home.live()

    class Stricter:
        def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
            message, _ = FakeReader()(mail)
            return message, Reading(outcome=Outcome.FOREIGN)

    again = Replay(store=home.store, readers={"elsewhere": Stricter()})
    for change in list(again.plan()):
        again.apply(change, home.clock())
    with home.store.reading() as books:
        assert books.events(ORDER) == []
        assert len(books.digests()) == 2


def test_copy_that_was_set_aside_adds_nothing_to_the_mail_that_was_read(home: Household) -> None:
    """Readable today, it turns out to be known: only its record of failure goes."""
    home.source.put(letter("order_closed"))
    take_in(home, Yesterday(broken="order_closed"))
    home.source.put(letter("order_closed", proof="unknown"))
    home.intake = replace(home.intake, reader=FakeReader())
    home.live()
    replay(home, apply=True)
    with home.store.reading() as books:
        assert books.count_mails() == {"recognised": 1}
        assert len(books.events(ORDER)) == 1


def test_mail_that_is_gone_when_its_turn_comes_is_passed_over(home: Household) -> None:
    """Another replay beside this one may have taken a record away."""
    home.source.put(letter("order_closed"), letter("order_shipped"))
    take_in(home, Yesterday(broken="order"))
    plan = Replay(store=home.store, readers={"home": FakeReader()}).plan()
    first = next(plan)
    with home.store.writing() as books:
        for digest in books.digests():
            if digest != first.before.digest:
                books.discard(digest)
    assert list(plan) == []
