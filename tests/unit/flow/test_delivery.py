"""From the outbox to the channel: at least once, and one channel's trouble is its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from unit.domain.examples import START
from unit.flow.fakes import FakeChannel, Household
from watcher.adapters.sql.store import SqlBooks, SqlStore
from watcher.domain.alert import DeliveryOutcome
from watcher.domain.health import Part, pause_after
from watcher.flow.delivery import SHELF_LIFE


def counts(home: Household) -> dict[str, dict[str, int]]:
    """How many deliveries of each channel are in which state."""
    with home.store.reading() as books:
        return books.count_deliveries()


def test_alerts_are_sent_in_order_and_once(home: Household) -> None:
    """A second round has nothing to send."""
    home.write("first", "second")
    assert home.deliver() == 2
    assert home.deliver() == 0
    assert home.phone.titles == ["first", "second"]
    assert counts(home) == {"phone": {"delivered": 2}}


def test_failing_channel_does_not_hold_up_the_others(loud_home: Household) -> None:
    """One send per channel: Slack is away, the phone rings."""
    loud_home.channels["slack"].answer = DeliveryOutcome.FAILED
    loud_home.write("one", "two")
    loud_home.deliver()
    assert loud_home.channels["phone"].titles == ["one", "two"]
    loud_home.channels["slack"].answer = DeliveryOutcome.DELIVERED
    loud_home.clock.forward(hours=1)
    loud_home.deliver()
    assert loud_home.channels["phone"].titles == ["one", "two"]
    assert sorted(loud_home.channels["slack"].titles) == ["one", "two"]


@pytest.mark.parametrize("answer", [DeliveryOutcome.FAILED, DeliveryOutcome.UNCERTAIN])
def test_failed_sends_are_tried_again_with_growing_pauses(
    home: Household, answer: DeliveryOutcome
) -> None:
    """Minute by minute for two days: ever more seldom, and in the end it arrives."""
    home.phone.answer = answer
    home.write("one")
    tries: list[datetime] = []
    for _ in range(2 * 24 * 60):
        before = len(home.phone.attempts)
        home.deliver()
        if len(home.phone.attempts) > before:
            tries.append(home.clock())
        home.clock.forward(minutes=1)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 10 * pauses[0]
    assert 8 <= len(tries) <= 20
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(hours=6)
    assert home.deliver() == 1
    with home.store.reading() as books:
        health = books.health(Part.CHANNEL, "phone")
    assert not health.is_failing
    assert health.worked_at == home.clock()


def test_failure_is_noted_with_its_reason(home: Household) -> None:
    """`status` can say why."""
    home.phone.answer = DeliveryOutcome.FAILED
    home.write("one")
    home.deliver()
    with home.store.reading() as books:
        health = books.health(Part.CHANNEL, "phone")
        assert books.pending("phone", START) == []
        (item,) = books.pending("phone", START + pause_after(1))
    assert (health.failing_since, health.reason) == (START, "HTTP 500")
    assert item.attempts == 1


def test_alert_is_given_up_after_a_week(home: Household) -> None:
    """Older news would be noise."""
    home.phone.answer = DeliveryOutcome.FAILED
    home.write("one")
    while home.clock() < START + SHELF_LIFE + timedelta(hours=7):
        home.deliver()
        home.clock.forward(hours=1)
    assert counts(home) == {"phone": {"expired": 1}}
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(days=1)
    assert home.deliver() == 0
    assert home.phone.sent == []


def test_alert_is_still_sent_on_its_last_day(home: Household) -> None:
    """Six days away is no reason to lose it."""
    home.phone.answer = DeliveryOutcome.FAILED
    home.write("one")
    while home.clock() < START + timedelta(days=6):
        home.deliver()
        home.clock.forward(hours=1)
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(hours=6)
    assert home.deliver() == 1


def test_refused_alert_does_not_hold_up_the_others(home: Household) -> None:
    """One body that the service will not take costs one pause, and the rest arrives."""
    home.phone.refuses = ["poison"]
    home.write("poison", "one", "two")
    for _ in range(60):
        home.deliver()
        home.clock.forward(minutes=1)
    assert home.phone.titles == ["one", "two"]
    assert counts(home) == {"phone": {"delivered": 2, "pending": 1}}


class Crash(Exception):  # noqa: N818 -- no error: the power goes
    """The process ends here."""


class CrashingStore:
    """A real store whose process dies as it writes for the first time."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.crashes = 1

    @contextmanager
    def writing(self) -> Iterator[SqlBooks]:
        """A transaction that is never finished."""
        with self._store.writing() as books:
            yield books
            if self.crashes:
                self.crashes -= 1
                raise Crash

    @contextmanager
    def reading(self) -> Iterator[SqlBooks]:
        """Answer the real view."""
        with self._store.reading() as books:
            yield books


def test_crash_between_send_and_note_sends_again(store: SqlStore) -> None:
    """At least once: a doubled alert costs less than a lost one."""
    home = Household(store)
    home.write("one")
    channel = FakeChannel("phone")
    delivering = replace(home.delivering(channel), store=CrashingStore(store))
    with pytest.raises(Crash):
        delivering.flush()
    assert counts(home) == {"phone": {"pending": 1}}
    assert delivering.flush() == 1
    assert channel.titles == ["one", "one"]
    assert delivering.flush() == 0


def test_refused_channel_counts_as_failing(home: Household) -> None:
    """A mistake in the settings shows in `status` and is tried again after it is mended."""
    home.phone.answer = DeliveryOutcome.REFUSED
    home.write("one")
    home.deliver()
    with home.store.reading() as books:
        assert books.health(Part.CHANNEL, "phone").is_failing
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(minutes=5)
    assert home.deliver() == 1
