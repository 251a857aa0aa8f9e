"""Random histories of one order, for property tests."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from unit.domain.examples import ORDER, SHIPPED_PLAYBOOK, START
from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.event import (
    PERSONAL_KINDS,
    Event,
    EventKind,
    Evidence,
    Method,
    Reason,
    RefundForm,
    Witness,
)
from watcher.domain.message import Authenticity
from watcher.domain.money import Money
from watcher.domain.playbook import Anchor, Condition, Done, Playbook, Rung, When

STEPS = tuple(rung.name for rung in SHIPPED_PLAYBOOK.rungs)

moments = st.integers(min_value=0, max_value=90 * 24).map(lambda hours: timedelta(hours=hours))
sums = st.one_of(
    st.none(),
    st.decimals(min_value=Decimal("0.01"), max_value=999, places=2).map(
        lambda amount: Money(amount=amount, currency="EUR")
    ),
)


@st.composite
def mails(draw: st.DrawFn) -> Event:
    """What some mail says."""
    kind = draw(st.sampled_from([kind for kind in EventKind if kind not in PERSONAL_KINDS]))
    return Event(
        order=ORDER,
        kind=kind,
        at=START + draw(moments),
        witness=Witness.MAIL,
        authenticity=draw(st.sampled_from([Authenticity.PASS, Authenticity.UNKNOWN])),
        account=draw(st.sampled_from(["home", "work"])),
        mail=draw(st.text("abcdef", min_size=8, max_size=8)),
        reason=draw(st.none() | st.sampled_from(Reason)),
        money=draw(sums),
        evidence=draw(st.sampled_from(Evidence)),
        refund=draw(st.none() | st.sampled_from(RefundForm)),
        ship_days=draw(st.none() | st.integers(1, 30)),
        store=draw(st.none() | st.sampled_from(["Lamp Store", "Shop 5"])),
        items=draw(st.sampled_from([(), ("a lamp",), ("a lamp", "a cable")])),
    )


@st.composite
def deeds(draw: st.DrawFn) -> Event:
    """What the person does."""
    kind = draw(st.sampled_from(sorted(PERSONAL_KINDS)))
    at = START + draw(moments)
    told = kind is EventKind.PAYMENT_TOLD
    return Event(
        order=ORDER,
        kind=kind,
        at=at,
        witness=Witness.PERSON,
        authenticity=Authenticity.PASS,
        step=draw(st.sampled_from(STEPS)) if kind is EventKind.STEP_DONE else None,
        until=(
            at + timedelta(hours=draw(st.integers(1, 500)))
            if kind is EventKind.CASE_SNOOZED
            else None
        ),
        money=draw(sums) if kind is EventKind.MONEY_RECEIVED else None,
        note=draw(st.text(max_size=20)) if kind is EventKind.NOTE_ADDED else None,
        method=draw(st.sampled_from(Method)) if told else None,
        paid_at=at - draw(moments) if told and draw(st.booleans()) else None,
    )


histories = st.lists(st.one_of(mails(), mails(), deeds()), max_size=12)

conditions = st.builds(
    Condition,
    shipped=st.none() | st.booleans(),
    reasons=st.just(frozenset[Reason]()) | st.frozensets(st.sampled_from(Reason), min_size=1),
    methods=st.just(frozenset[Method]()) | st.frozensets(st.sampled_from(Method), min_size=1),
    short=st.none() | st.booleans(),
    amount_at_least=st.none() | st.integers(0, 500).map(Decimal),
)


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """Any ladder, sensible or not."""
    names = [f"step_{number}" for number in range(draw(st.integers(1, 4)))]
    whens = st.builds(
        When,
        anchor=st.sampled_from(Anchor) | st.sampled_from(STEPS).map(lambda step: Done(step=step)),
        days=st.integers(-20, 40),
        working=st.booleans(),
    )
    times = st.lists(whens, min_size=1, max_size=3).map(tuple)
    states = st.sampled_from(sorted(OPEN_STATES | {State.ORDERED, State.SHIPPED}))
    days = st.none() | st.integers(1, 30)
    return Playbook(
        rungs=tuple(
            Rung(
                name=name,
                title=name,
                at=draw(st.dictionaries(states, times, min_size=1)),
                severity=Severity.ACTION,
                only=draw(st.just(Condition()) | conditions),
                records=draw(st.none() | st.just(EventKind.DISPUTE_OPENED)),
                repeat_days=draw(days),
                within_days=draw(days),
                aside=draw(st.booleans()),
            )
            for name in (*names, draw(st.sampled_from(STEPS)))
        )
    )
