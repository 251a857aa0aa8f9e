"""Looks signatures up again that could not be looked up when their mails were read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watcher.domain.kept_mail import PendingProof
from watcher.domain.message import Authenticity
from watcher.flow.ports import Store
from watcher.flow.replay import Replay

FIRST_PAUSE: Final = timedelta(minutes=3)
LONGEST_PAUSE: Final = timedelta(hours=1)
PATIENCE: Final = timedelta(days=3)
"""How long a proof is sought. A name server is not away for longer; a key may be withdrawn."""
AT_ONCE: Final = 50
"""Mails a run: each may wait some seconds for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """Seeks the proofs that are still pending. A mail's proof only ever gets better by it."""

    store: Store
    replay: Replay

    def retry(self, now: datetime, *, watch: Callable[[], None] = lambda: None) -> int:
        """Try those whose pause is over; returns how many mails were proven.

        The orders they speak of are judged anew at the next tick. `watch` sees every mail.

        Raises:
            TransientError: the disk is full or the database locked; what was proven stands.

        """
        with self.store.reading() as books:
            pending = books.pending_proofs(now, AT_ONCE)
        proven = 0
        for one in pending:
            proven += self._try(one, now)
            watch()
        return proven

    def _try(self, pending: PendingProof, now: datetime) -> bool:
        change = self.replay.read_again(pending.digest)
        if change is not None and change.after.authenticity is Authenticity.PASS:
            self.replay.apply(change, now)
            return True
        again = None
        if change is not None and change.after.proof_pending:
            again = next_try(pending.read_at, now)
        with self.store.writing() as books:
            books.seek_proof(pending.digest, again)
        return False


def next_try(read_at: datetime, now: datetime) -> datetime | None:
    """When to try again: after as long as was waited so far, an hour at most; `None` for never.

    A mail that seems to be read in the future was read on a clock since set back.
    """
    waited = max(now - read_at, timedelta())
    if waited >= PATIENCE:
        return None
    return now + min(max(waited, FIRST_PAUSE), LONGEST_PAUSE)
