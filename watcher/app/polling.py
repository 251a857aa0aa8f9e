"""Polls accounts and tells how it went: for the daemon, for `once` and for `scan`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.app.compose import Watch
from watcher.domain.arrival import Arrival
from watcher.domain.errors import TransientError, UserError
from watcher.flow.intake import IntakeCount

LOG = logging.getLogger(__name__)


class PollOutcome(StrEnum):
    """How a poll ended."""

    FINE = "fine"
    TEMPORARY = "temporary"
    """Time may cure it."""
    OPERATOR = "operator"
    """The settings, or the mailbox, must be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of one account came to."""

    account: str
    outcome: PollOutcome
    count: IntakeCount
    reason: str = ""


def poll_account(
    watch: Watch,
    name: str,
    *,
    since: datetime | None = None,
    progress: Callable[[Arrival], None] = lambda _: None,
) -> PollReport:
    """Poll one account and note how it is; with `since` everything from then on is read anew."""
    account = watch.accounts[name]
    start = watch.now()
    try:
        count = account.intake.poll(
            since or start - account.history, afresh=since is not None, watch=progress
        )
    except UserError as error:
        reason = "; ".join(str(problem) for problem in error.problems)
        return _failed(watch, name, reason, PollOutcome.OPERATOR)
    except TransientError as error:
        return _failed(watch, name, str(error), PollOutcome.TEMPORARY)
    missing = "; ".join(problem.what for problem in count.missing)
    watch.vigilance.account_worked(name, watch.now(), missing=missing)
    LOG.info(
        "poll_finished account=%s mails=%d new=%d events=%d set_aside=%d",
        name,
        count.mails,
        count.new,
        count.events,
        count.set_aside,
    )
    if count.missing:
        LOG.warning("folder_missing account=%s reason=%r", name, missing)
        reason = "; ".join(str(problem) for problem in count.missing)
        return PollReport(account=name, outcome=PollOutcome.OPERATOR, count=count, reason=reason)
    return PollReport(account=name, outcome=PollOutcome.FINE, count=count)


def _failed(watch: Watch, name: str, reason: str, outcome: PollOutcome) -> PollReport:
    health = watch.vigilance.account_failed(
        name, reason, watch.now(), operator_must_act=outcome is PollOutcome.OPERATOR
    )
    LOG.warning(
        "poll_failed account=%s outcome=%s failures=%d next_try=%s reason=%r",
        name,
        outcome,
        health.failures,
        health.next_try_at and health.next_try_at.isoformat(timespec="seconds"),
        reason,
    )
    return PollReport(account=name, outcome=outcome, count=IntakeCount(), reason=reason)


def deliver_all(watch: Watch) -> dict[str, int]:
    """Empty the outbox of every channel as far as it goes; how many alerts each took."""
    sent = {name: watch.delivering(name).flush() for name in watch.channels}
    watch.vigilance.look_at_channels(watch.now())
    return sent
