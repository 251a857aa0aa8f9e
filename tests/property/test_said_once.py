"""Random weeks of ticks, holds, restarts and failing channels: nothing is said twice, or lost.

A real store, the real decisions and the real words. Every alert that is written gets a number into
its title, so that it is recognised alone and in a digest.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unit.domain.strategies import STEPS
from unit.flow.fakes import FakeChannel, Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.adapters.templates import Rendered
from watcher.domain.alert import Alert, Delivery, DeliveryOutcome, Severity
from watcher.domain.letter import Letter
from watcher.domain.quiet import LONGEST_HOLD, Hours, Quiet, WeekTime, parse_clock
from watcher.flow.acts import MistakenCall
from watcher.flow.ports import Renderer

ORDERS = ("8011111111111111", "8022222222222222", "8033333333333333")
CHANNELS = ("phone", "slack")
orders = st.sampled_from(ORDERS)
quiets = st.builds(
    lambda hours, digest, weekly: Quiet(
        hours=hours and Hours.parse(hours),
        digest=digest and parse_clock(digest),
        weekly=weekly and WeekTime.parse(weekly),
    ),
    st.sampled_from([None, "22:00-08:00", "06:00-20:00", "09:30-08:30"]),
    st.sampled_from([None, "18:00", "23:30"]),
    st.sampled_from([None, "mon 09:00", "wed 23:00"]),
)


class NumberedRenderer:
    """Writes as the real one does, with a number of its own in every title but a digest's."""

    def __init__(self, renderer: Renderer, numbers: Iterator[int]) -> None:
        self._renderer = renderer
        self._numbers = numbers

    def render(self, template: str, context: Mapping[str, object]) -> Rendered:
        """The text, numbered."""
        written = self._renderer.render(template, context)
        mark = "" if template == "digest" else f" #{next(self._numbers)}#"
        return Rendered(title=written.title + mark, body=written.body)

    def letter(self, name: str, context: Mapping[str, object]) -> str:
        """The letter."""
        return self._renderer.letter(name, context)

    def letters(self, name: str, context: Mapping[str, object]) -> Letter:
        """The letter, and the same beside it."""
        return self._renderer.letters(name, context)


class ListeningChannel(FakeChannel):
    """Notes which numbered alerts it took, alone or in a digest."""

    def heard(self) -> Counter[int]:
        """How often it took each."""
        heard: Counter[int] = Counter()
        for alert in self.sent:
            alone = re.findall(r"#(\d+)#", alert.title)
            listed = re.findall(r"^- .*#(\d+)#$", alert.body, re.MULTILINE)
            heard.update(int(mark) for mark in alone or listed)
        return heard


