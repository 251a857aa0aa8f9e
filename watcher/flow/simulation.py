"""Plays a case through the ladder ahead of time: what would be said when."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.deadline import Deadline, deadlines, leading_deadline
from watcher.domain.due import Guidance, Step, draw_agenda
from watcher.domain.event import PERSONAL_KINDS, Event, EventKind, Method, Reason, Witness
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.domain.money import Money

ORDER: Final = "8010000000000000"
PAID_BEFORE: Final = timedelta(days=10)
SHIPPED_BEFORE: Final = timedelta(days=5)
AMOUNT: Final = Money(amount=Decimal("49.90"), currency="EUR")
ANNOUNCED_AFTER: Final = timedelta(days=5)
ANSWERED_AFTER: Final = timedelta(days=3)
REPEATS: Final = 3
"""How often a step that repeats is listed."""


class Course(StrEnum):
    """What happens after the closing, besides the ladder."""

    SILENCE = "silence"
    """Nothing: nobody answers, and the person does nothing."""
    DISPUTE = "dispute"
    """The person opens a dispute when the ladder says so; the seller answers, and no more."""
    REFUND = "refund"
    """AliExpress announces the refund after some days, and it does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """The case to play."""

    reason: Reason
    closed_at: datetime
    shipped: bool = False
    method: Method | None = None
    amount: Money = AMOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One alert that would be sent."""

    at: datetime
    step: Step
    deadline: Deadline | None
    """The date that the step is about, else the one that binds first then."""
    goes_on: bool = False
    """Whether it is the last listed of a step that is asked again and again."""


def simulate(imagined: Imagined, course: Course, guidance: Guidance) -> Iterator[Planned]:
    """Every alert of the first half year, each repeating step a few times. Pure."""
    events = _history(imagined, course)
    now, end = imagined.closed_at, imagined.closed_at + timedelta(days=200)
    said: set[tuple[str, str]] = set()
    asked: Counter[str] = Counter()
    while now <= end:
        case = fold(ORDER, (event for event in events if event.at <= now)).case
        agenda = draw_agenda(case, guidance, now)
        for step in agenda.due:
            if (step.name, step.occurrence) in said:
                continue
            said.add((step.name, step.occurrence))
            asked[step.name] += 1
            if asked[step.name] <= REPEATS:
                yield Planned(
                    at=now,
                    step=step,
                    deadline=_binding(case, step, guidance, now),
                    goes_on=asked[step.name] == REPEATS and step.rung.repeat_days is not None,
                )
            if course is Course.DISPUTE and step.rung.records is EventKind.DISPUTE_OPENED:
                events += _dispute(now)
        news = [event.at for event in events if event.at > now]
        looks = [*news, *([agenda.look_again_at] if agenda.look_again_at else [])]
        if not looks:
            return
        now = min(looks)


def _binding(case: Case, step: Step, guidance: Guidance, now: datetime) -> Deadline | None:
    terms, calendar = guidance.terms, guidance.calendar
    if step.clock is not None:
        return deadlines(case, terms, calendar)[step.clock]
    return leading_deadline(case, terms, calendar, local_date(calendar, now))


def _history(imagined: Imagined, course: Course) -> list[Event]:
    closed, unpaid = imagined.closed_at, imagined.reason is Reason.UNPAID
    paid = closed - PAID_BEFORE
    began = EventKind.PAYMENT_PENDING if unpaid else EventKind.ORDER_CONFIRMED
    events = [
        _said(began, paid, money=imagined.amount),
        _said(EventKind.ORDER_CANCELLED, closed, reason=imagined.reason),
    ]
    if imagined.method is not None and not unpaid:
        events.append(_said(EventKind.PAYMENT_TOLD, paid, method=imagined.method))
    if imagined.shipped:
        events.append(_said(EventKind.ORDER_SHIPPED, closed - SHIPPED_BEFORE))
    if course is Course.REFUND and not unpaid:
        announced = closed + ANNOUNCED_AFTER
        events.append(_said(EventKind.REFUND_ANNOUNCED, announced, money=imagined.amount))
    return events


def _dispute(now: datetime) -> list[Event]:
    """The person opens the dispute an hour after they were told to; the seller answers."""
    opened = now + timedelta(hours=1)
    return [
        _said(EventKind.DISPUTE_OPENED, opened),
        _said(EventKind.DISPUTE_UPDATED, opened + ANSWERED_AFTER),
    ]


def _said(
    kind: EventKind,
    at: datetime,
    *,
    money: Money | None = None,
    reason: Reason | None = None,
    method: Method | None = None,
) -> Event:
    return Event(
        order=ORDER,
        kind=kind,
        at=at,
        witness=Witness.PERSON if kind in PERSONAL_KINDS else Witness.MAIL,
        authenticity=Authenticity.PASS,
        money=money,
        reason=reason,
        method=method,
    )
