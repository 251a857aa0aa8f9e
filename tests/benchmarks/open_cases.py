"""A ledger with many open cases, as years of watching leave it: mails, events, alerts long sent."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import Table, insert

from watcher.adapters.sql import schema
from watcher.adapters.sql.store import SqlStore
from watcher.domain.event import Event, EventKind, Witness
from watcher.domain.message import Authenticity

NOW: Final = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""A Monday morning."""
CHANNEL: Final = "phone"
CHUNK: Final = 500
LIFE: Final = (
    (EventKind.ORDER_CONFIRMED, -20),
    (EventKind.ORDER_SHIPPED, -15),
    (EventKind.ORDER_CLOSED, 0),
)
"""What an order's mails said, and how many days from its closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """How big the ledger is to be."""

    cases: int
    mail_bytes: int = 1500
    """What one kept mail takes, compressed."""
    alerts: int = 3
    """Alerts that were sent for each case."""


def order_number(number: int) -> str:
    """The order number of the case so numbered."""
    return f"{8_000_000_000_000_000 + number}"


def fill(store: SqlStore, bulk: Bulk) -> None:
    """Write so many open cases, each of which was judged and is to be looked at in some days."""
    dice = Random(bulk.cases)  # noqa: S311 -- the same ledger every time
    for numbers in _chunks(range(bulk.cases)):
        rows: dict[Table, list[dict[str, Any]]] = {
            table: []
            for table in (
                *(schema.mail, schema.event, schema.case_index),
                *(schema.alert, schema.issued, schema.delivery),
            )
        }
        for number in numbers:
            closed = NOW - timedelta(days=1 + number % 25, minutes=number % 600)
            rows[schema.case_index].append(
                {
                    "order_number": order_number(number),
                    "state": "owed",
                    "is_case": True,
                    "look_again_at": NOW + timedelta(days=1 + number % 20),
                    "held_by": None,
                }
            )
            for kind, days in LIFE:
                _add_mail(rows, dice, number, kind, closed + timedelta(days=days), bulk)
            for turn in range(bulk.alerts):
                _add_alert(rows, number * bulk.alerts + turn + 1, number, turn, closed)
        with store._engine.begin() as connection:
            for table, values in rows.items():
                if values:
                    connection.execute(insert(table), values)


def _add_mail(
    rows: dict[Table, list[dict[str, Any]]],
    dice: Random,
    number: int,
    kind: EventKind,
    at: datetime,
    bulk: Bulk,
) -> None:
    digest = f"{number:012}{kind}"
    rows[schema.mail].append(
        {
            "digest": digest,
            "account": "home",
            "folder": "INBOX",
            "received_at": at,
            "read_at": at,
            "outcome": "recognised",
            "authenticity": "pass",
            "language": "en",
            "rule": "en.order",
            "sender": "transaction@notice.aliexpress.com",
            "subject": f"Order {order_number(number)}: {kind}",
            "raw": zlib.compress(dice.randbytes(bulk.mail_bytes), 0),
        }
    )
    rows[schema.event].append(
        {
            "order_number": order_number(number),
            "kind": kind,
            "at": at,
            "recorded_at": at,
            "witness": "mail",
            "authenticity": "pass",
            "account": "home",
            "mail": digest,
            "amount": "49.90" if kind is EventKind.ORDER_CONFIRMED else None,
            "currency": "EUR" if kind is EventKind.ORDER_CONFIRMED else None,
            "evidence": "seen",
        }
    )


def _add_alert(
    rows: dict[Table, list[dict[str, Any]]], key: int, number: int, turn: int, at: datetime
) -> None:
    rows[schema.alert].append(
        {"id": key, "created_at": at, "severity": "action", "title": "t", "body": "b" * 600}
    )
    rows[schema.issued].append(
        {
            "subject": order_number(number),
            "step": "contact_seller",
            "occurrence": f"0.owed.1.{turn}",
            "alert_id": key,
            "issued_at": at,
        }
    )
    rows[schema.delivery].append(
        {
            "alert_id": key,
            "channel": CHANNEL,
            "state": "delivered",
            "attempts": 1,
            "settled_at": at,
            "reason": "",
        }
    )


def close_orders(store: SqlStore, numbers: Iterable[int], at: datetime) -> None:
    """Have a mail say of each of these orders that it was closed: something is due at once."""
    with store.writing() as books:
        for number in numbers:
            order = order_number(number)
            for kind, days in LIFE:
                books.append(
                    Event(
                        order=order,
                        kind=kind,
                        at=at + timedelta(days=days),
                        witness=Witness.MAIL,
                        authenticity=Authenticity.PASS,
                        account="home",
                    ),
                    at,
                )
            books.look_at(order, at)


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
