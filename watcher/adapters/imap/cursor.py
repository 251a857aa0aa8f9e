"""Where reading of one IMAP folder stopped."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"([0-9]{1,10}):([0-9]{1,10})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCursor:
    """The last UID that was seen, and the UIDVALIDITY it belongs to (RFC 9051, 2.3.1.1)."""

    uid_validity: int
    last_uid: int

    def __str__(self) -> str:
        return f"{self.uid_validity}:{self.last_uid}"


def parse_cursor(text: str | None) -> FolderCursor | None:
    """Read a cursor back; anything that is none counts as no cursor."""
    match = _FORM.fullmatch(text) if text else None
    if match is None:
        return None
    return FolderCursor(uid_validity=int(match[1]), last_uid=int(match[2]))
