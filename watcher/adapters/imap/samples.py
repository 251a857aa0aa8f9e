"""A few headers out of a mailbox, to learn from. Nothing in it is changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from imapclient import IMAPClient

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.candidates import find_candidates, read_time
from watcher.adapters.imap.connection import connected
from watcher.adapters.imap.folders import choose_folders, examine_folder, measure_folder
from watcher.adapters.mail_header import spread
from watcher.domain.message import RawMail

_INBOX = "INBOX"
_DAYS = 180
_NEWEST = 2_000
_AT_ONCE = 20
_HEADER = "BODY.PEEK[HEADER]<0.65536>"


def sample_headers(
    account: ImapAccount, *, now: datetime, claiming: int, others: int
) -> list[RawMail]:
    """Answer headers of the newest mails that may be AliExpress's, and of any others.

    The others are spread evenly over the newest 2,000 mails of the INBOX, whatever folders are
    watched: a folder that a rule fills with AliExpress's mail alone has nothing to compare with.

    Raises:
        UserError: the login was refused.
        TransientError: the server is away, or broke off.

    """
    with connected(account) as client:
        found: list[RawMail] = []
        for folder in account.folders or choose_folders(client):
            extent = measure_folder(client, folder)
            if extent is None:
                continue
            _, count = examine_folder(client, folder)
            candidates = find_candidates(
                client,
                account.senders,
                above=0,
                up_to=extent.highest_uid,
                since=now - timedelta(days=_DAYS),
                count=count,
            )
            found += _fetch(client, [one.uid for one in candidates[-claiming:]])
        _, count = examine_folder(client, _INBOX)
        first = max(0, count - _NEWEST)
        client.use_uid = False
        found += _fetch(client, [first + place + 1 for place in spread(count - first, others)])
    return found


def _fetch(client: IMAPClient, numbers: Sequence[int]) -> Iterator[RawMail]:
    for start in range(0, len(numbers), _AT_ONCE):
        asked = list(numbers[start : start + _AT_ONCE])
        answer: dict[int, dict[bytes, object]] = client.fetch(asked, ["INTERNALDATE", _HEADER])
        for items in answer.values():
            header = next((items[key] for key in items if key.startswith(b"BODY[HEADER")), None)
            if isinstance(header, bytes):
                received_at = read_time(items.get(b"INTERNALDATE"))
                yield RawMail(content=header, received_at=received_at)
