"""The outbox: what was issued, and what each channel still owes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from watcher.adapters.sql import schema
from watcher.domain.alert import Alert, Severity
from watcher.domain.health import LONGEST_PAUSE
from watcher.domain.outbox import Identity, PendingDelivery
from watcher.domain.quiet import LONGEST_HOLD

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

    def was_heard(self, subject: str, step: str) -> bool:
        """Whether the last alert of `step` about `subject` reached any channel."""
        issued, delivery = schema.issued, schema.delivery
        last = (
            select(issued.c.alert_id)
            .where(issued.c.subject == subject, issued.c.step == step)
            .order_by(issued.c.issued_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        found = self._connection.execute(
            select(1).where(delivery.c.alert_id == last, delivery.c.state == DELIVERED)
        )
        return found.first() is not None

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
        *,
        not_before: datetime | None = None,
    ) -> int:
        """Write `alert` for every channel in `channels`, and mark its identities as issued.

        With `not_before` it is held: no channel is given it until then.
        """
        alert_id: int = self._connection.execute(
            insert(schema.alert)
            .values(created_at=now, severity=alert.severity, title=alert.title, body=alert.body)
            .returning(schema.alert.c.id)
        ).scalar_one()
        for identity in identities:
            self._mark(identity, now, alert_id)
        for channel in channels:
            self._connection.execute(
                insert(schema.delivery).values(
                    alert_id=alert_id,
                    channel=channel,
                    state=PENDING,
                    next_try_at=now,
                    not_before=not_before,
                )
            )
        return alert_id

    def pass_over(self, identity: Identity, now: datetime) -> None:
        """Mark `identity` as issued although there was nothing to say."""
        self._mark(identity, now, None)

    def _mark(self, identity: Identity, now: datetime, alert_id: int | None) -> None:
        self._connection.execute(
            insert(schema.issued).values(
                subject=identity.subject,
                step=identity.step,
                occurrence=identity.occurrence,
                alert_id=alert_id,
                issued_at=now,
            )
        )

    def readdress(self, carried: Mapping[str, Collection[str]]) -> None:
        """Hand what a channel still owes that is no longer in the settings to those that are.

        `carried` gives each channel's severities. A renamed channel would take its alerts along.
        """
        table = schema.delivery
        orphans = self._connection.execute(
            select(table.c.alert_id, table.c.channel, table.c.not_before, schema.alert.c.severity)
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
                        .values(
                            alert_id=orphan.alert_id,
                            channel=channel,
                            state=PENDING,
                            not_before=orphan.not_before,
                        )
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
        """Take back what no channel took yet and `subject` no longer asks for.

        What it asks for again, since an act was undone, is given back. An alert that speaks of
        several things is true enough to be sent while one of them is asked for.
        """
        issued, delivery = schema.issued, schema.delivery
        rows = self._connection.execute(
            select(issued.c.step, issued.c.occurrence, issued.c.alert_id, issued.c.stale_at)
            .join(delivery, delivery.c.alert_id == issued.c.alert_id)
            .where(
                issued.c.subject == subject,
                or_(delivery.c.state == PENDING, issued.c.stale_at.is_not(None)),
            )
            .distinct()
        ).all()
        kept = {(identity.step, identity.occurrence) for identity in alive}
        for row in rows:
            wanted = (row.step, row.occurrence) in kept
            if wanted == (row.stale_at is None):
                continue
            self._connection.execute(
                update(issued)
                .where(
                    issued.c.subject == subject,
                    issued.c.step == row.step,
                    issued.c.occurrence == row.occurrence,
                )
                .values(stale_at=None if wanted else now)
            )
            self._follow(row.alert_id, now)

    def _follow(self, alert_id: int, now: datetime) -> None:
        """Withdraw the alert that nothing asks for any more; give back the one that something does.

        A delivery that was handed to another channel has no time of settling, and stays withdrawn.
        """
        issued, delivery = schema.issued, schema.delivery
        alive = self._connection.execute(
            select(1).where(issued.c.alert_id == alert_id, issued.c.stale_at.is_(None))
        ).first()
        change = update(delivery).where(delivery.c.alert_id == alert_id)
        self._connection.execute(
            change.where(delivery.c.state == PENDING).values(state=WITHDRAWN, settled_at=now)
            if alive is None
            else change.where(
                delivery.c.state == WITHDRAWN, delivery.c.settled_at.is_not(None)
            ).values(state=PENDING, settled_at=None)
        )

    def pending(
        self,
        channel: str,
        now: datetime,
        limit: int = 20,
        severities: Collection[Severity] = tuple(Severity),
    ) -> list[PendingDelivery]:
        """What of `severities` the channel is to be sent now, oldest first."""
        alert, delivery = schema.alert, schema.delivery
        rows = self._connection.execute(
            select(delivery, alert.c.title, alert.c.body, alert.c.severity, alert.c.created_at)
            .join(alert, alert.c.id == delivery.c.alert_id)
            .where(
                delivery.c.channel == channel,
                delivery.c.state == PENDING,
                alert.c.severity.in_(severities),
                # A time far ahead was written by a clock that ran ahead itself.
                delivery.c.next_try_at.is_(None)
                | (delivery.c.next_try_at <= now)
                | (delivery.c.next_try_at > now + LONGEST_PAUSE),
                delivery.c.not_before.is_(None)
                | (delivery.c.not_before <= now)
                | (delivery.c.not_before > now + LONGEST_HOLD),
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
                held=row.not_before is not None,
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
