"""An IMAP account as a source of mails."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from imapclient import IMAPClient

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.bodies import fetch_bodies
from watcher.adapters.imap.candidates import find_candidates
from watcher.adapters.imap.connection import connected
from watcher.adapters.imap.cursor import FolderCursor, parse_cursor
from watcher.adapters.imap.folders import (
    choose_folders,
    examine_folder,
    explain_missing,
    measure_folder,
)
from watcher.domain.arrival import Arrival
from watcher.domain.errors import FolderMissingError, TransientError, UserError
from watcher.domain.message import RawMail


class ImapSource:
    """One IMAP account's mailbox. Reading it changes nothing in it; one connection a poll."""

    def __init__(self, account: ImapAccount) -> None:
        self._account = account
        # The server is asked once a life which folder holds junk, not at every poll.
        self._folders = account.folders

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is new behind each folder's cursor, oldest first within a folder.

        A cursor is the folder's UIDVALIDITY and the last UID seen. Without one, or after
        UIDVALIDITY changed, the folder is read from `since` on.

        Raises:
            UserError: the login was refused, or there is none of the folders.
            FolderMissingError: a folder is missing, after the others were read.
            TransientError: the server is away, or broke off; what was yielded so far stands.

        """
        with connected(self._account) as client:
            if not self._folders:
                self._folders = choose_folders(client)
            missing = []
            extents = {folder: measure_folder(client, folder) for folder in self._folders}
            for folder, extent in extents.items():
                if extent is None:
                    missing.append(folder)
                    continue
                seen = parse_cursor(cursors.get(folder))
                reach = FolderCursor(uid_validity=extent.uid_validity, last_uid=extent.highest_uid)
                if seen is None or seen.uid_validity != reach.uid_validity:
                    yield from self._read(client, folder, reach, above=0, since=since)
                elif seen.last_uid < reach.last_uid:
                    yield from self._read(client, folder, reach, above=seen.last_uid, since=None)
            if missing:
                problems = explain_missing(client, self._account, missing)
                # A folder chosen for the person may have been renamed: choose again next time.
                self._folders = self._account.folders
                some = len(missing) < len(extents)
                raise FolderMissingError(*problems) if some else UserError(*problems)

    def _read(
        self,
        client: IMAPClient,
        folder: str,
        reach: FolderCursor,
        *,
        above: int,
        since: datetime | None,
    ) -> Iterator[Arrival]:
        validity, count = examine_folder(client, folder)
        if validity is not None and validity != reach.uid_validity:
            raise TransientError(f"{self._account.place}: {folder} was rebuilt during the poll")
        candidates = find_candidates(
            client,
            self._account.senders,
            above=above,
            up_to=reach.last_uid,
            since=since,
            count=count,
        )
        remaining = len(candidates)
        position: FolderCursor | None = None
        for candidate, outcome in fetch_bodies(client, candidates, self._account.max_bytes):
            remaining -= 1
            if outcome is None:
                continue
            position = FolderCursor(uid_validity=reach.uid_validity, last_uid=candidate.uid)
            yield Arrival(
                folder=folder,
                cursor=str(position),
                mail=outcome if isinstance(outcome, RawMail) else None,
                refusal=outcome if isinstance(outcome, str) else None,
                remaining=remaining,
            )
        if position != reach:
            # Beyond the last candidate there was nothing for us.
            yield Arrival(folder=folder, cursor=str(reach))
