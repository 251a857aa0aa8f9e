"""Empties the outbox, one channel at a time: recorded before it is sent, settled after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from watcher.domain.alert import DeliveryOutcome
from watcher.domain.health import Part, fail, pause_after, succeed
from watcher.domain.outbox import PendingDelivery
from watcher.domain.quiet import Quiet
from watcher.flow.bulletins import Bulletins
from watcher.flow.ports import Channel, Now, Store

SHELF_LIFE: Final = timedelta(days=7)
"""How long an alert is tried before it is given up for a channel."""

BUNDLE: Final = 500
"""How many alerts one digest takes at the most."""

BUNDLED_TRIES: Final = 4
"""After so many failed tries an alert goes alone: a refused one must not hold up the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """Sends what one channel still owes the person."""

    store: Store
    channel: Channel
    now: Now
    bulletins: Bulletins
    quiet: Quiet

    def flush(self) -> int:
        """Send what is due, until it is sent or the channel fails; returns how many were taken.

        What was held comes in one digest, one alone as itself. At least once: a crash between the
        channel's yes and our note of it sends again, and one send is noted for all in it or none.

        Raises:
            TransientError: the disk is full or the database locked.

        """
        sent = 0
        while items := self._next():
            if not self._send(items):
                break
            sent += len(items)
        return sent

    def _next(self) -> Sequence[PendingDelivery]:
        """What goes in the next send; empty where nothing does."""
        now, name = self.now(), self.channel.name
        with self.store.reading() as books:
            health = books.health(Part.CHANNEL, name)
            if not health.may_try(now):
                return ()
            # What was decided by day and failed is not tried again by night.
            audible = self.quiet.audible(now)
            first = books.pending(name, now, limit=1, severities=audible)
            # One alone tells whether a channel works again; the digest is not rewritten for it.
            if not first or health.is_failing or not _may_be_bundled(first[0]):
                return first
            ready = books.pending(name, now, limit=BUNDLE, severities=audible)
            return [item for item in ready if _may_be_bundled(item)]

    def _send(self, items: Sequence[PendingDelivery]) -> bool:
        alerts = [item.alert for item in items]
        alert = alerts[0] if len(alerts) == 1 else self.bulletins.digest(alerts)
        delivery = self.channel.send(alert)
        now = self.now()
        with self.store.writing() as books:
            health = books.health(Part.CHANNEL, self.channel.name)
            if delivery.outcome is DeliveryOutcome.DELIVERED:
                for item in items:
                    books.settle(item, now)
                # That the failure was told stays noted until its end is told.
                books.note_health(replace(succeed(health, now), told_at=health.told_at))
                return True
            failing = fail(health, now, delivery.reason or delivery.outcome.value)
            books.note_health(failing)
            for item in items:
                if now - item.created_at >= SHELF_LIFE:
                    books.expire(item, now, delivery.reason)
                else:
                    pause = pause_after(item.attempts + 1)
                    books.postpone(item, now + pause, delivery.reason)
            return False


def _may_be_bundled(item: PendingDelivery) -> bool:
    return item.held and item.attempts < BUNDLED_TRIES
