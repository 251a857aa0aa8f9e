"""A local Maildir as a source of mails; no file is moved, renamed or touched."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from watcher.adapters.mail_header import HEADER_LIMIT, cut_header, is_candidate, spread
from watcher.adapters.stretch import Place, Stretch, parse_stretch
from watcher.domain.arrival import Arrival
from watcher.domain.errors import FolderMissingError, Problem, TransientError, UserError
from watcher.domain.message import RawMail

_TOP = "INBOX"
_MOST_SAMPLED = 5_000
# Kernels stamp files with a clock that ticks every 1 to 10 ms, so a later file may carry the same
# time as the newest one that was read; files this close are told apart by name.
_SAME_MOMENT = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    changed: int
    """When the file came to its place, in ns: ctime, which no program can set back."""
    modified: int
    size: int

    @property
    def name(self) -> str:
        """A short digest of the name that stays when flags change (`:2,S`)."""
        unique = self.path.name.partition(":")[0]
        return hashlib.sha256(os.fsencode(unique)).hexdigest()[:12]

    @property
    def place(self) -> Place:
        return self.modified, self.name


class MaildirSource:
    """One Maildir with its subfolders (`.Name`, Maildir++). Reading it changes nothing in it.

    A mail whose flags change, or that another program moves, may be yielded again.
    """

    def __init__(
        self,
        path: Path,
        *,
        folders: tuple[str, ...] = (),
        senders: tuple[str, ...] = ("aliexpress",),
        max_bytes: int = 5_000_000,
    ) -> None:
        """Watch `path`; without `folders`, INBOX (the Maildir itself) and every subfolder."""
        self._path = path
        self._folders = folders
        self._senders = senders
        self._max_bytes = max_bytes

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield what is new behind each folder's cursor, oldest first within a folder.

        Raises:
            UserError: there is no Maildir, it cannot be read, or there is none of the folders.
            FolderMissingError: a folder is missing, after the others were read.
            TransientError: the disk failed.

        """
        try:
            there = _find_folders(self._path)
            for folder in self._folders or there:
                if folder in there:
                    yield from self._read(folder, there[folder], cursors.get(folder), since)
        except PermissionError as error:
            raise UserError(
                Problem(
                    place=str(self._path),
                    what=f"cannot be read: {error.strerror}",
                    fix="let the service's user read the Maildir (group membership or an ACL)",
                )
            ) from error
        except OSError as error:
            raise TransientError(f"{self._path}: {error.strerror or error}") from error
        missing = [folder for folder in self._folders if folder not in there]
        if missing:
            known = ", ".join(there)
            problems = [
                Problem(
                    place=str(self._path),
                    what=f"there is no folder {folder}",
                    fix=f"folders that exist: {known}",
                )
                for folder in missing
            ]
            some = len(missing) < len(self._folders)
            raise FolderMissingError(*problems) if some else UserError(*problems)

    def sample(self, *, claiming: int, others: int) -> Iterator[RawMail]:
        """Yield headers only: of the newest mails that may be AliExpress's, and of any others.

        The others are spread evenly over the newest 5,000 mails.

        Raises:
            OSError: the Maildir cannot be read.
            UserError: there is none.

        """
        there = _find_folders(self._path)
        folders = [folder for folder in self._folders or there if folder in there]
        files = [file for folder in folders for file in _list_files(there[folder])]
        files = sorted(files, key=lambda file: file.place)[-_MOST_SAMPLED:]
        headers = [(file, _read_header(file.path)) for file in files]
        found = [one for one in headers if is_candidate(one[1], self._senders)]
        rest = [one for one in headers if not is_candidate(one[1], self._senders)]
        chosen = [rest[place] for place in spread(len(rest), others)]
        for file, header in (*found[-claiming:], *chosen):
            received_at = datetime.fromtimestamp(file.modified / 1e9, UTC)
            yield RawMail(content=header, received_at=received_at)

    def _read(
        self, folder: str, path: Path, cursor: str | None, since: datetime
    ) -> Iterator[Arrival]:
        files = list(_list_files(path))
        stretch = parse_stretch(cursor) or Stretch()
        if stretch.at is not None:
            yield from self._read_stretch(folder, files, stretch, since)
            stretch = self._finish(files, stretch)
        newest = max((file.changed for file in files), default=0)
        following = Stretch(
            low=stretch.high, high=max(stretch.high, newest), at=(-1, ""), marks=stretch.marks
        )
        yield from self._read_stretch(folder, files, following, since)
        finished = str(self._finish(files, following))
        if finished != cursor:
            yield Arrival(folder=folder, cursor=finished)

    def _read_stretch(
        self, folder: str, files: Sequence[_File], stretch: Stretch, since: datetime
    ) -> Iterator[Arrival]:
        start = 0 if stretch.low else int(since.timestamp() * 1e9)
        ahead = sorted(
            self._candidates(
                [
                    file
                    for file in files
                    if file.modified >= start and (stretch.at is None or file.place > stretch.at)
                ],
                stretch,
            ),
            key=lambda file: file.place,
        )
        for remaining, file in zip(range(len(ahead) - 1, -1, -1), ahead, strict=True):
            mail, refusal = self._open(file)
            if mail is None and refusal is None:
                # Renamed or deleted meanwhile; a renamed one comes up in the next stretch.
                continue
            yield Arrival(
                folder=folder,
                cursor=str(stretch.reach(file.place)),
                mail=mail,
                refusal=refusal,
                remaining=remaining,
            )

    def _candidates(self, files: Sequence[_File], stretch: Stretch) -> list[_File]:
        known = frozenset(stretch.marks)
        low = stretch.low - _SAME_MOMENT if stretch.low else -1
        return [
            file
            for file in files
            if low < file.changed <= stretch.high
            and not (file.changed <= stretch.low and file.name in known)
            and is_candidate(_read_header(file.path), self._senders)
        ]

    def _finish(self, files: Sequence[_File], stretch: Stretch) -> Stretch:
        moment = stretch.high - _SAME_MOMENT
        last = [file for file in files if file.changed > moment]
        read = {file.name for file in self._candidates(last, stretch)}
        still_there = {file.name for file in last} & frozenset(stretch.marks)
        marks = tuple(sorted(read | still_there))
        return replace(stretch, low=stretch.high, at=None, marks=marks)

    def _open(self, file: _File) -> tuple[RawMail | None, str | None]:
        if file.size > self._max_bytes:
            size, most = file.size / 1e6, self._max_bytes / 1e6
            return None, f"{size:.3g} MB, more than the {most:.3g} MB that are read"
        try:
            content = file.path.read_bytes()
        except FileNotFoundError:
            return None, None
        received_at = datetime.fromtimestamp(file.modified / 1e9, UTC)
        return RawMail(content=content, received_at=received_at), None


