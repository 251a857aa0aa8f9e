"""Decides what is due and writes it into the outbox. One tick, one transaction.

What is decided is written at once, whatever the hour; when it may be sent is written beside it.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from watcher.domain.alert import Alert, Severity
from watcher.domain.calendar import same_time_later
from watcher.domain.due import Guidance, Step, draw_agenda
from watcher.domain.event import EventKind
from watcher.domain.kept_mail import KeptMail
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.domain.outbox import Identity
from watcher.domain.quiet import Quiet, Week
from watcher.flow.bulletins import Bulletins, returned_in
from watcher.flow.ports import Books, Store
from watcher.flow.sellers import history_of
from watcher.flow.wording import Line, Wording

LATE: Final = timedelta(days=2)
"""What is older than this (an old mailbox, a long pause) comes in one summary."""

REPORT_PAUSE: Final = timedelta(days=1)
"""Mails that nobody understands are reported once a day at most."""

BATCH: Final = 5000
"""Orders judged in one transaction."""

WEEKLY: Final = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Which channels carry which severity, and when the person wants to be left alone."""

    carried: Mapping[str, frozenset[Severity]]
    quiet: Quiet = field(default_factory=Quiet)

    def channels(self, severity: Severity) -> list[str]:
        """The channels for alerts of `severity`."""
        return [name for name, severities in self.carried.items() if severity in severities]

    def hold(self, severity: Severity, now: datetime) -> datetime | None:
        """Until when an alert of `severity` is held; `None` where it may be sent at once."""
        until = self.quiet.release(severity, now)
        return until if until > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Asks the ledger what is due, and writes the alerts for it."""

    store: Store
    guidance: Guidance
    wording: Wording
    routes: Routes

    @property
    def bulletins(self) -> Bulletins:
        """What writes the alerts that speak of several things."""
        return Bulletins(wording=self.wording)

    def tick(self, now: datetime) -> int:
        """Issue what has become due; returns how many alerts were written.

        Raises:
            TransientError: the disk is full or the database locked; what was not written comes at
                the next tick.

        """
        if not self.routes.carried:
            # Nobody would be told: what is due stays due until a channel is there.
            return 0
        with self.store.writing() as books:
            books.readdress({name: frozenset(kinds) for name, kinds in self.routes.carried.items()})
            piles = _Piles()
            for order in books.orders_to_look_at(now, BATCH):
                self._judge(books, order, piles, now)
            issued = self._tell(books, piles, now) + self._report_mails(books, now)
        return issued + self._sum_up_week(now)

    def rehearse(self, order: str, now: datetime) -> None:
        """Decide on one order as `tick` would, and keep nothing of it; raises what `tick` would."""
        with suppress(_Undone), self.store.writing() as books:
            piles = _Piles()
            self._judge(books, order, piles, now)
            self._tell(books, piles, now)
            raise _Undone

    def _tell(self, books: Books, piles: "_Piles", now: datetime) -> int:
        """Write what the tick found due; returns how many alerts it came to."""
        # One alone is told whole, with its letter; several come in one list.
        piles.late += piles.again
        if len(piles.late) == 1:
            piles.own.append(piles.late.pop())
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in piles.own:
            # A remark is of one order alone, and so are its words.
            order = line.case.order if line.step.rung.aside else ""
            groups.setdefault((line.step.name, order), []).append(line)
        told = [(self._write(books, lines, now), lines) for lines in groups.values()]
        if piles.late:
            told.append((self.wording.summary(piles.late, now), piles.late))
        for alert, lines in told:
            self._issue(books, alert, [_identity(line.step) for line in lines], now)
        return len(told)

    def _write(self, books: Books, lines: list[Line], now: datetime) -> Alert:
        """The alert for cases that came to one step: one alone whole, several in a list."""
        if len(lines) == 1:
            [line] = lines
            seller = history_of(books, line.case.store, self.guidance, now)
            return self.wording.for_step(line.case, line.step, now, seller)
        return self.bulletins.several(lines, now)

    def _judge(self, books: Books, order: str, piles: "_Piles", now: datetime) -> None:
        """Look at one order, and sort what is due for it by how it is to be told."""
        case = fold(order, books.events(order)).case
        agenda = draw_agenda(case, self.guidance, now)
        told_at = books.last_told(order)
        fresh = [step for step in agenda.due if not books.was_issued(_identity(step))]
        rests = {_identity(step): self._rests_until(books, step) for step in fresh}
        waits = {identity: until for identity, until in rests.items() if until > now}
        looks = [*waits.values(), agenda.look_again_at]
        books.note_decision(case, min((at for at in looks if at is not None), default=None))
        if not waits:
            books.withdraw_stale(order, [_identity(step) for step in agenda.due], now)
        for step in fresh:
            if _identity(step) in waits:
                continue
            line = Line(case=case, step=step)
            # A case that the person never heard of is as old as its last news; of one that they
            # know, and of an order that is no case, the step is as old as its date.
            news = case.changed_at or step.due_at
            first = told_at is None and case.is_open
            since = news if first else max(step.due_at, news)
            if told_at is not None and step.ends_a_right and not step.repeats:
                # However long the pause was: what is lost soon is told whole, with its letter.
                piles.own.append(line)
            elif now - since > LATE:
                piles.late.append(line)
            elif step.repeats:
                piles.again.append(line)
            else:
                piles.own.append(line)

    def _rests_until(self, books: Books, step: Step) -> datetime:
        """Until when a repeat waits, so that its interval has passed since it was last asked.

        By the calendar alone it could follow an asking of yesterday's.
        """
        asked_at = books.last_asked(step.order, step.name, step.visit) if step.repeats else None
        if asked_at is None:
            return step.due_at
        return same_time_later(self.guidance.calendar, asked_at, step.rung.repeat_days or 0)

    def _issue(
        self, books: Books, alert: Alert, identities: Collection[Identity], now: datetime
    ) -> None:
        channels = self.routes.channels(alert.severity)
        until = self.routes.hold(alert.severity, now)
        books.issue(alert, identities, channels, now, not_before=until)

    def _sum_up_week(self, now: datetime) -> int:
        """Write the summary of the week that ended last, once, and where there is one to write.

        The cases are read before the transaction, for there may be thousands.
        """
        week = self.routes.quiet.week(now)
        if week is None:
            return 0
        identity = Identity(subject=WEEKLY, step=WEEKLY, occurrence=week.name)
        with self.store.reading() as books:
            if books.was_issued(identity):
                return 0
            # Who begins in the middle of a week waits for its end.
            first = books.last_issued(WEEKLY) is None
            alert = None if first else self._look_back(books, week, now)
        with self.store.writing() as books:
            if alert is None:
                books.pass_over(identity, now)
                return 0
            # One that no channel took in a week is overtaken by the next.
            books.withdraw_stale(WEEKLY, [identity], now)
            channels = self.routes.channels(alert.severity)
            wakes = self.routes.quiet.release_bulletin(now)
            until = wakes if wakes > now else None
            books.issue(alert, [identity], channels, now, not_before=until)
            return 1

    def _look_back(self, books: Books, week: Week, now: datetime) -> Alert | None:
        """The summary of `week`; `None` where nothing is open and nothing came back."""
        cases = [fold(order, books.events(order)).case for order in books.open_orders()]
        came = [
            returned_in(order, books.events(order), week)
            for order in books.orders_with(EventKind.MONEY_RECEIVED, week.begin)
        ]
        returned = [each for each in came if each is not None]
        if not cases and not returned:
            return None
        return self.bulletins.weekly(cases, returned, now)

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


class _Undone(Exception):  # noqa: N818 -- no error: it takes a rehearsal's transaction back
    """A rehearsal came to its end."""


@dataclass(slots=True)
class _Piles:
    """What one tick has to tell, sorted by how."""

    own: list[Line] = field(default_factory=list)
    """Each an alert of its own."""
    again: list[Line] = field(default_factory=list)
    """Asked before."""
    late: list[Line] = field(default_factory=list)
    """Old."""


def _identity(step: Step) -> Identity:
    return Identity(subject=step.order, step=step.name, occurrence=step.occurrence)


def _report_of(mail: KeptMail) -> str:
    if mail.outcome is None:
        return "mail_set_aside"
    if mail.authenticity is Authenticity.FAIL:
        return "mail_imitation"
    return "mail_unrecognised"
