"""What the flow needs of the outside world. Adapters fulfil these; neither imports the other."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from watcher.domain.alert import Alert, Delivery, Severity
from watcher.domain.arrival import Arrival
from watcher.domain.case import Case
from watcher.domain.event import Event, EventKind
from watcher.domain.health import Health, Part
from watcher.domain.kept_mail import KeptMail, PendingProof
from watcher.domain.letter import Letter
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.outbox import Identity, PendingDelivery
from watcher.domain.reading import Reading
from watcher.domain.told import ToldAlert


class Now(Protocol):
    """Asks for the time, aware, in UTC."""

    def __call__(self) -> datetime:
        """The time at this call."""
        ...


class MailSource(Protocol):
    """One account's mailbox. Reading it changes nothing in it."""

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is new behind each folder's cursor, oldest first within a folder.

        A folder without a cursor, or with one that no longer fits the folder (UIDVALIDITY
        changed, the file was rewritten), is read from `since` on; recognising what is known
        already is the reader's part.

        Raises:
            UserError: the login was refused, or there is none of the folders.
            FolderMissingError: a folder is missing, after the others were read.
            TransientError: the server is away, or broke off; what was yielded so far stands.

        """
        ...


class MailReader(Protocol):
    """Turns a raw mail into what the program sees of it, and what the rules make of that."""

    def __call__(self, mail: RawMail) -> tuple[Message, Reading]:
        """Parse and read one mail.

        Raises:
            UnreadableMail: the mail breaks the parser, or its limits.

        """
        ...


class Written(Protocol):
    """A rendered alert."""

    @property
    def title(self) -> str:
        """One line."""
        ...

    @property
    def body(self) -> str:
        """Plain text."""
        ...


class Renderer(Protocol):
    """Turns a template and its facts into words."""

    def render(self, template: str, context: Mapping[str, object]) -> Written:
        """The title and the body."""
        ...

    def letter(self, name: str, context: Mapping[str, object]) -> str:
        """The letter to paste."""
        ...

    def letters(self, name: str, context: Mapping[str, object]) -> Letter:
        """The letter to paste, and the same in the other language beside it."""
        ...


class Channel(Protocol):
    """One way to the person."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    def send(self, alert: Alert) -> Delivery:
        """Send once and tell what became of it; never raises for the service's sake."""
        ...


class Books(Protocol):
    """What can be read and written within one transaction."""

    # Mails
    def cursors(self, account: str) -> dict[str, str]: ...
    def move_cursor(self, account: str, folder: str, position: str) -> None: ...
    def known_as(self, digest: str) -> Authenticity | None: ...
    def keep(self, mail: KeptMail, now: datetime) -> None: ...
    def unreported(self) -> list[KeptMail]: ...
    def unrecognised(self) -> list[KeptMail]: ...
    def digests(self, since: datetime | None = None, prefix: str = "") -> list[str]: ...
    def find(self, digest: str) -> KeptMail | None: ...
    def discard(self, digest: str) -> None: ...
    def pending_proofs(self, now: datetime, limit: int) -> list[PendingProof]: ...
    def seek_proof(self, digest: str, when: datetime | None) -> None: ...
    def mark_reported(self, digests: list[str], now: datetime) -> None: ...

    # Orders
    def append(self, event: Event, now: datetime) -> None: ...
    def events(self, order: str) -> list[Event]: ...
    def orders(self) -> list[str]: ...
    def open_orders(self) -> list[str]: ...
    def orders_with(self, kind: EventKind, since: datetime) -> list[str]: ...
    def orders_of(self, store: str) -> list[str]: ...
    def stores(self) -> list[str]: ...
    def told_by(self, mail: str) -> list[Event]: ...
    def retract(self, mail: str) -> None: ...
    def look_at(self, order: str, when: datetime, *, held_by: str | None = None) -> None: ...
    def release(self, held_by: str, now: datetime) -> None: ...
    def orders_to_look_at(self, now: datetime, limit: int) -> list[str]: ...
    def note_decision(self, case: Case, look_again_at: datetime | None) -> None: ...

    # Alerts
    def was_issued(self, identity: Identity) -> bool: ...
    def last_told(self, subject: str) -> datetime | None: ...
    def was_heard(self, subject: str, step: str) -> bool: ...
    def last_asked(self, subject: str, step: str, visit: str) -> datetime | None: ...
    def issue(
        self,
        alert: Alert,
        identities: Collection[Identity],
        channels: Collection[str],
        now: datetime,
        *,
        not_before: datetime | None = None,
    ) -> int: ...
    def pass_over(self, identity: Identity, now: datetime) -> None: ...
    def readdress(self, carried: Mapping[str, Collection[str]]) -> None: ...
    def last_issued(self, step: str) -> datetime | None: ...
    def withdraw_stale(self, subject: str, alive: Collection[Identity], now: datetime) -> None: ...
    def pending(
        self,
        channel: str,
        now: datetime,
        limit: int = 20,
        severities: Collection[Severity] = ...,
    ) -> list[PendingDelivery]: ...
    def settle(self, item: PendingDelivery, now: datetime) -> None: ...
    def postpone(self, item: PendingDelivery, next_try_at: datetime, reason: str) -> None: ...
    def expire(self, item: PendingDelivery, now: datetime, reason: str) -> None: ...
    def told_about(self, order: str) -> list[ToldAlert]: ...

    # Proof of life
    def health(self, part: Part, name: str) -> Health: ...
    def note_health(self, health: Health) -> None: ...


class Store(Protocol):
    """Where everything is written down."""

    def writing(self) -> AbstractContextManager[Books]:
        """A transaction that holds the write lock: everything in it happens, or nothing.

        Raises:
            TransientError: the disk is full, or another writer does not let go.

        """
        ...

    def reading(self) -> AbstractContextManager[Books]:
        """A consistent view that waits for no writer."""
        ...