def _find_folders(path: Path) -> dict[str, Path]:
    if not (path / "cur").is_dir() or not (path / "new").is_dir():
        raise UserError(
            Problem(
                place=str(path),
                what="there is no Maildir (a folder with cur and new in it)",
                fix="check the path; a single file of mails is set as mbox",
            )
        )
    subfolders = sorted(
        entry for entry in path.iterdir() if entry.name[:1] == "." and (entry / "cur").is_dir()
    )
    return {_TOP: path} | {entry.name[1:]: entry for entry in subfolders}


def _list_files(path: Path) -> Iterator[_File]:
    # `new` first: a file that moves to `cur` meanwhile is then seen twice rather than not at all.
    seen: set[str] = set()
    for part in ("new", "cur"):
        with os.scandir(path / part) as entries:
            for entry in entries:
                unique = entry.name.partition(":")[0]
                if entry.name.startswith(".") or unique in seen:
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue
                if S_ISREG(status.st_mode):
                    seen.add(unique)
                    yield _File(
                        path=Path(entry.path),
                        changed=status.st_ctime_ns,
                        modified=status.st_mtime_ns,
                        size=status.st_size,
                    )


def _read_header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return cut_header(file.read(HEADER_LIMIT))
    except FileNotFoundError:
        return b""
