"""Empties the outbox, one channel at a time: recorded before it is sent, settled after."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from watcher.domain.alert import DeliveryOutcome
from watcher.domain.health import Part, fail, pause_after, succeed
from watcher.domain.outbox import PendingDelivery
from watcher.flow.ports import Channel, Now, Store

SHELF_LIFE: Final = timedelta(days=7)
"""How long an alert is tried before it is given up for a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """Sends what one channel still owes the person."""

    store: Store
    channel: Channel
    now: Now

    def flush(self) -> int:
        """Send what is due, until it is sent or the channel fails; returns how many were taken.

        At least once: a crash between the channel's yes and our note of it sends again.

        Raises:
            TransientError: the disk is full or the database locked.

        """
        sent = 0
        while (item := self._next()) is not None:
            if not self._send(item):
                break
            sent += 1
        return sent

    def _next(self) -> PendingDelivery | None:
        now = self.now()
        with self.store.reading() as books:
            if not books.health(Part.CHANNEL, self.channel.name).may_try(now):
                return None
            return next(iter(books.pending(self.channel.name, now, limit=1)), None)

    def _send(self, item: PendingDelivery) -> bool:
        delivery = self.channel.send(item.alert)
        now = self.now()
        with self.store.writing() as books:
            health = books.health(Part.CHANNEL, self.channel.name)
            if delivery.outcome is DeliveryOutcome.DELIVERED:
                books.settle(item, now)
                books.note_health(succeed(health, now))
                return True
            failing = fail(health, now, delivery.reason or delivery.outcome.value)
            books.note_health(failing)
            if now - item.created_at >= SHELF_LIFE:
                books.expire(item, now, delivery.reason)
            else:
                pause = pause_after(item.attempts + 1)
                books.postpone(item, now + pause, delivery.reason)
            return False
