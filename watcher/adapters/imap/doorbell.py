"""IDLE on the INBOX: a hint that a poll is worth its while, never more (RFC 2177)."""

import selectors
import socket
import time
from enum import Enum, auto
from types import TracebackType
from typing import Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.connection import close_connection, open_connection, translated
from watcher.adapters.imap.folders import examine_folder, measure_folder
from watcher.adapters.imap.login import log_in, refresh_capabilities
from watcher.domain.errors import TransientError

_INBOX = "INBOX"
# Servers may end IDLE after 29 minutes, and home routers forget a silent connection long before.
_RENEW_AFTER = 300.0


class Ring(Enum):
    """What a wait came to."""

    NEW_MAIL = auto()
    QUIET = auto()
    """The time is up, or the bell was stopped."""
    BROKEN = auto()
    """The connection was lost or could not be made; pause, then wait again."""
    UNSUPPORTED = auto()
    """The server has no IDLE, and will have none later."""


class Doorbell:
    """Waits for mail on a connection of its own. One thread waits; any thread may stop it."""

    def __init__(self, account: ImapAccount, *, renew_after: float = _RENEW_AFTER) -> None:
        """Prepare; nothing is connected yet. `renew_after` is in seconds."""
        self._account = account
        self._renew_after = renew_after
        self._client: IMAPClient | None = None
        self._idle_since = 0.0
        self._count = 0
        self._known_uid: int | None = None
        self._stopped = False
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_writer.settimeout(0)

    def wait(self, seconds: float) -> Ring:
        """Wait until mail comes in, at most `seconds`; connects first where need be.

        After `BROKEN` the caller pauses: this never tries twice by itself.

        Raises:
            UserError: the login was refused; waiting again would only repeat it.

        """
        deadline = time.monotonic() + seconds
        if self._stopped:
            return Ring.QUIET
        try:
            with translated(self._account):
                ring = self._connect() if self._client is None else None
                return ring or self._listen(deadline)
        except TransientError:
            self._drop()
            return Ring.BROKEN
        except BaseException:
            self._drop()
            raise

    def stop(self) -> None:
        """End a wait at once, from any thread; later waits answer `QUIET` immediately."""
        self._stopped = True
        try:
            self._wake_writer.send(b"!")
        except OSError:
            # Closed already, or stopped so often that the pipe is full.
            return

    def close(self) -> None:
        """End IDLE and the connection. Called by the waiting thread, or when none waits."""
        self._stopped = True
        client, self._client = self._client, None
        if client is not None:
            try:
                client.idle_done()
            except (OSError, IMAPClientError):
                close_connection(client, politely=False)
            else:
                close_connection(client, politely=True)
        self._wake_reader.close()
        self._wake_writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self) -> Ring | None:
        client = open_connection(self._account)
        # Held from here on, so that whatever fails next drops it.
        self._client = client
        log_in(client, self._account)
        if b"IDLE" not in refresh_capabilities(client):
            self._drop()
            return Ring.UNSUPPORTED
        extent = measure_folder(client, _INBOX)
        _, self._count = examine_folder(client, _INBOX)
        self._start_idle(client)
        known, self._known_uid = self._known_uid, extent.highest_uid if extent else None
        # Mail that came in while the bell was broken rings as well.
        missed = known is not None and known != self._known_uid
        return Ring.NEW_MAIL if missed else None

    def _start_idle(self, client: IMAPClient) -> None:
        client.idle()
        self._idle_since = time.monotonic()

    def _listen(self, deadline: float) -> Ring:
        client = self._client
        while client is not None and not self._stopped:
            now = time.monotonic()
            renewal = self._idle_since + self._renew_after
            if now >= renewal:
                if self._renew(client):
                    return Ring.NEW_MAIL
                continue
            if now >= deadline:
                return Ring.QUIET
            # `idle_check` would swallow the end of the connection and break on half a line: what
            # there is to read is read as part of the answer to DONE, by blocking reads.
            if self._something_to_read(client, min(deadline, renewal) - now) and self._renew(
                client
            ):
                return Ring.NEW_MAIL
        return Ring.QUIET

    def _something_to_read(self, client: IMAPClient, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            selector.register(client.socket(), selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(seconds)}
        return bool(ready) and self._wake_reader not in ready

    def _renew(self, client: IMAPClient) -> bool:
        _, said = client.idle_done()
        rings = self._rings(said)
        self._start_idle(client)
        return rings

    def _rings(self, said: list[tuple[object, ...]]) -> bool:
        rings = False
        for first, *rest in said:
            if first == b"BYE":
                raise TransientError(f"{self._account.place}: the server said BYE")
            match rest[:1]:
                case [b"EXPUNGE"]:
                    self._count -= 1
                case [b"EXISTS"] if isinstance(first, int):
                    rings = rings or first > self._count
                    self._count = first
        return rings

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            close_connection(client, politely=False)
