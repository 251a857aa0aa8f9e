"""A channel as the daemon sends down it."""

from collections.abc import Callable
from dataclasses import dataclass

from watcher.domain.alert import Alert, Delivery
from watcher.domain.errors import TransientError
from watcher.flow.ports import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedChannel:
    """A channel that notes each send as progress, and begins none once the daemon stops."""

    channel: Channel
    stopped: Callable[[], bool]
    note: Callable[[], None]

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.channel.name

    def send(self, alert: Alert) -> Delivery:
        """Send once.

        Raises:
            TransientError: the daemon stops; nothing was sent.

        """
        if self.stopped():
            raise TransientError("the daemon stops; this alert waits for the next start")
        delivery = self.channel.send(alert)
        self.note()
        return delivery
