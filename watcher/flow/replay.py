"""Reads the stored mails again by today's rules: planned as values, then applied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.domain.errors import UnreadableMail
from watcher.domain.event import Event
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import RawMail
from watcher.domain.reading import Outcome
from watcher.flow.ports import MailReader, Store
from watcher.flow.testimony import keep_mail, rank, testify


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One stored mail, as it was read and as it is read today."""

    before: KeptMail
    after: KeptMail
    told: tuple[Event, ...]
    """What it was thought to say."""
    tells: tuple[Event, ...]
    """What it says by today's rules."""

    @property
    def matters(self) -> bool:
        """Whether today's rules read it otherwise."""
        before, after = self.before, self.after
        same = replace(after, problem=before.problem, proof_pending=before.proof_pending) == before
        return not same or set(self.tells) != set(self.told)

    @property
    def orders(self) -> frozenset[str]:
        """The orders that are to be judged anew."""
        return frozenset(event.order for event in (*self.told, *self.tells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Reads stored mails anew, each by the reader of its account."""

    store: Store
    readers: Mapping[str, MailReader]

    def plan(self, since: datetime | None = None) -> Iterator[Change]:
        """What would change, one mail at a time, oldest first; nothing is written."""
        with self.store.reading() as books:
            digests = books.digests(since)
        for digest in digests:
            change = self.read_again(digest)
            if change is not None and change.matters:
                yield change

    def read_again(self, digest: str) -> Change | None:
        """What one mail says today; `None` where it is gone, or cannot be read any more.

        A mail of an account that is no longer in the settings is read by any other's reader: the
        rules are the same, and its proof stays what it was.
        """
        with self.store.reading() as books:
            before = books.find(digest)
            told = tuple(books.told_by(digest))
        if before is None or before.content is None:
            return None
        return self._read(before, before.content, told)

    def _read(self, before: KeptMail, content: bytes, told: tuple[Event, ...]) -> Change | None:
        reader = self.readers.get(before.account) or next(iter(self.readers.values()))
        raw = RawMail(content=content, received_at=before.received_at)
        try:
            message, reading = reader(raw)
        except UnreadableMail:
            # Read once and unreadable now: what it said stands. A bug to be told, not to act on.
            return None
        if rank(message.authenticity) < rank(before.authenticity):
            # A proof that was seen when the mail came does not lapse when keys are changed.
            proof = before.authenticity or message.authenticity
            message = replace(message, authenticity=proof, proof_pending=False)
        after = keep_mail(
            message,
            reading,
            account=before.account,
            folder=before.folder,
            happened=before.received_at,
            content=content,
        )
        if after.outcome is Outcome.FOREIGN:
            # A sender no longer listed: what its mails said is taken back, the mail is kept. An
            # imitation stays one.
            after = replace(after, authenticity=before.authenticity)
        tells = tuple(testify(after, reading))
        return Change(before=before, after=after, told=told, tells=tells)

    def apply(self, change: Change, now: datetime) -> None:
        """Write one change; the orders it concerns are judged anew at the next tick.

        What was alerted stays alerted: an alert's identity outlives the reading it came from.
        """
        with self.store.writing() as books:
            books.retract(change.before.digest)
            if change.after.digest != change.before.digest:
                books.discard(change.before.digest)
            if books.known_as(change.after.digest) is None or (
                change.after.digest == change.before.digest
            ):
                books.keep(change.after, now)
                for event in change.tells:
                    books.append(event, now)
            for order in change.orders:
                books.look_at(order, now)
