"""A local mbox file as a source of mails: streamed, whatever its size, and never written to."""

import fcntl
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from watcher.adapters.mail_header import (
    HEADER_LIMIT,
    cut_header,
    is_candidate,
    read_mail_date,
    read_received,
    spread,
)
from watcher.adapters.stretch import Place, Stretch, parse_stretch
from watcher.domain.arrival import Arrival
from watcher.domain.errors import Problem, TransientError, UserError
from watcher.domain.message import RawMail

_FOLDER = "INBOX"
_MOST_SAMPLED = 100_000_000
_LINE_PIECE = 65_536
_LONGEST_SEPARATOR = 500
_FINGERPRINT = 1024
# `From sender Mon Nov  2 10:00:00 2026`, with or without a zone; a sentence that happens to
# start with "From " has no time of day and year in it.
_SEPARATOR = re.compile(rb"From \S.*\d\d:\d\d(:\d\d)?.*\d{4}")
_ASCTIME = re.compile(
    r"([A-Z][a-z]{2})\s+(\d{1,2})\s+(\d\d:\d\d(?::\d\d)?)(?:\s+([+-]\d{4}|[A-Z]{1,5}))?\s+(\d{4})"
)
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A candidate by its place in the file: separator line at `start`, next mail at `end`."""

    start: int
    body: int
    end: int
    received_at: datetime | None

    @property
    def place(self) -> Place:
        # Fixed width: ties in time are settled by the order in the file.
        time = int(self.received_at.timestamp()) if self.received_at else 0
        return time, f"{self.start:020d}"


class MboxSource:
    """One mbox file (mboxrd, mboxo, Google Takeout). New mails are those appended to it.

    A file that was rewritten (a mail removed, a status line added) is read from `since` again.
    """

    def __init__(
        self,
        path: Path,
        *,
        senders: tuple[str, ...] = ("aliexpress",),
        max_bytes: int = 5_000_000,
    ) -> None:
        """Watch `path`."""
        self._path = path
        self._senders = senders
        self._max_bytes = max_bytes

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield the mails appended behind the cursor, oldest first.

        Raises:
            UserError: there is no such file, or it cannot be read.
            TransientError: another program is writing to it, or the disk failed.

        """
        cursor = cursors.get(_FOLDER)
        try:
            with self._path.open("rb") as file:
                yield from self._read(file, cursor, since)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise UserError(
                Problem(
                    place=str(self._path),
                    what=f"no mbox file can be read: {error.strerror}",
                    fix="check the path and the service's right to read it; "
                    "a folder of mails is set as maildir",
                )
            ) from error
        except OSError as error:
            raise TransientError(f"{self._path}: {error.strerror or error}") from error

    def sample(self, *, claiming: int, others: int) -> Iterator[RawMail]:
        """Yield headers only: of the newest mails that may be AliExpress's, and of any others.

        The others are spread evenly over the last 100 MB of the file.

        Raises:
            OSError: the file cannot be read.
            TransientError: another program is writing to it.

        """
        with self._path.open("rb") as file:
            size = _settled_size(file)
            stretch = Stretch(low=max(0, size - _MOST_SAMPLED), high=size)
            # The empty part is in every From line.
            entries = list(_index(file, stretch, ("",)))
            headers = [(one, _read_header(file, one)) for one in entries]
        found = [one for one in headers if is_candidate(one[1], self._senders)]
        rest = [one for one in headers if not is_candidate(one[1], self._senders)]
        chosen = [rest[place] for place in spread(len(rest), others)]
        for entry, header in (*found[-claiming:], *chosen):
            yield RawMail(content=header, received_at=entry.received_at)

    def _read(self, file: BinaryIO, cursor: str | None, since: datetime) -> Iterator[Arrival]:
        size = _settled_size(file)
        stretch = parse_stretch(cursor)
        if stretch is None or not (
            stretch.marks == _fingerprints(file, stretch.high) and _continues(file, stretch.high)
        ):
            stretch = Stretch()
        if stretch.at is not None:
            yield from self._read_stretch(file, stretch, since)
        following = Stretch(
            low=stretch.high, high=size, at=(-1, ""), marks=_fingerprints(file, size)
        )
        if size > stretch.high:
            yield from self._read_stretch(file, following, since)
        finished = str(replace(following, low=size, at=None))
        if finished != cursor:
            yield Arrival(folder=_FOLDER, cursor=finished)

    def _read_stretch(self, file: BinaryIO, stretch: Stretch, since: datetime) -> Iterator[Arrival]:
        at = stretch.at or (-1, "")
        ahead = sorted(
            (
                entry
                for entry in _index(file, stretch, self._senders)
                if entry.place > at
                and not (stretch.low == 0 and entry.received_at and entry.received_at < since)
            ),
            key=lambda entry: entry.place,
        )
        for remaining, entry in zip(range(len(ahead) - 1, -1, -1), ahead, strict=True):
            mail, refusal = self._open(file, entry)
            yield Arrival(
                folder=_FOLDER,
                cursor=str(stretch.reach(entry.place)),
                mail=mail,
                refusal=refusal,
                remaining=remaining,
            )

    def _open(self, file: BinaryIO, entry: _Entry) -> tuple[RawMail | None, str | None]:
        size = entry.end - entry.body
        if size > self._max_bytes:
            return None, f"{size / 1e6:.3g} MB, more than the {self._max_bytes / 1e6:.3g} MB read"
        file.seek(entry.body)
        content = file.read(size)
        if len(content) < size:
            raise TransientError(f"{self._path}: the file shrank while it was read")
        # The empty line before the next separator belongs to the format, not to the mail.
        content = content.removesuffix(b"\r\n") if content.endswith(b"\n\r\n") else content
        content = content.removesuffix(b"\n") if content.endswith(b"\n\n") else content
        content = _ESCAPED.sub(rb"\1", content)
        return RawMail(content=content, received_at=entry.received_at), None


