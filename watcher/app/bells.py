"""The doorbells of all accounts: each waits in a thread of its own, and hurries a poll."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final

from watcher.adapters.imap.doorbell import Doorbell, Ring
from watcher.app.compose import WatchedAccount
from watcher.domain.errors import TransientError, UserError
from watcher.domain.health import Part
from watcher.flow.ports import Store

LOG = logging.getLogger(__name__)

WAIT: Final = 600.0
PAUSE: Final = 60.0
"""Seconds between two tries of a bell that is broken or was refused."""


class Bells:
    """Listens for new mail. A bell that fails costs latency, never a mail."""

    def __init__(
        self,
        accounts: Iterable[WatchedAccount],
        store: Store,
        *,
        on_ring: Callable[[str], None],
        on_error: Callable[[BaseException], None],
        pause: float = PAUSE,
    ) -> None:
        """`on_ring` gets the account's name, `on_error` a fault that ends a bell's thread."""
        self._store = store
        self._on_ring = on_ring
        self._on_error = on_error
        self._pause = pause
        self._stop = threading.Event()
        self._accounts = {one.name: one.imap for one in accounts if one.imap is not None}
        self._bells: list[Doorbell] = []

    def start(self) -> None:
        """Begin to listen; returns at once."""
        for name, account in self._accounts.items():
            bell = Doorbell(account)
            self._bells.append(bell)
            threading.Thread(
                target=self._listen, args=(name, bell), name=f"bell:{name}", daemon=True
            ).start()

    def stop(self) -> None:
        """Stop listening; returns at once."""
        self._stop.set()
        for bell in self._bells:
            bell.stop()

    def _listen(self, account: str, bell: Doorbell) -> None:
        try:
            with bell:
                while not self._stop.is_set() and self._hear(account, bell):
                    pass
        except BaseException as error:  # noqa: BLE001 -- handed to the main thread, which ends with it
            self._on_error(error)

    def _hear(self, account: str, bell: Doorbell) -> bool:
        """Wait once; whether waiting again makes sense."""
        try:
            ring = bell.wait(WAIT)
        except UserError:
            # The poll meets the same refusal and tells of it; wait until it got in.
            LOG.info("bell_refused account=%s", account)
            while not self._stop.wait(self._pause) and not self._is_well(account):
                pass
            return True
        except TransientError as error:
            LOG.info("bell_failed account=%s reason=%r", account, str(error))
            self._stop.wait(self._pause)
            return True
        match ring:
            case Ring.NEW_MAIL:
                LOG.info("bell_rang account=%s", account)
                self._on_ring(account)
            case Ring.QUIET:
                pass
            case Ring.BROKEN:
                LOG.info("bell_broken account=%s", account)
                self._stop.wait(self._pause)
            case Ring.UNSUPPORTED:
                LOG.info("bell_unsupported account=%s", account)
                return False
        return True

    def _is_well(self, account: str) -> bool:
        try:
            with self._store.reading() as books:
                return not books.health(Part.ACCOUNT, account).is_failing
        except TransientError as error:
            LOG.info("bell_waits account=%s reason=%r", account, str(error))
            return False
