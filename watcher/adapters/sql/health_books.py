"""How each account and channel is."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from watcher.adapters.sql import schema
from watcher.domain.health import Health, Part


class HealthBooks:
    """What is written of the parts. One instance lives as long as its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
