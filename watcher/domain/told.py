"""What the person was told of an order, looked back at."""

from dataclasses import dataclass, field
from datetime import datetime

from watcher.domain.alert import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One channel took an alert."""

    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """An alert about an order that at least one channel took."""

    issued_at: datetime
    severity: Severity
    title: str = field(repr=False)
    steps: tuple[str, ...]
    """What it asked for or remarked on, by the names of the playbook."""
    orders: int
    """How many orders it spoke of, this one included."""
    receipts: tuple[Receipt, ...]
