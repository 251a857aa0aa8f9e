"""Decides what is due and writes it into the outbox. One tick, one transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from watcher.domain.alert import Alert, Severity
from watcher.domain.due import Guidance, Step, draw_agenda
from watcher.domain.kept_mail import KeptMail
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.domain.outbox import Identity
from watcher.flow.ports import Books, Store
from watcher.flow.wording import Line, Wording

LATE: Final = timedelta(days=2)
"""What is older than this (an old mailbox, a long pause) comes in one summary."""

REPORT_PAUSE: Final = timedelta(days=1)
"""Mails that nobody understands are reported once a day at most."""

BATCH: Final = 5000
"""Orders judged in one transaction."""

SUMMARY: Final = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Which channels carry which severity."""

    carried: Mapping[str, frozenset[Severity]]

    def channels(self, severity: Severity) -> list[str]:
        """The channels for alerts of `severity`."""
        return [name for name, severities in self.carried.items() if severity in severities]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Asks the ledger what is due, and writes the alerts for it."""

    store: Store
    guidance: Guidance
    wording: Wording
    routes: Routes

    def tick(self, now: datetime) -> int:
        """Issue what has become due; returns how many alerts were written.

        Raises:
            TransientError: the disk is full or the database locked; nothing was written.

        """
        if not self.routes.carried:
            # Nobody would be told: what is due stays due until a channel is there.
            return 0
        with self.store.writing() as books:
            books.readdress({name: frozenset(kinds) for name, kinds in self.routes.carried.items()})
            piles = _Piles()
            for order in books.orders_to_look_at(now, BATCH):
                self._judge(books, order, piles, now)
            # One alone is told whole, with its letter; several come in one list.
            piles.late += piles.again
            if len(piles.late) == 1:
                piles.own.append(piles.late.pop())
            for line in piles.own:
                alert = self.wording.for_step(line.case, line.step, now)
                self._issue(books, alert, [_identity(line.step)], now)
            if piles.late:
                alert = self.wording.summary(piles.late, now)
                self._issue(books, alert, [_identity(line.step) for line in piles.late], now)
            issued = len(piles.own) + bool(piles.late)
            return issued + self._report_mails(books, now)

    def _judge(self, books: Books, order: str, piles: "_Piles", now: datetime) -> None:
        """Look at one order, and sort what is due for it by how it is to be told."""
        case = fold(order, books.events(order)).case
        agenda = draw_agenda(case, self.guidance, now)
        told_at = books.last_told(order)
        fresh = [step for step in agenda.due if not books.was_issued(_identity(step))]
        waits = {
            _identity(step): until for step in fresh if (until := _rests_until(books, step)) > now
        }
        looks = [*waits.values(), agenda.look_again_at]
        books.note_decision(case, min((at for at in looks if at is not None), default=None))
        if not waits:
            books.withdraw_stale(order, [_identity(step) for step in agenda.due], now)
        for step in fresh:
            if _identity(step) in waits:
                continue
            line = Line(case=case, step=step)
            # A case that the person never heard of is as old as its last news; of one that they
            # know, the step is as old as its date.
            news = case.changed_at or step.due_at
            since = news if told_at is None else max(step.due_at, news)
            if now - since > LATE:
                piles.late.append(line)
            elif step.repeats:
                piles.again.append(line)
            else:
                piles.own.append(line)

    def _issue(
        self, books: Books, alert: Alert, identities: Collection[Identity], now: datetime
    ) -> None:
        books.issue(alert, identities, self.routes.channels(alert.severity), now)

    def _report_mails(self, books: Books, now: datetime) -> int:
        """Report the mails that no rule knew, that were forged, or that could not be read."""
        issued = 0
        groups: dict[str, list[KeptMail]] = {}
        for mail in books.unreported():
            groups.setdefault(_report_of(mail), []).append(mail)
        for template, mails in groups.items():
            last = books.last_issued(template)
            if last is not None and now - last < REPORT_PAUSE:
                continue
            identity = Identity(subject="", step=template, occurrence=now.isoformat())
            self._issue(books, self.wording.mail_report(template, mails), [identity], now)
            books.mark_reported([mail.digest for mail in mails], now)
            issued += 1
        return issued


@dataclass(slots=True)
class _Piles:
    """What one tick has to tell, sorted by how."""

    own: list[Line] = field(default_factory=list)
    """Each an alert of its own."""
    again: list[Line] = field(default_factory=list)
    """Asked before."""
    late: list[Line] = field(default_factory=list)
    """Old."""


def _rests_until(books: Books, step: Step) -> datetime:
    """Until when a repeat waits, so that its interval has passed since it was last asked.

    By the calendar alone it could follow an asking of yesterday's.
    """
    asked_at = books.last_asked(step.order, step.name, step.visit) if step.repeats else None
    if asked_at is None:
        return step.due_at
    return asked_at + timedelta(days=step.rung.repeat_days or 0)


def _identity(step: Step) -> Identity:
    return Identity(subject=step.order, step=step.name, occurrence=step.occurrence)


def _report_of(mail: KeptMail) -> str:
    if mail.outcome is None:
        return "mail_set_aside"
    if mail.authenticity is Authenticity.FAIL:
        return "mail_imitation"
    return "mail_unrecognised"
