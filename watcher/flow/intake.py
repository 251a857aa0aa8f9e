"""Takes mails in: read, kept and told to the ledger in one transaction each."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import uuid4

from watcher.domain.arrival import Arrival
from watcher.domain.errors import FolderMissingError, Problem, UnreadableMail, UserError
from watcher.domain.event import Event
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity
from watcher.domain.reading import Outcome
from watcher.flow.ports import Books, MailReader, MailSource, Now, Store
from watcher.flow.testimony import happened_at, keep_mail, rank, testify

HOLD: Final = timedelta(hours=1)
"""How long at most a decision waits for the rest of a poll. A poll that ends releases at once."""

MOST_CLAIMS: Final = 20
"""Orders of a stranger's mail that are looked up."""


@dataclass(slots=True, kw_only=True)
class IntakeCount:
    """What one poll brought."""

    mails: int = 0
    new: int = 0
    events: int = 0
    set_aside: int = 0
    missing: tuple[Problem, ...] = ()
    """The folders that are not there; the others were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes the mails of one account in."""

    account: str
    source: MailSource
    reader: MailReader
    store: Store
    now: Now
    run: str = field(default_factory=lambda: uuid4().hex)
    """Whose holds are whose: a scan beside the daemon must not release what that is reading."""

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
            UserError: the login was refused, or there is nothing to read.
            TransientError: the server broke off or the disk is full; what was taken in stands.

        """
        with self.store.reading() as books:
            cursors = {} if afresh else books.cursors(self.account)
        count = IntakeCount()
        try:
            for arrival in self.source.poll(cursors, since=since):
                # A look at the past is no progress: what lies before it would never be read.
                keep_place = afresh or cursors.get(arrival.folder) == arrival.cursor
                self._take(arrival, count, keep_place=keep_place)
                watch(arrival)
        except FolderMissingError as error:
            count.missing = error.problems
        except UserError:
            # Waiting brings no more of this mailbox; what it did say is to be acted on.
            self._release()
            raise
        self._release()
        return count

    def _release(self) -> None:
        with self.store.writing() as books:
            books.release(self.run, self.now())

    def _take(self, arrival: Arrival, count: IntakeCount, *, keep_place: bool) -> None:
        now = self.now()
        if arrival.mail is not None:
            count.mails += 1
            try:
                message, reading = self.reader(arrival.mail)
            except UnreadableMail as error:
                kept = self._set_aside(arrival, str(error), now)
                events: list[Event] = []
                claims: tuple[str, ...] = ()
            else:
                claims = reading.claims
                happened = happened_at(arrival.mail.received_at, message.sent_at, now)
                kept = keep_mail(
                    message,
                    reading,
                    account=self.account,
                    folder=arrival.folder,
                    happened=happened,
                    content=arrival.mail.content,
                )
                events = testify(kept, reading)
        elif arrival.refusal is not None:
            kept, events = self._set_aside(arrival, arrival.refusal, now), []
            claims = ()
        else:
            if not keep_place:
                with self.store.writing() as books:
                    books.move_cursor(self.account, arrival.folder, arrival.cursor)
            return
        with self.store.writing() as books:
            if kept.outcome is Outcome.FOREIGN and _imitates(books, claims):
                kept = replace(kept, authenticity=Authenticity.FAIL)
            if self._write(books, kept, events, now):
                count.new += 1
                count.events += len(events)
                count.set_aside += kept.outcome is None
            if not keep_place:
                books.move_cursor(self.account, arrival.folder, arrival.cursor)

    def _write(self, books: Books, kept: KeptMail, events: list[Event], now: datetime) -> bool:
        """Write a mail and what it says, unless it is known as well proven already."""
        if kept.outcome is Outcome.FOREIGN and kept.authenticity is not Authenticity.FAIL:
            return False  # somebody else's mail: none of our business, not even to keep
        known = books.known_as(kept.digest)
        if known is not None and rank(kept.authenticity) <= rank(known):
            return False
        books.keep(kept, now)
        for event in events:
            books.append(event, now)
            books.look_at(event.order, now + HOLD, held_by=self.run)
        return True

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


def _imitates(books: Books, claims: tuple[str, ...]) -> bool:
    """Whether a stranger's mail in AliExpress's name speaks of an order of the person's.

    Others of that kind are spam like any other. One that knows an order number comes from
    somebody who does, and may be believed.
    """
    return any(books.events(order) for order in claims[:MOST_CLAIMS])
