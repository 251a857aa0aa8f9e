"""The few header lines that tell, in a local file, whether a mail is worth reading whole."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HEADER_LIMIT = 262_144
"""Bytes of a header that are looked at; real ones are a twentieth of that."""

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_FROM = re.compile(rb"^from[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile(rb"^received[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)


def cut_header(start_of_mail: bytes) -> bytes:
    """Answer the header of a mail without its body, long lines unfolded."""
    ends = [place for mark in (b"\n\n", b"\n\r\n") if (place := start_of_mail.find(mark)) >= 0]
    return _FOLD.sub(b" ", start_of_mail[: min(ends) + 1] if ends else start_of_mail)


def is_candidate(header: bytes, senders: Sequence[str]) -> bool:
    """Whether any From line has any of the parts in it, letter case ignored."""
    lines = [line.lower() for line in _FROM.findall(header)]
    return any(part.lower().encode() in line for part in senders for line in lines)


def spread(count: int, wanted: int) -> tuple[int, ...]:
    """Answer at most `wanted` places out of 0 to `count` - 1, evenly spread, the last among them.

    >>> spread(100, 5)
    (19, 39, 59, 79, 99)
    """
    wanted = min(count, wanted)
    return tuple((number + 1) * count // wanted - 1 for number in range(wanted))


def read_received(header: bytes) -> datetime | None:
    """Answer when the topmost Received line says the mail came in, in UTC; `None` without one."""
    line = _RECEIVED.search(header)
    if line is None:
        return None
    return read_mail_date(line[1].rpartition(b";")[2].decode("ascii", "replace"))


def read_mail_date(text: str) -> datetime | None:
    """Turn a mail's date into UTC, a date without a zone taken for UTC; `None` for no date."""
    try:
        date = parsedate_to_datetime(text.strip())
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        return None