class Weeks(RuleBasedStateMachine):
    """One household, three orders, two channels."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqlStore.open(None)
        self.channels = [ListeningChannel(name) for name in CHANNELS]
        self.numbers = count()
        self.texts = count()
        self.home = Household(self.store, *self.channels)

    def teardown(self) -> None:
        """At the end the channels work again, and what was not withdrawn has come, once."""
        try:
            self.end()
        finally:
            self.store.close()

    @initialize(quiet=quiets)
    def begin(self, quiet: Quiet) -> None:
        """The first start; every order is paid."""
        self.restart(quiet)
        for order in ORDERS:
            self.home.source.put(letter("order_confirmed", order=order, at=self.home.clock()))

    @rule(quiet=quiets)
    def restart(self, quiet: Quiet) -> None:
        """The daemon starts afresh, perhaps with other settings; the books are what they were."""
        before = self.home
        self.home = Household(self.store, *self.channels, quiet=quiet)
        self.home.source.folders = before.source.folders
        self.home.clock.moment = before.clock()
        renderer = NumberedRenderer(self.home.wording.renderer, self.numbers)
        self.home.wording = replace(self.home.wording, renderer=renderer)
        self.home.deciding = replace(self.home.deciding, wording=self.home.wording)
        self.home.vigilance = replace(self.home.vigilance, wording=self.home.wording)

    @rule(first=orders, second=orders)
    def close(self, first: str, second: str) -> None:
        """One order is closed, or two at once."""
        for order in {first, second}:
            mark = str(next(self.texts))
            self.home.source.put(
                letter("order_closed", order=order, at=self.home.clock(), text=mark)
            )

    @rule(
        what=st.sampled_from(["unrecognised", "refund_announced", "dispute_opened"]), order=orders
    )
    def arrive(self, what: str, order: str) -> None:
        """Another mail."""
        mark = str(next(self.texts))
        self.home.source.put(letter(what, order=order, at=self.home.clock(), text=mark))

    @rule(order=orders, what=st.sampled_from([*STEPS, "receive", "undo"]))
    def act(self, order: str, what: str) -> None:
        """The person does something; what does not fit is refused."""
        acts, now = self.home.acts, self.home.clock()
        try:
            if what == "receive":
                acts.receive(order, None, now)
            elif what == "undo":
                acts.undo(order, now)
            else:
                acts.do_step(order, what, now)
        except MistakenCall:
            return

    @rule(
        name=st.sampled_from(CHANNELS),
        answer=st.sampled_from(
            [DeliveryOutcome.DELIVERED, DeliveryOutcome.FAILED, DeliveryOutcome.REFUSED]
        ),
    )
    def change_channel(self, name: str, answer: DeliveryOutcome) -> None:
        """A channel breaks, or is mended."""
        self.home.channels[name].answer = answer

    @rule(hours=st.integers(1, 30), step=st.sampled_from([0.2, 1, 5, 30]))
    def run(self, hours: int, step: float) -> None:
        """Time passes, and the daemon turns every so many hours."""
        until = self.home.clock() + timedelta(hours=hours)
        while self.home.clock() < until:
            self.home.clock.forward(hours=step)
            self.turn()

    @rule(days=st.integers(1, 20))
    def stand_still(self, days: int) -> None:
        """Time passes without the daemon."""
        self.home.clock.forward(days=days)

    def turn(self) -> None:
        """One turn of the daemon, with nothing but urgent alerts in quiet hours."""
        home = self.home
        before = {channel.name: len(channel.sent) for channel in self.channels}
        home.live()
        home.vigilance.look_at_channels(home.clock())
        audible = home.routes.quiet.audible(home.clock())
        for channel in self.channels:
            for alert in channel.sent[before[channel.name] :]:
                assert alert.severity in audible, alert.title

    @invariant()
    def nothing_is_said_twice(self) -> None:
        """On no channel, neither alone nor in a digest."""
        for channel in self.channels:
            twice = {mark for mark, times in channel.heard().items() if times > 1}
            assert not twice, channel.titles

    def end(self) -> None:
        """Everything that is still owed comes, once the channels work and the holds are over."""
        for channel in self.channels:
            channel.answer = DeliveryOutcome.DELIVERED
        # An hour at a time, so that no stretch between two nights is missed.
        until = self.home.clock() + LONGEST_HOLD + timedelta(days=1)
        while self.home.clock() < until:
            self.home.clock.forward(hours=1)
            self.home.deliver()
        self.nothing_is_said_twice()
        with self.store.reading() as books:
            states = books.count_deliveries()
        for channel in self.channels:
            counted = states.get(channel.name, {})
            assert "pending" not in counted
            assert counted.get("delivered", 0) == len(channel.heard())


def test_listening_hears_an_alert_alone_and_in_a_digest() -> None:
    """The test above would pass with deaf ears."""
    channel = ListeningChannel("phone")
    alone = Alert(title="one #1#", body="- no title #9", severity=Severity.NOTICE)
    digest = Alert(title="2 alerts", body="- a #1#\n- b #2#\n\n* a #1#\n", severity=Severity.NOTICE)
    for alert in (alone, digest):
        assert channel.send(alert) == Delivery(outcome=DeliveryOutcome.DELIVERED)
    assert channel.heard() == {1: 2, 2: 1}


TestWeeks = Weeks.TestCase
TestWeeks.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
