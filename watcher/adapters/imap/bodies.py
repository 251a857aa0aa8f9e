"""Fetching whole mails, a bounded amount at a time."""

import re
from collections.abc import Iterator, Sequence

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from watcher.adapters.imap.candidates import Candidate, read_time
from watcher.domain.errors import TransientError
from watcher.domain.message import RawMail

Outcome = RawMail | str | None
"""A mail, or why it was refused, or `None` where it vanished from the folder."""

_MAILS_AT_ONCE = 50
_BYTES_AT_ONCE = 2_000_000
# RFC 5530: the mail is gone, or the trouble is not this mail's.
_GONE = re.compile(r"EXPUNGEISSUED|NONEXISTENT")
_PASSING = re.compile(r"UNAVAILABLE|INUSE|LIMIT|OVERQUOTA")


def fetch_bodies(
    client: IMAPClient, candidates: Sequence[Candidate], max_bytes: int
) -> Iterator[tuple[Candidate, Outcome]]:
    """Yield each candidate with what came of fetching it, in the given order.

    Mails above `max_bytes` are not fetched. At most one batch is held in memory: 2 MB, or one
    mail where that is larger.

    Raises:
        TransientError: the server says that it cannot at the moment.
        OSError, IMAPClientAbortError: the connection broke.

    """
    for batch in _batches(candidates, max_bytes):
        outcomes = _fetch(client, [mail.uid for mail in batch if mail.size <= max_bytes])
        for candidate in batch:
            if candidate.size > max_bytes:
                yield candidate, _describe_size(candidate.size, max_bytes)
                continue
            outcome = outcomes.pop(candidate.uid, None)
            if isinstance(outcome, RawMail) and len(outcome.content) > max_bytes:
                # RFC822.SIZE is an estimate on some servers.
                outcome = _describe_size(len(outcome.content), max_bytes)
            yield candidate, outcome


def _batches(candidates: Sequence[Candidate], max_bytes: int) -> Iterator[list[Candidate]]:
    batch: list[Candidate] = []
    weight = 0
    for candidate in candidates:
        size = candidate.size if candidate.size <= max_bytes else 0
        if batch and (len(batch) == _MAILS_AT_ONCE or weight + size > _BYTES_AT_ONCE):
            yield batch
            batch, weight = [], 0
        batch.append(candidate)
        weight += size
    if batch:
        yield batch


def _fetch(client: IMAPClient, uids: Sequence[int]) -> dict[int, Outcome]:
    if not uids:
        return {}
    try:
        answer: dict[int, dict[bytes, object]] = client.fetch(uids, ["INTERNALDATE", "BODY.PEEK[]"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        if len(uids) > 1:
            # One mail that the server cannot read must not hide the others.
            return {uid: outcome for one in uids for uid, outcome in _fetch(client, [one]).items()}
        return {uids[0]: _judge_refusal(str(error))}
    outcomes: dict[int, Outcome] = {}
    for uid, items in answer.items():
        body = items.get(b"BODY[]")
        if isinstance(body, bytes):
            received_at = read_time(items.get(b"INTERNALDATE"))
            outcomes[uid] = RawMail(content=body, received_at=received_at)
        elif len(uids) > 1:
            # An unasked answer (new flags, say) may have stood in for the one asked for.
            outcomes.update(_fetch(client, [uid]))
        elif b"INTERNALDATE" in items:
            outcomes[uid] = "the server does not hand over its text"
    return outcomes


def _judge_refusal(said: str) -> str | None:
    if _GONE.search(said):
        return None
    if _PASSING.search(said):
        raise TransientError(f"the server gives out no mail at the moment: {said}")
    return f"the server cannot deliver it: {said}"


def _describe_size(size: int, max_bytes: int) -> str:
    return f"{size / 1e6:.3g} MB, more than the {max_bytes / 1e6:.3g} MB that are read"
