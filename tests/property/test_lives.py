"""Random lives over months: mails, acts, pauses and broken channels, in any order.

A real store, the real decisions and the real words; only the mailbox, the channel and the clock
are made up.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from unit.domain.strategies import STEPS
from unit.flow.fakes import Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.domain.alert import DeliveryOutcome
from watcher.domain.case import Case
from watcher.domain.deadline import leading_deadline
from watcher.domain.due import draw_agenda
from watcher.domain.event import PERSONAL_KINDS, EventKind, Method
from watcher.domain.history import last_act
from watcher.domain.life import fold
from watcher.domain.outbox import Identity
from watcher.flow.acts import MistakenCall

ORDERS = ("8011111111111111", "8022222222222222", "8033333333333333")
orders = st.sampled_from(ORDERS)
kinds = st.sampled_from(sorted(kind for kind in EventKind if kind not in PERSONAL_KINDS))
proofs = st.sampled_from(["pass", "pass", "unknown"])


class Life(RuleBasedStateMachine):
    """One household and three orders."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqlStore.open(None)
        self.home = Household(self.store)
        self.mails = 0
        self.seen = 0

    def teardown(self) -> None:
        """Let go of the store."""
        self.store.close()

    @initialize(order=orders, proof=proofs)
    def begin(self, order: str, proof: str) -> None:
        """Most lives begin with a paid order."""
        self.arrive(order, EventKind.ORDER_CONFIRMED, proof, 0)

    @rule(order=orders, kind=kinds, proof=proofs, age=st.sampled_from([0, 0, 1, 50]))
    def arrive(self, order: str, kind: EventKind, proof: str, age: int) -> None:
        """A mail comes in, fresh or with old news."""
        self.mails += 1
        at = self.home.clock() - timedelta(hours=age)
        text = str(self.mails)
        self.home.source.put(letter(kind, order=order, proof=proof, at=at, text=text))
        self.turn()

    @rule(order=orders, step=st.sampled_from(STEPS))
    def do(self, order: str, step: str) -> None:
        """The person does a step."""
        self.act(lambda: self.home.acts.do_step(order, step, self.home.clock()))

    @rule(order=orders, whole=st.booleans())
    def receive(self, order: str, whole: bool) -> None:
        """The person has the money, or says how much of it."""
        amount = None if whole else Decimal(5)
        self.act(lambda: self.home.acts.receive(order, amount, self.home.clock()))

    @rule(order=orders, days=st.integers(1, 40), force=st.booleans())
    def snooze(self, order: str, days: int, force: bool) -> None:
        """The person puts the case off, past a date that binds only when they insist."""
        until = self.home.clock() + timedelta(days=days)
        leading = self.leading_day(order)
        self.act(lambda: self.home.acts.snooze(order, until, self.home.clock(), force=force))
        if self.case(order).snoozed_until == until and not force and leading is not None:
            assert until.date() <= leading or leading < self.home.clock().date()

    @rule(order=orders, method=st.sampled_from(Method), ago=st.none() | st.integers(0, 200))
    def pay(self, order: str, method: Method, ago: int | None) -> None:
        """The person says how it was paid, and perhaps when."""
        at = None if ago is None else self.home.clock() - timedelta(days=ago)
        self.act(lambda: self.home.acts.pay(order, method, at, self.home.clock()))

    @rule(order=orders)
    def undo(self, order: str) -> None:
        """The person takes their last act back: it is as if it had never been."""
        self.home.clock.forward(minutes=1)
        with self.store.reading() as books:
            before = books.events(order)
        taken = last_act(before)
        try:
            assert set(self.home.acts.undo(order, self.home.clock())) == set(taken)
        except MistakenCall:
            assert taken == ()
            return
        left = [event for event in before if event not in taken]
        assert self.case(order) == fold(order, left).case
        self.turn()

    @rule(order=orders)
    def dismiss(self, order: str) -> None:
        """The person gives up."""
        self.act(lambda: self.home.acts.dismiss(order, self.home.clock()))

    @rule(order=orders)
    def reopen(self, order: str) -> None:
        """The person thinks better of it."""
        self.act(lambda: self.home.acts.reopen(order, self.home.clock()))

    @rule(days=st.integers(1, 30))
    def live(self, days: int) -> None:
        """Days pass, and the daemon runs."""
        for _ in range(days):
            self.home.clock.forward(days=1)
            self.turn()

    @rule(days=st.integers(1, 60))
    def stand_still(self, days: int) -> None:
        """Days pass without the daemon."""
        self.home.clock.forward(days=days)
        self.turn()

    @rule(works=st.booleans())
    def change_channel(self, works: bool) -> None:
        """The channel breaks, or is mended."""
        answer = DeliveryOutcome.DELIVERED if works else DeliveryOutcome.FAILED
        self.home.phone.answer = answer

    def act(self, act: Callable[[], Case]) -> None:
        """The person acts a minute later; what does not fit is refused."""
        self.home.clock.forward(minutes=1)
        try:
            act()
        except MistakenCall:
            return
        self.turn()

    def turn(self) -> None:
        """One turn of the daemon. An identity that was issued twice would break the books."""
        self.home.live()
        fresh, self.seen = self.home.phone.sent[self.seen :], len(self.home.phone.sent)
        for alert in fresh:
            for order in ORDERS:
                if order in alert.title:
                    assert not self.case(order).is_done, alert.title
        assert self.home.tick() == 0, "a second look at the same moment has nothing to say"

    def leading_day(self, order: str) -> date | None:
        """The last day of the clock that leads."""
        guidance, today = self.home.guidance, self.home.clock().date()
        found = leading_deadline(self.case(order), guidance.terms, guidance.calendar, today)
        return None if found is None else found.day

    def case(self, order: str) -> Case:
        """The order's case now."""
        with self.store.reading() as books:
            return fold(order, books.events(order)).case

    @invariant()
    def no_open_case_is_silent(self) -> None:
        """What is due was said, and the books know when to look again."""
        now = self.home.clock()
        for order in ORDERS:
            case = self.case(order)
            agenda = draw_agenda(case, self.home.guidance, now)
            assert self.leading_day(order) is not None or not case.is_open
            with self.store.reading() as books:
                for step in agenda.due:
                    identity = Identity(subject=order, step=step.name, occurrence=step.occurrence)
                    asked_at = books.last_asked(order, step.name, step.visit)
                    week = timedelta(days=step.rung.repeat_days or 0)
                    rests = step.repeats and asked_at is not None and now < asked_at + week
                    assert rests or books.was_issued(identity), step.name
                if case.is_open:
                    assert agenda.next is not None
                    assert agenda.look_again_at is not None
                    assert order in books.orders_to_look_at(agenda.look_again_at, 99)


TestLives = Life.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
