"""Invented orders, and short ways to tell what happened to them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from watcher.adapters.playbook_file import load_playbook
from watcher.domain.case import Case
from watcher.domain.clock import Terms
from watcher.domain.due import Guidance
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
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.domain.money import Money
from watcher.domain.playbook import Playbook

ORDER = "8012345678901234"
OTHER_ORDER = "8098765432109876"
START = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
"""A Tuesday morning."""


def euros(amount: str) -> Money:
    """An amount in euros."""
    return Money(amount=Decimal(amount), currency="EUR")


def told(
    kind: EventKind,
    *,
    days: float = 0,
    proof: Authenticity = Authenticity.PASS,
    order: str = ORDER,
    reason: Reason | None = None,
    money: Money | None = None,
    evidence: Evidence = Evidence.SEEN,
    mail: str | None = None,
    refund: RefundForm | None = None,
    ship_days: int | None = None,
    store: str | None = None,
    items: tuple[str, ...] = (),
) -> Event:
    """What a mail said, so many days after `START`."""
    at = START + timedelta(days=days)
    return Event(
        order=order,
        kind=kind,
        at=at,
        witness=Witness.MAIL,
        authenticity=proof,
        account="home",
        mail=mail or f"{kind}-{proof}-{at.isoformat()}",
        reason=reason,
        money=money,
        evidence=evidence,
        refund=refund,
        ship_days=ship_days,
        store=store,
        items=items,
    )


def claimed(
    kind: EventKind, *, days: float = 0, reason: Reason | None = None, money: Money | None = None
) -> Event:
    """What a mail of unproven origin said."""
    return told(kind, days=days, proof=Authenticity.UNKNOWN, reason=reason, money=money)


def acted(
    kind: EventKind,
    *,
    days: float = 0,
    step: str | None = None,
    money: Money | None = None,
    until_days: float | None = None,
    note: str | None = None,
    method: Method | None = None,
    paid_days: float | None = None,
) -> Event:
    """What the person did."""
    return Event(
        order=ORDER,
        kind=kind,
        at=START + timedelta(days=days),
        witness=Witness.PERSON,
        authenticity=Authenticity.PASS,
        step=step,
        money=money,
        until=None if until_days is None else START + timedelta(days=until_days),
        note=note,
        method=method,
        paid_at=None if paid_days is None else START + timedelta(days=paid_days),
    )


def say(kind: EventKind, *, days: float = 0) -> Event:
    """An event of any kind from the best witness that it can have."""
    return acted(kind, days=days) if kind in PERSONAL_KINDS else told(kind, days=days)


def case_of(events: Iterable[Event]) -> Case:
    """The case that these events come to."""
    return fold(ORDER, events).case


class PlainCalendar:
    """Monday to Friday, but for the days that are named otherwise."""

    def __init__(
        self,
        zone: tzinfo = UTC,
        *,
        holidays: Iterable[date] = (),
        worked: Iterable[date] = (),
    ) -> None:
        self._zone = zone
        self._holidays = frozenset(holidays)
        self._worked = frozenset(worked)

    @property
    def zone(self) -> tzinfo:
        """Where the person's days begin."""
        return self._zone

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked."""
        if day in self._worked:
            return True
        return day.weekday() < 5 and day not in self._holidays

    def peculiarity(self, day: date) -> str | None:
        """Why `day` is not what its weekday says."""
        if day in self._holidays:
            return "holiday"
        return "worked weekend" if day in self._worked else None


SHIPPED_PLAYBOOK = load_playbook()


def make_guidance(
    calendar: PlainCalendar | None = None, playbook: Playbook = SHIPPED_PLAYBOOK, days: int = 20
) -> Guidance:
    """The shipped ladder over a plain calendar."""
    return Guidance(
        playbook=playbook,
        terms=Terms(refund_days=days),
        calendar=calendar or PlainCalendar(),
    )


def at_nine(day: date) -> datetime:
    """Nine o'clock UTC: when a step that falls on a date is due in these tests."""
    return datetime.combine(day, time(9), tzinfo=UTC)
