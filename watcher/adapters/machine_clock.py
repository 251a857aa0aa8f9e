"""The one place that asks the machine for the time."""

from datetime import UTC, datetime


def machine_now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)
