"""Watches the parts themselves: an account or channel that fails is told of, once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

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

_WELL: Final = timedelta(days=1)


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

    def account_worked(self, account: str, now: datetime, *, missing: str = "") -> None:
        """Note a good poll; tells of the recovery where the failure was told of.

        `missing` says which folders are not there: told of once, and polled on without a pause.
        """
        with self.store.writing() as books:
            before = books.health(Part.ACCOUNT, account)
            books.note_health(succeed(before, now))
            if before.told_at is not None:
                self._tell(books, before, "account_recovered", Severity.NOTICE, now)
            self._look_at_folders(books, account, missing, now)

    def _look_at_folders(self, books: Books, account: str, missing: str, now: datetime) -> None:
        before = books.health(Part.FOLDER, account)
        if not missing:
            if before.is_failing:
                books.note_health(succeed(before, now))
            return
        if before.reason == missing:
            return
        health = replace(fail(succeed(before, now), now, missing), told_at=now)
        books.note_health(health)
        self._tell(books, health, "folder_missing", Severity.ACTION, now)

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

    def order_failed(self, order: str, fault: str, now: datetime) -> Health:
        """Have an order stand aside that breaks the program, and tell of it once.

        One that was well for a day after its last pause fails anew.
        """
        with self.store.writing() as books:
            before = books.health(Part.ORDER, order)
            if before.next_try_at is not None and now - before.next_try_at > _WELL:
                before = succeed(before, now)
            health = fail(before, now, fault)
            if health.told_at is None:
                self._tell(books, health, "order_failing", Severity.URGENT, now)
                health = replace(health, told_at=now)
            books.note_health(health)
            books.look_at(order, health.next_try_at or now)
            return health

    def look_at_channels(self, now: datetime) -> None:
        """Tell over the other channels that one does not work, once, and that it works again."""
        with self.store.writing() as books:
            for name in self.routes.carried:
                health = books.health(Part.CHANNEL, name)
                if health.told_at is not None and not health.is_failing:
                    self._end_outage(books, health, now)
                elif should_tell(health, now, operator_must_act=False):
                    self._tell(books, health, "channel_failing", Severity.ACTION, now)
                    books.note_health(replace(health, told_at=now))

    def _end_outage(self, books: Books, health: Health, now: datetime) -> None:
        """Tell of the recovery where the failure was heard of; else take its alert back."""
        heard = books.was_heard(_subject(health), "channel_failing")
        books.withdraw_stale(_subject(health), [], now)
        if heard:
            self._tell(books, health, "channel_recovered", Severity.NOTICE, now)
        books.note_health(replace(health, told_at=None))

    def _tell(
        self, books: Books, health: Health, template: str, severity: Severity, now: datetime
    ) -> None:
        alert = self.wording.health(template, health, severity)
        channels = self.routes.channels(severity)
        if health.part is Part.CHANNEL:
            channels = [name for name in channels if name != health.name]
        began = health.failing_since or health.told_at or now
        identity = Identity(subject=_subject(health), step=template, occurrence=began.isoformat())
        if health.part is not Part.FOLDER:
            # What was held of an earlier outage, and of its end, is no longer so.
            began_so = replace(identity, step=f"{health.part}_failing")
            books.withdraw_stale(identity.subject, [began_so, identity], now)
        if not books.was_issued(identity):
            until = self.routes.hold(severity, now)
            books.issue(alert, [identity], channels, now, not_before=until)


def _subject(health: Health) -> str:
    return f"{health.part}:{health.name}"
