"""What the person does: checked against the case, then appended to its ledger."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from watcher.domain.calendar import local_date
from watcher.domain.case import Case, Rejected
from watcher.domain.deadline import running
from watcher.domain.due import Guidance
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import Event, EventKind, Method, Witness
from watcher.domain.history import last_act
from watcher.domain.life import apply, fold
from watcher.domain.message import Authenticity
from watcher.domain.money import Money
from watcher.flow.ports import Books, Store

NO_CURRENCY: Final = "XXX"
"""ISO 4217's code where no currency is involved: no mail named one."""


class MistakenCall(UserError):  # noqa: N818 -- whose mistake, as UserError
    """The command does not fit: an unknown order or step, an act that makes no sense there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """The person's acts on one order. Each returns the case after it."""

    store: Store
    guidance: Guidance

    def do_step(self, order: str, step: str, now: datetime) -> Case:
        """The person did `step`; where the step says so, the case moves on.

        Raises:
            MistakenCall: the order or the step is not known, or the case has ended.

        """
        playbook = self.guidance.playbook
        rung = playbook.find(step)
        if rung is None:
            known = ", ".join(rung.name for rung in playbook.rungs)
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

    def pay(self, order: str, method: Method, paid_at: datetime | None, now: datetime) -> Case:
        """The person paid by `method`, and, where they say so, at that time.

        Raises:
            MistakenCall: the order is not known, or the time has not come yet.

        """
        if paid_at is not None and paid_at > now:
            raise MistakenCall(Problem(place="--on", what=f"{paid_at:%Y-%m-%d} has not come yet"))
        act = _act(order, EventKind.PAYMENT_TOLD, now, method=method, paid_at=paid_at)
        return self._append(order, [act], now)

    def undo(self, order: str, now: datetime) -> tuple[Event, ...]:
        """Take the last act back that stands; returns what was taken back.

        Raises:
            MistakenCall: the person did nothing that could be taken back.

        """
        with self.store.reading() as books:
            _known_case(books, order)
            taken = last_act(books.events(order))
        if not taken:
            raise MistakenCall(
                Problem(
                    place=f"order {order}",
                    what="there is nothing to undo",
                    fix="only what you told with did, received and the like can be undone",
                )
            )
        self._append(order, [_act(order, EventKind.ACT_UNDONE, now)], now)
        return taken

    def snooze(self, order: str, until: datetime, now: datetime, *, force: bool = False) -> Case:
        """Nothing is asked of the person before `until`.

        Raises:
            MistakenCall: the time is past, the case is not open, or a date that binds would pass
                meanwhile and `force` is not set.

        """
        if until <= now:
            raise MistakenCall(Problem(place="snooze", what=f"{until:%Y-%m-%d} is past"))
        if not force:
            self._refuse_to_sleep_past(order, until, now)
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

    def _refuse_to_sleep_past(self, order: str, until: datetime, now: datetime) -> None:
        terms, calendar = self.guidance.terms, self.guidance.calendar
        with self.store.reading() as books:
            case = _known_case(books, order)
        today, wakes = local_date(calendar, now), local_date(calendar, until)
        for deadline in running(case, terms, calendar, today):
            if today <= deadline.day < wakes:
                name, day = deadline.clock.value, deadline.day
                raise MistakenCall(
                    Problem(
                        place=f"order {order}",
                        what=f"{wakes} is after {day}, where the {name} clock ends. "
                        f"{deadline.rule.lost}",
                        fix=f"snooze to {day} at the latest, or add --force",
                    )
                )

    def _append(self, order: str, acts: list[Event], now: datetime) -> Case:
        with self.store.writing() as books:
            case = _known_case(books, order)
            # The person speaks of the case as it is, though the machine's clock be behind a mail's.
            # No two acts share a moment, so that each can be taken back alone.
            latest = max(event.at for event in books.events(order))
            at = max(now, latest + timedelta(microseconds=1))
            for act in acts:
                said = replace(act, at=at)
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
                fix="list what is known with `aliwatch cases --all`, "
                "and the mails that no rule knows with `aliwatch unrecognised`",
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
    method: Method | None = None,
    paid_at: datetime | None = None,
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
        method=method,
        paid_at=paid_at,
    )