def _read_header(file: BinaryIO, entry: _Entry) -> bytes:
    file.seek(entry.body)
    return cut_header(file.read(min(HEADER_LIMIT, entry.end - entry.body)))


def _settled_size(file: BinaryIO) -> int:
    # Whoever delivers locks the file; what lies before its end now is complete.
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TransientError("the mbox file is being written to") from error
    try:
        return file.seek(0, 2)
    finally:
        fcntl.lockf(file, fcntl.LOCK_UN)


def _fingerprints(file: BinaryIO, end: int) -> tuple[str, ...]:
    """Digest the head of the file and what lies just before `end`: appending changes neither."""
    digests = []
    for start in (0, max(0, end - _FINGERPRINT)):
        file.seek(start)
        piece = file.read(min(_FINGERPRINT, end))
        digests.append(hashlib.sha256(piece).hexdigest()[:16])
    return tuple(digests)


def _continues(file: BinaryIO, end: int) -> bool:
    """Whether what follows `end` is nothing, or the start of a mail."""
    file.seek(end)
    following = file.read(_FINGERPRINT).lstrip(b"\r\n")
    return not following or _SEPARATOR.match(following, 0, _LONGEST_SEPARATOR) is not None


def _index(file: BinaryIO, stretch: Stretch, senders: tuple[str, ...]) -> Iterator[_Entry]:
    """Find the candidates of a stretch by reading it once, holding one header at a time."""
    separator, start, header = b"", stretch.low, bytearray()
    line_starts = after_empty = True
    offset = file.seek(stretch.low)
    while offset < stretch.high:
        piece = file.readline(min(_LINE_PIECE, stretch.high - offset))
        if not piece:
            break
        if line_starts and after_empty and _SEPARATOR.match(piece, 0, _LONGEST_SEPARATOR):
            yield from _judge(separator, start, offset, bytes(header), senders)
            separator, start, header = piece, offset, bytearray()
        elif len(header) < HEADER_LIMIT:
            header += piece
        after_empty = line_starts and piece in (b"\n", b"\r\n")
        line_starts = piece.endswith(b"\n")
        offset += len(piece)
    yield from _judge(separator, start, offset, bytes(header), senders)


def _judge(
    separator: bytes, start: int, end: int, start_of_mail: bytes, senders: tuple[str, ...]
) -> Iterator[_Entry]:
    header = cut_header(start_of_mail)
    if separator and is_candidate(header, senders):
        body = start + len(separator)
        received_at = _read_arrival(separator, header)
        yield _Entry(start=start, body=body, end=end, received_at=received_at)


def _read_arrival(separator: bytes, header: bytes) -> datetime | None:
    match = _ASCTIME.search(separator.decode("ascii", "replace"))
    if match is None:
        return read_received(header)
    month, day, time, zone, year = match.groups()
    # Without a zone the separator is the writing machine's local time; Received is exact.
    received = None if zone else read_received(header)
    return received or read_mail_date(f"{day} {month} {year} {time} {zone or '+0000'}")
