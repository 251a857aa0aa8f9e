"""The outbox: what was issued, what each channel still owes, and how the parts are."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert

from watcher.adapters.sql import schema
from watcher.domain.alert import Alert, Severity
from watcher.domain.health import LONGEST_PAUSE, Health, Part
from watcher.domain.outbox import Identity, PendingDelivery

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
WITHDRAWN: Final = "withdrawn"
"""No longer true, or overtaken, before the channel took it."""
EXPIRED: Final = "expired"
"""Given up after days."""


class OutboxBooks:
    """What is written of alerts. One instance lives as long as its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def was_issued(self, identity: Identity) -> bool:
        """Whether an alert of this identity was written before."""
        table = schema.issued
        found = self._connection.execute(
            select(1).where(
                table.c.subject == identity.subject,
                table.c.step == identity.step,
                table.c.occurrence == identity.occurrence,
            )
        )
        return found.first() is not None

    def last_told(self, subject: str) -> datetime | None:
        """When an alert about `subject` was last written; `None` where none ever was."""
        table = schema.issued
        return self._connection.execute(
            select(table.c.issued_at)
            .where(table.c.subject == subject)
            .order_by(table.c.issued_at.desc())
            .limit(1)
        ).scalar()

    def last_asked(self, subject: str, step: str, visit: str) -> datetime | None:
        """When `step` was last asked during one stay of the case in its state."""
        table = schema.issued
        return self._connection.execute(
            select(table.c.issued_at)
            .where(
                table.c.subject == subject,
                table.c.step == step,
                table.c.occurrence.startswith(f"{visit}.", autoescape=True),
            )
            .order_by(table.c.issued_at.desc())
            .limit(1)
        ).scalar()

    def issue(
        self,
        alert: Alert,
        identities: Collection[Identity],
        channels: Collection[str],
        now: datetime,
    ) -> int:
        """Write `alert` for every channel in `channels`, and mark its identities as issued."""
        alert_id: int = self._connection.execute(
            insert(schema.alert)
            .values(created_at=now, severity=alert.severity, title=alert.title, body=alert.body)
            .returning(schema.alert.c.id)
        ).scalar_one()
        for identity in identities:
            self._connection.execute(
                insert(schema.issued).values(
                    subject=identity.subject,
                    step=identity.step,
                    occurrence=identity.occurrence,
                    alert_id=alert_id,
                    issued_at=now,
                )
            )
        for channel in channels:
            self._connection.execute(
                insert(schema.delivery).values(
                    alert_id=alert_id, channel=channel, state=PENDING, next_try_at=now
                )
            )
        return alert_id

    def readdress(self, carried: Mapping[str, Collection[str]]) -> None:
        """Hand what a channel still owes that is no longer in the settings to those that are.

        `carried` gives each channel's severities. A renamed channel would take its alerts along.
        """
        table = schema.delivery
        orphans = self._connection.execute(
            select(table.c.alert_id, table.c.channel, schema.alert.c.severity)
            .join(schema.alert, schema.alert.c.id == table.c.alert_id)
            .where(table.c.state == PENDING, table.c.channel.not_in(list(carried)))
        ).all()
        for orphan in orphans:
            self._connection.execute(
                update(table)
                .where(table.c.alert_id == orphan.alert_id, table.c.channel == orphan.channel)
                .values(state=WITHDRAWN)
            )
            for channel, severities in carried.items():
                if orphan.severity in severities:
                    # Who has, or is about to get, the alert keeps the delivery it has.
                    self._connection.execute(
                        insert(table)
                        .values(alert_id=orphan.alert_id, channel=channel, state=PENDING)
                        .on_conflict_do_nothing()
                    )

    def last_issued(self, step: str) -> datetime | None:
        """When an alert of `step` was last written, whatever it was about."""
        table = schema.issued
        return self._connection.execute(
            select(table.c.issued_at)
            .where(table.c.step == step)
            .order_by(table.c.issued_at.desc())
            .limit(1)
        ).scalar()

    def withdraw_stale(self, subject: str, alive: Collection[Identity], now: datetime) -> None:
        """Take back what no channel took yet and `subject` no longer asks for."""
        issued, delivery = schema.issued, schema.delivery
        rows = self._connection.execute(
            select(issued.c.step, issued.c.occurrence, issued.c.alert_id)
            .join(delivery, delivery.c.alert_id == issued.c.alert_id)
            .where(issued.c.subject == subject, delivery.c.state == PENDING)
        ).all()
        kept = {(identity.step, identity.occurrence) for identity in alive}
        for row in rows:
            if (row.step, row.occurrence) in kept or self._shares(row.alert_id):
                continue
            self._connection.execute(
                update(delivery)
                .where(delivery.c.alert_id == row.alert_id, delivery.c.state == PENDING)
                .values(state=WITHDRAWN, settled_at=now)
            )

    def _shares(self, alert_id: int) -> bool:
        """Whether an alert speaks of several orders: a summary stays true enough to be sent."""
        number = self._connection.execute(
            select(func.count()).where(schema.issued.c.alert_id == alert_id)
        ).scalar()
        return bool(number and number > 1)

    def pending(self, channel: str, now: datetime, limit: int = 20) -> list[PendingDelivery]:
        """What `channel` is to be sent now, oldest first."""
        alert, delivery = schema.alert, schema.delivery
        rows = self._connection.execute(
            select(delivery, alert.c.title, alert.c.body, alert.c.severity, alert.c.created_at)
            .join(alert, alert.c.id == delivery.c.alert_id)
            .where(
                delivery.c.channel == channel,
                delivery.c.state == PENDING,
                # A time far ahead was written by a clock that ran ahead itself.
                delivery.c.next_try_at.is_(None)
                | (delivery.c.next_try_at <= now)
                | (delivery.c.next_try_at > now + LONGEST_PAUSE),
            )
            # One that a channel refuses again and again must not hold up the others.
            .order_by(delivery.c.attempts, delivery.c.alert_id)
            .limit(limit)
        )
        return [
            PendingDelivery(
                alert_id=row.alert_id,
                channel=row.channel,
                alert=Alert(title=row.title, body=row.body, severity=Severity(row.severity)),
                attempts=row.attempts,
                created_at=row.created_at,
            )
            for row in rows
        ]

    def settle(self, item: PendingDelivery, now: datetime) -> None:
        """Note that the channel took the alert."""
        self._set(item, state=DELIVERED, settled_at=now, attempts=item.attempts + 1, reason="")

    def postpone(self, item: PendingDelivery, next_try_at: datetime, reason: str) -> None:
        """Note a failed attempt and when to try again."""
        self._set(item, next_try_at=next_try_at, attempts=item.attempts + 1, reason=reason)

    def expire(self, item: PendingDelivery, now: datetime, reason: str) -> None:
        """Give an alert up for this channel."""
        self._set(item, state=EXPIRED, settled_at=now, attempts=item.attempts + 1, reason=reason)

    def _set(self, item: PendingDelivery, **values: object) -> None:
        table = schema.delivery
        self._connection.execute(
            update(table)
            .where(table.c.alert_id == item.alert_id, table.c.channel == item.channel)
            .values(**values)
        )

    def count_deliveries(self) -> dict[str, dict[str, int]]:
        """For each channel, how many deliveries are in which state."""
        table = schema.delivery
        rows = self._connection.execute(
            select(table.c.channel, table.c.state, func.count().label("number")).group_by(
                table.c.channel, table.c.state
            )
        )
        counts: dict[str, dict[str, int]] = {}
        for row in rows:
            counts.setdefault(row.channel, {})[row.state] = row.number
        return counts

    def health(self, part: Part, name: str) -> Health:
        """How an account or a channel is."""
        table = schema.health
        row = self._connection.execute(
            select(table).where(table.c.part == part, table.c.name == name)
        ).first()
        if row is None:
            return Health(part=part, name=name)
        return Health(
            part=part,
            name=name,
            worked_at=row.worked_at,
            failing_since=row.failing_since,
            failures=row.failures,
            next_try_at=row.next_try_at,
            told_at=row.told_at,
            reason=row.reason,
        )

    def note_health(self, health: Health) -> None:
        """Write down how an account or a channel is."""
        values = {
            "worked_at": health.worked_at,
            "failing_since": health.failing_since,
            "failures": health.failures,
            "next_try_at": health.next_try_at,
            "told_at": health.told_at,
            "reason": health.reason,
        }
        statement = insert(schema.health).values(part=health.part, name=health.name, **values)
        self._connection.execute(statement.on_conflict_do_update(set_=values))
