"""Alerts between the decision and the channel."""

from dataclasses import dataclass
from datetime import datetime

from watcher.domain.alert import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an alert is about. An identity is issued once, whatever is counted anew."""

    subject: str
    """The order number, or the account, channel or mail that a notice is about."""
    step: str
    occurrence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDelivery:
    """An alert that one channel has not taken yet."""

    alert_id: int
    channel: str
    alert: Alert
    attempts: int
    created_at: datetime
    held: bool = False
    """Whether it waited for the end of quiet hours, or for the digest."""
