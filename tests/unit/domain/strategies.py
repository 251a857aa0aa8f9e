"""Random histories of one order, for property tests."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from unit.domain.examples import ORDER, START
from watcher.domain.event import PERSONAL_KINDS, Event, EventKind, Evidence, Reason, Witness
from watcher.domain.message import Authenticity
from watcher.domain.money import Money

STEPS = ("check_payment", "contact_seller", "open_dispute", "file_complaint", "trace_refund")

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
    )


@st.composite
def deeds(draw: st.DrawFn) -> Event:
    """What the person does."""
    kind = draw(st.sampled_from(sorted(PERSONAL_KINDS)))
    at = START + draw(moments)
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
    )


histories = st.lists(st.one_of(mails(), mails(), deeds()), max_size=12)
