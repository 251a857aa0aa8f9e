"""Watches the parts themselves: an account or channel that fails is told of, once."""

from dataclasses import dataclass, replace
from datetime import datetime

from watcher.domain.alert import Severity
from watcher.domain.health import (
    LONGEST_PAUSE,
    PASSING_PAUSE,
    Health,
    Part,
    fail,
    should_tell,
    succeed,
)
from watcher.domain.outbox import Identity
from watcher.flow.deciding import Routes
from watcher.flow.ports import Books, Store
from watcher.flow.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigilance:
    """Notes how the parts are, and tells the person when one stops working or works again."""

    store: Store
    wording: Wording
    routes: Routes

    def may_poll(self, account: str, now: datetime) -> bool:
        """Whether the pause after the account's last failure is over."""
        with self.store.reading() as books:
            return books.health(Part.ACCOUNT, account).may_try(now)

    def account_worked(self, account: str, now: datetime) -> None:
        """Note a good poll; tells of the recovery where the failure was told of."""
        with self.store.writing() as books:
            before = books.health(Part.ACCOUNT, account)
            books.note_health(succeed(before, now))
            if before.told_at is not None:
                self._tell(books, before, "account_recovered", Severity.NOTICE, now)

    def account_failed(
        self, account: str, reason: str, now: datetime, *, operator_must_act: bool
    ) -> Health:
        """Note a failed poll; tells of it once, when it does not pass by itself."""
        with self.store.writing() as books:
            # A refused password that is repeated gets the address banned; an outage passes.
            longest = LONGEST_PAUSE if operator_must_act else PASSING_PAUSE
            health = fail(books.health(Part.ACCOUNT, account), now, reason, longest=longest)
            if should_tell(health, now, operator_must_act=operator_must_act):
                self._tell(books, health, "account_failing", Severity.URGENT, now)
                health = replace(health, told_at=now)
            books.note_health(health)
            return health

    def look_at_channels(self, now: datetime) -> None:
        """Tell over the other channels that one does not work: once until it works again."""
        with self.store.writing() as books:
            for name in self.routes.carried:
                health = books.health(Part.CHANNEL, name)
                if should_tell(health, now, operator_must_act=False):
                    self._tell(books, health, "channel_failing", Severity.ACTION, now)
                    books.note_health(replace(health, told_at=now))

    def _tell(
        self, books: Books, health: Health, template: str, severity: Severity, now: datetime
    ) -> None:
        alert = self.wording.health(template, health, severity)
        channels = self.routes.channels(severity)
        if health.part is Part.CHANNEL:
            channels = [name for name in channels if name != health.name]
        identity = Identity(
            subject=f"{health.part}:{health.name}",
            step=template,
            occurrence=(health.failing_since or now).isoformat(),
        )
        if not books.was_issued(identity):
            books.issue(alert, [identity], channels, now)
