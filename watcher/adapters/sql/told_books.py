"""The outbox looked back at: what the person was told of an order."""

from sqlalchemy import Connection, func, select

from watcher.adapters.sql import schema
from watcher.adapters.sql.outbox_books import DELIVERED
from watcher.domain.alert import Severity
from watcher.domain.told import Receipt, ToldAlert


class ToldBooks:
    """What is read of alerts that were sent. One instance lives as long as its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def told_about(self, order: str) -> list[ToldAlert]:
        """The alerts about `order` that some channel took, oldest first."""
        alert, issued = schema.alert, schema.issued
        rows = self._connection.execute(
            select(alert)
            .where(
                alert.c.id.in_(select(issued.c.alert_id).where(issued.c.subject == order)),
                alert.c.id.in_(
                    select(schema.delivery.c.alert_id).where(schema.delivery.c.state == DELIVERED)
                ),
            )
            .order_by(alert.c.created_at, alert.c.id)
        ).all()
        return [
            ToldAlert(
                issued_at=row.created_at,
                severity=Severity(row.severity),
                title=row.title,
                steps=self._steps(row.id, order),
                orders=self._orders(row.id),
                receipts=self._receipts(row.id),
            )
            for row in rows
        ]

    def _steps(self, alert_id: int, order: str) -> tuple[str, ...]:
        table = schema.issued
        return tuple(
            self._connection.execute(
                select(table.c.step)
                .where(table.c.alert_id == alert_id, table.c.subject == order)
                .distinct()
                .order_by(table.c.step)
            ).scalars()
        )

    def _orders(self, alert_id: int) -> int:
        table = schema.issued
        return self._connection.execute(
            select(func.count(table.c.subject.distinct())).where(table.c.alert_id == alert_id)
        ).scalar_one()

    def _receipts(self, alert_id: int) -> tuple[Receipt, ...]:
        table = schema.delivery
        rows = self._connection.execute(
            select(table.c.channel, table.c.settled_at)
            .where(table.c.alert_id == alert_id, table.c.state == DELIVERED)
            .order_by(table.c.settled_at, table.c.channel)
        )
        return tuple(Receipt(channel=row.channel, at=row.settled_at) for row in rows)
