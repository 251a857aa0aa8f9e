"""Proof of life of an account or a channel, and the pauses after failures."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
PASSING_PAUSE: Final = timedelta(minutes=30)
"""The longest pause after what time may cure: an outage over must not cost hours more."""
PATIENCE: Final = timedelta(hours=1)
"""How long something that has worked before may fail before the person is told."""


class Part(StrEnum):
    """What can fail on its own."""

    ACCOUNT = "account"
    CHANNEL = "channel"
    ORDER = "order"
    FOLDER = "folder"
    """The folders of an account that the settings name; its other folders are read all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """When a part last worked, and since when and why it does not."""

    part: Part
    name: str
    worked_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    next_try_at: datetime | None = None
    told_at: datetime | None = None
    """When the person was told of the present failure.

    A channel's is kept until they were told of its end, too.
    """
    reason: str = ""

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt failed."""
        return self.failing_since is not None

    def may_try(self, now: datetime) -> bool:
        """Whether the pause after the last failure is over.

        A pause that would last longer than any does was counted on a clock since set back.
        """
        if self.next_try_at is None:
            return True
        return now >= self.next_try_at or self.next_try_at > now + LONGEST_PAUSE


def pause_after(failures: int) -> timedelta:
    """The pause after so many failures in a row: half a minute, then growing up to six hours."""
    doublings = min(2 * max(failures - 1, 0), 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def succeed(health: Health, now: datetime) -> Health:
    """The health after something worked."""
    return Health(part=health.part, name=health.name, worked_at=now)


def fail(
    health: Health, now: datetime, reason: str, *, longest: timedelta = LONGEST_PAUSE
) -> Health:
    """The health after something failed; the pause grows up to `longest`."""
    failures = health.failures + 1
    return replace(
        health,
        failing_since=health.failing_since or now,
        failures=failures,
        next_try_at=now + min(pause_after(failures), longest),
        reason=reason,
    )


def should_tell(health: Health, now: datetime, *, operator_must_act: bool) -> bool:
    """Whether the person is to be told of the failure: once, and not of a passing one.

    At once where only the operator can cure it, or where the part has never worked; otherwise
    when it has failed for an hour.
    """
    if health.failing_since is None or health.told_at is not None:
        return False
    never_worked = health.worked_at is None
    return operator_must_act or never_worked or now - health.failing_since >= PATIENCE
