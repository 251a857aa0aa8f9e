"""Which folders are read, and how far each of them reaches."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from watcher.adapters.imap.account import ImapAccount
from watcher.domain.errors import Problem, TransientError

_WELL_KNOWN_JUNK = ("junk", "spam", "[gmail]/spam", "[googlemail]/spam", "junk e-mail", "bulk mail")
_MOST_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far a folder reaches: its UIDVALIDITY and its highest possible UID so far."""

    uid_validity: int
    highest_uid: int


def measure_folder(client: IMAPClient, folder: str) -> Extent | None:
    """Ask by STATUS how far a folder reaches; `None` where the server refuses to open it.

    STATUS and not EXAMINE, because Courier's EXAMINE has no UIDNEXT and STATUS opens nothing.

    Raises:
        TransientError: the answer lacks UIDVALIDITY or UIDNEXT.
        OSError, IMAPClientAbortError: the connection broke.

    """
    try:
        status: dict[bytes, object] = client.folder_status(folder, ["UIDNEXT", "UIDVALIDITY"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return None
    validity, following = status.get(b"UIDVALIDITY"), status.get(b"UIDNEXT")
    if not isinstance(validity, int) or not isinstance(following, int):
        raise TransientError(f"folder {folder}: the server's STATUS lacks UIDVALIDITY or UIDNEXT")
    return Extent(uid_validity=validity, highest_uid=following - 1)


def examine_folder(client: IMAPClient, folder: str) -> tuple[int | None, int]:
    """Open a folder for reading only; answer its UIDVALIDITY, where told, and how many mails."""
    answer: dict[bytes, object] = client.select_folder(folder, readonly=True)
    validity, count = answer.get(b"UIDVALIDITY"), answer.get(b"EXISTS")
    return validity if isinstance(validity, int) else None, count if isinstance(count, int) else 0


def choose_folders(client: IMAPClient) -> tuple[str, ...]:
    """Answer INBOX and the folder for junk: the server's word for it, else a well-known name."""
    listed = list_folders(client)
    marked = [name for name, flags in listed if b"\\junk" in flags]
    known = [name for name, _ in listed if _tail(name) in _WELL_KNOWN_JUNK]
    return ("INBOX", *(marked or known)[:1])


def list_folders(client: IMAPClient) -> list[tuple[str, frozenset[bytes]]]:
    """List the folders that can be opened, each with its flags in lower case."""
    listed = [
        (str(name), frozenset(bytes(flag).lower() for flag in flags))
        for flags, _, name in client.list_folders()
    ]
    return [
        (name, flags) for name, flags in listed if not flags & {b"\\noselect", b"\\nonexistent"}
    ]


def explain_missing(
    client: IMAPClient, account: ImapAccount, missing: Iterable[str]
) -> tuple[Problem, ...]:
    """Say which folders there are instead of the missing ones.

    Raises:
        TransientError: one of them is there after all, and the server did not open it just now.

    """
    names = [name for name, _ in list_folders(client)]
    problems = []
    for folder in missing:
        if folder in names or folder.upper() == "INBOX":
            raise TransientError(f"{account.place}: the server would not open {folder}")
        close = difflib.get_close_matches(folder, names, n=1) or [
            name for name in names if _tail(name) == folder.lower()
        ]
        there = ", ".join(names[:_MOST_NAMES_SHOWN]) + (
            ", …" if len(names) > _MOST_NAMES_SHOWN else ""
        )
        meant = f"did you mean {close[0]}? " if close else ""
        problems.append(
            Problem(
                place=account.place,
                what=f"there is no folder {folder} that can be opened",
                fix=f"{meant}Folders that exist: {there}",
            )
        )
    return tuple(problems)


def _tail(name: str) -> str:
    lower = name.lower()
    return lower.removeprefix("inbox.").removeprefix("inbox/")
