"""What the person does: checked against the case, then appended to its ledger."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from watcher.domain.case import Case, Rejected
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import Event, EventKind, Witness
from watcher.domain.life import apply, fold
from watcher.domain.message import Authenticity
from watcher.domain.money import Money
from watcher.domain.playbook import Playbook
from watcher.flow.ports import Books, Store

NO_CURRENCY: Final = "XXX"
"""ISO 4217's code where no currency is involved: no mail named one."""


class MistakenCall(UserError):  # noqa: N818 -- whose mistake, as UserError
    """The command does not fit: an unknown order or step, an act that makes no sense there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """The person's acts on one order. Each returns the case after it."""

    store: Store
    playbook: Playbook

    def do_step(self, order: str, step: str, now: datetime) -> Case:
        """The person did `step`; where the step says so, the case moves on.

        Raises:
            MistakenCall: the order or the step is not known, or the case has ended.

        """
        rung = self.playbook.find(step)
        if rung is None:
            known = ", ".join(rung.name for rung in self.playbook.rungs)
            raise MistakenCall(
                Problem(place=f"step {step}", what="no such step", fix=f"known: {known}")
            )
        acts = [_act(order, EventKind.STEP_DONE, now, step=step)]
        if rung.records is not None:
            acts.append(_act(order, rung.records, now))
        return self._append(order, acts, now)

    def receive(self, order: str, amount: Decimal | None, now: datetime) -> Case:
        """The money, or a part of it, is back.

        Raises:
            MistakenCall: no money is owed on the order.

        """
        with self.store.reading() as books:
            case = _known_case(books, order)
        money = None
        if amount is not None:
            currency = case.amount.currency if case.amount else NO_CURRENCY
            money = Money(amount=amount, currency=currency)
        return self._append(order, [_act(order, EventKind.MONEY_RECEIVED, now, money=money)], now)

    def snooze(self, order: str, until: datetime, now: datetime) -> Case:
        """Nothing is asked of the person before `until`.

        Raises:
            MistakenCall: the time is past, or the case is not open.

        """
        if until <= now:
            raise MistakenCall(Problem(place="snooze", what=f"{until:%Y-%m-%d} is past"))
        return self._append(order, [_act(order, EventKind.CASE_SNOOZED, now, until=until)], now)

    def dismiss(self, order: str, now: datetime) -> Case:
        """Nothing is owed, or the person gives up.

        Raises:
            MistakenCall: the case is not open.

        """
        return self._append(order, [_act(order, EventKind.CASE_DISMISSED, now)], now)

    def reopen(self, order: str, now: datetime) -> Case:
        """The money is owed after all.

        Raises:
            MistakenCall: the case has not ended.

        """
        return self._append(order, [_act(order, EventKind.CASE_REOPENED, now)], now)

    def note(self, order: str, text: str, now: datetime) -> Case:
        """Keep a remark with the case.

        Raises:
            MistakenCall: the order is not known.

        """
        return self._append(order, [_act(order, EventKind.NOTE_ADDED, now, note=text)], now)

    def _append(self, order: str, acts: list[Event], now: datetime) -> Case:
        with self.store.writing() as books:
            case = _known_case(books, order)
            # The person speaks of the case as it is, though the machine's clock be behind a mail's.
            latest = max(event.at for event in books.events(order))
            for act in acts:
                said = replace(act, at=max(act.at, latest))
                result = apply(case, said)
                if isinstance(result, Rejected):
                    raise MistakenCall(
                        Problem(
                            place=f"order {order}",
                            what=f"this does not fit: the case is {case.state}",
                            fix=f"look at it with `aliwatch case {order}`",
                        )
                    )
                case = result
                books.append(said, now)
            books.look_at(order, now)
            return fold(order, books.events(order)).case


def _known_case(books: Books, order: str) -> Case:
    events = books.events(order)
    if not events:
        raise MistakenCall(
            Problem(
                place=f"order {order}",
                what="no mail spoke of this order",
                fix="list what is known with `aliwatch cases --all`",
            )
        )
    return fold(order, events).case


def _act(  # the fields of the person's acts, each optional but the first three
    order: str,
    kind: EventKind,
    now: datetime,
    *,
    step: str | None = None,
    until: datetime | None = None,
    note: str | None = None,
    money: Money | None = None,
) -> Event:
    return Event(
        order=order,
        kind=kind,
        at=now,
        witness=Witness.PERSON,
        authenticity=Authenticity.PASS,
        step=step,
        until=until,
        note=note,
        money=money,
    )
