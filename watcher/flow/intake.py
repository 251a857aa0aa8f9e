"""Takes mails in: read, kept and told to the ledger in one transaction each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from watcher.domain.arrival import Arrival
from watcher.domain.errors import UnreadableMail, UserError
from watcher.domain.event import Event, Evidence, Witness
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.reading import Outcome, Reading
from watcher.flow.ports import Books, MailReader, MailSource, Now, Store

HOLD: Final = timedelta(hours=1)
"""How long at most a decision waits for the rest of a poll. A poll that ends releases at once."""

OLDEST_DATE: Final = datetime(2010, 4, 1, tzinfo=UTC)
"""AliExpress began in April 2010; a mail dated before it has a broken clock."""

_PROOF = (Authenticity.FAIL, Authenticity.UNKNOWN, Authenticity.PASS)


@dataclass(slots=True, kw_only=True)
class IntakeCount:
    """What one poll brought."""

    mails: int = 0
    new: int = 0
    events: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes the mails of one account in."""

    account: str
    source: MailSource
    reader: MailReader
    store: Store
    now: Now

    def poll(
        self,
        since: datetime,
        *,
        afresh: bool = False,
        watch: Callable[[Arrival], None] = lambda _: None,
    ) -> IntakeCount:
        """Take in what is new; with `afresh` everything from `since` on, known mails once.

        Decisions on the orders concerned wait until the poll has ended, so that an old mailbox is
        judged by its whole history and not mail by mail. `watch` sees every step.

        Raises:
            UserError: the login was refused, or a folder is missing.
            TransientError: the server broke off or the disk is full; what was taken in stands.

        """
        with self.store.reading() as books:
            cursors = {} if afresh else books.cursors(self.account)
        count = IntakeCount()
        try:
            for arrival in self.source.poll(cursors, since=since):
                self._take(arrival, count, known=cursors.get(arrival.folder) == arrival.cursor)
                watch(arrival)
        except UserError:
            # Waiting brings no more of this mailbox; what it did say is to be acted on.
            self._release()
            raise
        self._release()
        return count

    def _release(self) -> None:
        with self.store.writing() as books:
            books.release(self.account, self.now())

    def _take(self, arrival: Arrival, count: IntakeCount, *, known: bool) -> None:
        if arrival.mail is None and arrival.refusal is None and known:
            return
        now = self.now()
        if arrival.mail is not None:
            count.mails += 1
            try:
                message, reading = self.reader(arrival.mail)
            except UnreadableMail as error:
                kept = self._set_aside(arrival, str(error), now)
                events: list[Event] = []
            else:
                kept = self._kept(arrival, arrival.mail, message, reading, now)
                events = self._events(kept, message, reading)
        elif arrival.refusal is not None:
            kept, events = self._set_aside(arrival, arrival.refusal, now), []
        else:
            with self.store.writing() as books:
                books.move_cursor(self.account, arrival.folder, arrival.cursor)
            return
        with self.store.writing() as books:
            if self._write(books, kept, events, now):
                count.new += 1
                count.events += len(events)
                count.set_aside += kept.outcome is None
            books.move_cursor(self.account, arrival.folder, arrival.cursor)

    def _write(self, books: Books, kept: KeptMail, events: list[Event], now: datetime) -> bool:
        """Write a mail and what it says, unless it is known as well proven already."""
        if kept.outcome is Outcome.FOREIGN and kept.authenticity is not Authenticity.FAIL:
            return False  # somebody else's mail: none of our business, not even to keep
        known = books.known_as(kept.digest)
        if known is not None and _rank(kept.authenticity) <= _rank(known):
            return False
        books.keep(kept, now)
        for event in events:
            books.append(event, now)
            books.look_at(event.order, now + HOLD, held_by=self.account)
        return True

    def _kept(
        self, arrival: Arrival, raw: RawMail, message: Message, reading: Reading, now: datetime
    ) -> KeptMail:
        return KeptMail(
            digest=message.digest,
            account=self.account,
            folder=arrival.folder,
            received_at=happened_at(raw.received_at, message.sent_at, now),
            outcome=reading.outcome,
            authenticity=message.authenticity,
            language=reading.language,
            rule=reading.rule,
            sender=message.sender,
            subject=message.subject,
            content=raw.content,
        )

    def _set_aside(self, arrival: Arrival, problem: str, now: datetime) -> KeptMail:
        content = arrival.mail.content if arrival.mail else None
        place = f"{self.account}\0{arrival.folder}\0{arrival.cursor}"
        return KeptMail(
            digest=sha256(content or place.encode()).hexdigest(),
            account=self.account,
            folder=arrival.folder,
            received_at=(arrival.mail.received_at if arrival.mail else None) or now,
            outcome=None,
            problem=problem,
            content=content,
        )

    def _events(self, kept: KeptMail, message: Message, reading: Reading) -> list[Event]:
        return [
            Event(
                order=finding.order,
                kind=finding.kind,
                at=kept.received_at,
                witness=Witness.MAIL,
                authenticity=message.authenticity,
                account=self.account,
                mail=message.digest,
                reason=finding.reason,
                money=finding.money,
                evidence=reading.evidence or Evidence.SEEN,
            )
            for finding in reading.findings
        ]


def _rank(authenticity: Authenticity | None) -> int:
    return _PROOF.index(authenticity or Authenticity.UNKNOWN)


def happened_at(received_at: datetime | None, sent_at: datetime | None, now: datetime) -> datetime:
    """When a mail's news happened: when it was sent, never later than the server got it.

    The Date header is the sender's word and may be broken; INTERNALDATE is the server's, and is
    later than the news where a mailbox was moved or a mail imported.
    """
    latest = received_at or now
    if sent_at is None or sent_at < OLDEST_DATE:
        return latest
    return min(sent_at, latest)
