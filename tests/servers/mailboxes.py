"""Mailboxes of every kind, delivered into the way each kind is, and looked over from outside."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient

from servers.dovecot_server import DovecotServer
from servers.pymap_server import PymapServer
from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.source import ImapSource
from watcher.adapters.maildir import MaildirSource
from watcher.adapters.mbox import MboxSource
from watcher.domain.arrival import Arrival


class Source(Protocol):
    """What is under test: the same promise from every kind of mailbox."""

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is new."""
        ...


class Mailbox(Protocol):
    """A mailbox with mail in it, whatever its kind."""

    def open_source(self, *, max_bytes: int = 5_000_000) -> Source:
        """Answer a source that has no memory of earlier polls."""
        ...

    def deliver(self, content: bytes, received_at: datetime) -> None:
        """Put a mail into the INBOX, as its server or its delivery agent would."""
        ...

    def look(self) -> object:
        """Everything about the mails that a reader might have changed by mistake."""
        ...

    def rebuild(self) -> None:
        """Make what was known of positions void, as a restored or rewritten mailbox does."""
        ...


def write_mail(
    subject: str, *, sender: str = "transaction@notice.aliexpress.com", size: int = 0
) -> bytes:
    """Write a small mail; `size` adds so many bytes of text."""
    text = "Hello.\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    return (
        f"From: AliExpress <{sender}>\r\nTo: me@example.org\r\nSubject: {subject}\r\n"
        f"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{subject}@example.org>\r\n"
        f"\r\n{text}"
    ).encode()


def read_subject(arrival: Arrival) -> str | None:
    """Answer which of `write_mail`'s mails came; `None` for a step without a mail."""
    if arrival.mail is None:
        return None
    found = re.search(rb"^Subject: (.*?)\r?$", arrival.mail.content, re.MULTILINE)
    assert found is not None, "a mail without its subject line"
    return found[1].decode()


class ImapMailbox:
    """A mailbox on a real IMAP server."""

    def __init__(self, server: PymapServer | DovecotServer, user: str, password: str) -> None:
        server.add_user(user, password)
        self.server = server
        self.user = user
        self._password = password
        self.account = self.make_account()

    def make_account(
        self,
        *,
        port: int | None = None,
        password: Callable[[], str] | None = None,
        folders: tuple[str, ...] = ("INBOX",),
        senders: tuple[str, ...] = ("aliexpress",),
        max_bytes: int = 5_000_000,
        timeout: float = 10.0,
    ) -> ImapAccount:
        """Answer the settings of this mailbox, with some of them changed."""
        return ImapAccount(
            host=self.server.host,
            port=port or self.server.port,
            user=self.user,
            password=password or (lambda: self._password),
            tls="none",
            folders=folders,
            senders=senders,
            max_bytes=max_bytes,
            timeout=timeout,
        )

    def open_source(self, *, max_bytes: int = 5_000_000) -> ImapSource:
        """Answer a source on the INBOX."""
        return ImapSource(self.make_account(max_bytes=max_bytes))

    @contextmanager
    def enter(self) -> Iterator[IMAPClient]:
        """Log in as another mail program would."""
        with IMAPClient(self.server.host, port=self.server.port, ssl=False, timeout=20) as client:
            client.login(self.user, self._password)
            yield client

    def deliver(self, content: bytes, received_at: datetime, folder: str = "INBOX") -> None:
        """Append a mail, unread."""
        with self.enter() as client:
            client.append(folder, content, msg_time=received_at)

    def look(self) -> object:
        """Every mail's flags, and how many the server still counts as recent."""
        with self.enter() as client:
            recent = client.folder_status("INBOX", ["RECENT", "UNSEEN", "MESSAGES"])
            client.select_folder("INBOX", readonly=True)
            flags = client.get_flags(client.search()) if client.search() else {}
            return recent, flags

    def rebuild(self) -> None:
        """Delete the INBOX's mails and deliver them anew under another UIDVALIDITY."""
        if isinstance(self.server, DovecotServer):
            change = ("mailbox", "update", "-u", self.user, "--uid-validity", "4000000000", "INBOX")
            self.server.run_doveadm(*change)
            return
        with self.enter() as client:
            client.rename_folder("INBOX", "moved")
            client.select_folder("moved", readonly=True)
            client.copy(client.search(), "INBOX")


class MaildirMailbox:
    """A Maildir; mails are delivered into `new` by way of `tmp`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = 0
        for part in ("tmp", "new", "cur"):
            (path / part).mkdir(parents=True)

    def open_source(self, *, max_bytes: int = 5_000_000) -> MaildirSource:
        """Answer a source on the Maildir."""
        return MaildirSource(self.path, max_bytes=max_bytes)

    def deliver(self, content: bytes, received_at: datetime, folder: str = "") -> None:
        """Write a file and move it into place, dated."""
        self._number += 1
        path = self.path / folder
        name = f"{int(received_at.timestamp())}.M{self._number}.host"
        draft = path / "tmp" / name
        draft.write_bytes(content)
        os.utime(draft, (received_at.timestamp(), received_at.timestamp()))
        draft.rename(path / "new" / name)

    def look(self) -> object:
        """Every file with its place and its times (but for the time of reading)."""
        return sorted(
            (str(path), status.st_mtime_ns, status.st_ctime_ns, status.st_mode, status.st_ino)
            for path in self.path.rglob("*")
            for status in [path.stat()]
        )

    def rebuild(self) -> None:
        """Copy every file, as restoring a backup does."""
        for part in ("new", "cur"):
            for path in sorted((self.path / part).iterdir()):
                status = path.stat()
                content = path.read_bytes()
                path.unlink()
                path.write_bytes(content)
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


class MboxMailbox:
    """An mbox file; mails are appended as Google Takeout writes them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(b"")

    def open_source(self, *, max_bytes: int = 5_000_000) -> MboxSource:
        """Answer a source on the file."""
        return MboxSource(self.path, max_bytes=max_bytes)

    def deliver(self, content: bytes, received_at: datetime) -> None:
        """Append a mail behind its separator."""
        stamp = received_at.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")
        escaped = re.sub(rb"^(>*From )", rb">\1", content, flags=re.MULTILINE)
        with self.path.open("ab") as file:
            file.write(f"From 1234567890@xxx {stamp}\n".encode() + escaped + b"\n")

    def look(self) -> object:
        """The file's bytes and times."""
        status = self.path.stat()
        return self.path.read_bytes(), status.st_mtime_ns, status.st_ctime_ns

    def rebuild(self) -> None:
        """Rewrite the file with one more header line in its first mail, as mail programs do."""
        content = self.path.read_bytes()
        self.path.write_bytes(content.replace(b"\r\nTo:", b"\r\nStatus: RO\r\nTo:", 1))
