"""What the flow needs of the outside world. Adapters fulfil these; neither imports the other."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from watcher.domain.arrival import Arrival
from watcher.domain.message import Message, RawMail
from watcher.domain.reading import Reading


class MailSource(Protocol):
    """One account's mailbox. Reading it changes nothing in it."""

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is new behind each folder's cursor, oldest first within a folder.

        A folder without a cursor, or with one that no longer fits the folder (UIDVALIDITY
        changed, the file was rewritten), is read from `since` on; recognising what is known
        already is the reader's part.

        Raises:
            UserError: the login was refused, or a folder is missing (after the others were read).
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
