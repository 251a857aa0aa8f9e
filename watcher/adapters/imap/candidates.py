"""Finding a folder's mails that may be AliExpress's, without fetching any."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

_SIZES_AT_ONCE = 200
_HEADERS_AT_ONCE = 200
_FROM_LINE = "BODY.PEEK[HEADER.FIELDS (FROM)]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A mail by its UID, with its size in bytes and the time it came in, as the server tells."""

    uid: int
    size: int
    received_at: datetime | None


def find_candidates(
    client: IMAPClient,
    senders: Sequence[str],
    *,
    above: int,
    up_to: int,
    since: datetime | None,
    count: int,
) -> list[Candidate]:
    """Answer the candidates with `above` < UID <= `up_to` in the open folder, lowest UID first.

    The server searches. One that cannot is asked for the From lines of its newest mails
    instead, `count` being how many mails the folder holds. With `since`, older mails are left
    out, by the server's date.

    Raises:
        OSError, IMAPClientError: the connection broke, or an answer made no sense.

    """
    try:
        found: Iterable[int] = _search(client, senders, above=above, since=since)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        found = _scan_headers(client, senders, above=above, count=count)
    # `n:*` includes the last mail even when its UID is below n (RFC 3501, 6.4.8).
    uids = sorted({uid for uid in found if above < uid <= up_to})
    return [
        candidate
        for candidate in _measure(client, uids)
        if since is None or candidate.received_at is None or candidate.received_at >= since
    ]


def count_candidates(client: IMAPClient, senders: Sequence[str], since: datetime) -> int:
    """Answer how many candidates the open folder holds since a day; nothing is fetched.

    Raises:
        OSError, IMAPClientError: the connection broke, or the server cannot search.

    """
    return len(_search(client, senders, above=0, since=since))


def read_time(value: object) -> datetime | None:
    """Turn an INTERNALDATE into UTC; a missing or impossible one is `None`."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def _search(
    client: IMAPClient, senders: Sequence[str], *, above: int, since: datetime | None
) -> list[int]:
    criteria: list[str | date] = ["UID", f"{above + 1}:*"] if above else []
    if since is not None:
        # SINCE compares days in the server's own zone; the exact time is checked afterwards.
        criteria += ["SINCE", since.astimezone(UTC).date() - timedelta(days=1)]
    for sender in senders[:-1]:
        criteria += ["OR", "FROM", sender]
    criteria += ["FROM", senders[-1]]
    return [int(uid) for uid in client.search(criteria)]


def _scan_headers(
    client: IMAPClient, senders: Sequence[str], *, above: int, count: int
) -> Iterator[int]:
    wanted = [sender.lower().encode() for sender in senders]
    # Backwards by sequence number: UIDs may have wide gaps, and how many are new is not told.
    for last in range(count, 0, -_HEADERS_AT_ONCE):
        first = max(1, last - _HEADERS_AT_ONCE + 1)
        lowest = above + 1
        for uid, line in _fetch_from_lines(client, range(first, last + 1)):
            lowest = min(lowest, uid)
            if any(part in line for part in wanted):
                yield uid
        if lowest <= above:
            return


def _fetch_from_lines(client: IMAPClient, numbers: range) -> Iterator[tuple[int, bytes]]:
    client.use_uid = False
    try:
        answer: dict[int, dict[bytes, object]] = client.fetch(list(numbers), ["UID", _FROM_LINE])
    finally:
        client.use_uid = True
    for items in answer.values():
        uid = items.get(b"UID")
        line = next((items[key] for key in items if key.startswith(b"BODY[HEADER")), None)
        if isinstance(uid, int) and isinstance(line, bytes):
            yield uid, line.lower()


def _measure(client: IMAPClient, uids: Sequence[int]) -> Iterator[Candidate]:
    for start in range(0, len(uids), _SIZES_AT_ONCE):
        asked = uids[start : start + _SIZES_AT_ONCE]
        answer: dict[int, dict[bytes, object]] = client.fetch(
            asked, ["RFC822.SIZE", "INTERNALDATE"]
        )
        for uid in asked:
            # A mail that vanished since the search has no answer, or one without its size.
            items = answer.get(uid, {})
            size = items.get(b"RFC822.SIZE")
            if isinstance(size, int):
                received_at = read_time(items.get(b"INTERNALDATE"))
                yield Candidate(uid=uid, size=size, received_at=received_at)
