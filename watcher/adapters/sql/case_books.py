"""The ledger of events, and the index by which cases are found."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from watcher.adapters.sql import schema
from watcher.domain.case import OPEN_STATES, Case
from watcher.domain.event import Event, EventKind, Evidence, Method, Reason, RefundForm, Witness
from watcher.domain.message import Authenticity
from watcher.domain.money import Money


class CaseBooks:
    """What is written of orders. One instance lives as long as its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, event: Event, now: datetime) -> None:
        """Append `event`, once for each mail that says so; the better proof of it counts."""
        statement = insert(schema.event).values(
            order_number=event.order,
            kind=event.kind,
            at=event.at,
            recorded_at=now,
            witness=event.witness,
            authenticity=event.authenticity,
            account=event.account,
            mail=event.mail,
            reason=event.reason,
            amount=None if event.money is None else str(event.money.amount),
            currency=None if event.money is None else event.money.currency,
            refund=event.refund,
            store=event.store,
            items=json.dumps(event.items, ensure_ascii=False) if event.items else None,
            ship_days=event.ship_days,
            method=event.method,
            paid_at=event.paid_at,
            evidence=event.evidence,
            step=event.step,
            until=event.until,
            note=event.note,
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["order_number", "kind", "mail"],
                set_={"authenticity": event.authenticity},
            )
        )

    def events(self, order: str) -> list[Event]:
        """Everything that is known to have happened to `order`."""
        table = schema.event
        rows = self._connection.execute(
            select(table).where(table.c.order_number == order).order_by(table.c.id)
        )
        return [_event(row) for row in rows]

    def orders_of(self, store: str) -> list[str]:
        """The orders that a mail said were placed at `store`."""
        table = schema.event
        return list(
            self._connection.execute(
                select(table.c.order_number).where(table.c.store == store).distinct()
            ).scalars()
        )

    def stores(self) -> list[str]:
        """Every store that a mail named."""
        table = schema.event
        return list(
            self._connection.execute(
                select(table.c.store).where(table.c.store.is_not(None)).distinct()
            ).scalars()
        )

    def told_by(self, mail: str) -> list[Event]:
        """What the mail with this digest said."""
        table = schema.event
        rows = self._connection.execute(
            select(table).where(table.c.mail == mail).order_by(table.c.id)
        )
        return [_event(row) for row in rows]

    def retract(self, mail: str) -> None:
        """Forget what a mail was thought to say: it is about to be read anew."""
        self._connection.execute(delete(schema.event).where(schema.event.c.mail == mail))

    def look_at(self, order: str, when: datetime, *, held_by: str | None = None) -> None:
        """Have `order` decided on at `when`; held while an account's backlog is being read."""
        statement = insert(schema.case_index).values(
            order_number=order, state="unknown", is_case=False, look_again_at=when, held_by=held_by
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                set_={"look_again_at": when, "held_by": statement.excluded.held_by}
            )
        )

    def release(self, held_by: str, now: datetime) -> None:
        """Have the orders that a backlog spoke of decided on now."""
        table = schema.case_index
        self._connection.execute(
            update(table).where(table.c.held_by == held_by).values(look_again_at=now, held_by=None)
        )

    def orders_to_look_at(self, now: datetime, limit: int) -> list[str]:
        """The orders whose time to be looked at has come, the longest waiting first."""
        table = schema.case_index
        rows = self._connection.execute(
            select(table.c.order_number)
            .where(table.c.look_again_at <= now)
            .order_by(table.c.look_again_at)
            .limit(limit)
        )
        return list(rows.scalars())

    def note_decision(self, case: Case, look_again_at: datetime | None) -> None:
        """Note what the fold came to, and when to look again."""
        table = schema.case_index
        self._connection.execute(
            update(table)
            .where(table.c.order_number == case.order)
            .values(
                state=case.state,
                is_case=case.opened_at is not None,
                look_again_at=look_again_at,
                held_by=None,
            )
        )

    def orders(self) -> list[str]:
        """Every order that the ledger knows."""
        return list(
            self._connection.execute(
                select(schema.event.c.order_number).distinct().order_by(schema.event.c.order_number)
            ).scalars()
        )

    def open_orders(self) -> list[str]:
        """The orders with an open case, as they were last decided on."""
        table = schema.case_index
        return list(
            self._connection.execute(
                select(table.c.order_number)
                .where(table.c.state.in_(OPEN_STATES))
                .order_by(table.c.order_number)
            ).scalars()
        )

    def orders_with(self, kind: EventKind, since: datetime) -> list[str]:
        """The orders to which a thing of this kind happened at `since` or later."""
        table = schema.event
        return list(
            self._connection.execute(
                select(table.c.order_number)
                .distinct()
                .where(table.c.kind == kind, table.c.at >= since)
                .order_by(table.c.order_number)
            ).scalars()
        )

    def count_states(self) -> dict[str, int]:
        """How many orders were last seen in which state."""
        states: Iterable[str] = self._connection.execute(
            select(schema.case_index.c.state)
        ).scalars()
        counts: dict[str, int] = {}
        for state in states:
            counts[state] = counts.get(state, 0) + 1
        return counts


def _event(row: Row[tuple[object, ...]]) -> Event:
    money = None
    if row.amount is not None:
        money = Money(amount=Decimal(row.amount), currency=row.currency)
    return Event(
        order=row.order_number,
        kind=EventKind(row.kind),
        at=row.at,
        witness=Witness(row.witness),
        authenticity=Authenticity(row.authenticity),
        account=row.account,
        mail=row.mail,
        reason=None if row.reason is None else Reason(row.reason),
        money=money,
        refund=None if row.refund is None else RefundForm(row.refund),
        store=row.store,
        items=tuple(json.loads(row.items)) if row.items else (),
        ship_days=row.ship_days,
        method=None if row.method is None else Method(row.method),
        paid_at=row.paid_at,
        evidence=Evidence(row.evidence),
        step=row.step,
        until=row.until,
        note=row.note,
    )
