"""Puts a pack down: as a folder or a zip, private, and never over what was there unasked."""

import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Final

from watcher.domain.errors import Problem, TransientError, UserError

_PRIVATE: Final = 0o600
_FOLDER: Final = r"evidence-[0-9]{12,20}/"
_MEMBER: Final = re.compile(
    r"(timeline\.html|manifest\.json|SHA256SUMS"
    r"|mails/[0-9]{2,6}-[0-9-]{10}-[a-z_]+\.eml|letters/[0-9]{2,6}-[0-9-]{10}-[A-Za-z0-9_-]+\.txt)"
)
"""The paths a pack can have: nothing else is written, or removed, whoever asks for it."""


class NotPut(UserError):  # noqa: N818 -- named for what became of the pack
    """The pack cannot go where it was to go: another place, or --force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pack goes."""

    path: Path
    zipped: bool
    """A zip, else a folder."""
    force: bool = False
    """Write over an earlier pack."""


def put_pack(place: Place, archive: bytes) -> None:
    """Put the pack in the zip `archive` down at `place`: whole, or not at all.

    With `force` an earlier pack in a folder is replaced file by file; other files there stay.

    Raises:
        NotPut: something is there already, or the place cannot be written.
        ValueError: as `unpack`.
        TransientError: the disk is full.

    """
    files = unpack(archive)  # a zip that was cut short, or is no pack, is put nowhere
    try:
        if place.zipped:
            _put_zip(place, archive)
        else:
            _put_folder(place, files)
    except OSError as error:
        if error.errno in {ENOSPC, EDQUOT}:
            raise TransientError(f"{place.path}: the disk is full") from error
        raise _refusal(
            place.path,
            f"cannot be written: {error.strerror}",
            "name a place of your own with --to PATH, or write to a pipe with --to -",
        ) from error


def unpack(archive: bytes) -> dict[str, bytes]:
    """The files of a pack by their paths in it.

    Raises:
        ValueError: it is no whole zip, or holds a path that no pack has.

    """
    files = {}
    try:
        packed = zipfile.ZipFile(io.BytesIO(archive))
    except zipfile.BadZipFile as error:
        raise ValueError("no whole pack") from error
    with packed as content:
        for entry in content.infolist():
            path = re.sub(f"^{_FOLDER}", "", entry.filename)
            if _MEMBER.fullmatch(path) is None:
                raise ValueError(f"no path of a pack: {entry.filename!r}")
            files[path] = content.read(entry)
    return files


def _put_zip(place: Place, archive: bytes) -> None:
    path = place.path
    if path.is_dir() and not path.is_symlink():
        raise _refusal(path, "is a folder", f"name a file in it: --to {path / 'evidence.zip'}")
    if os.path.lexists(path) and not place.force:
        raise _taken(path)
    _replace(path, archive)


def _put_folder(place: Place, files: Mapping[str, bytes]) -> None:
    path = place.path
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise _refusal(path, "is no folder", "name another with --to PATH")
    if not path.exists():
        _put_new_folder(path, files)
    elif place.force or not any(path.iterdir()):
        _put_over_folder(path, files)
    else:
        raise _taken(path)


def _put_new_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Fill a folder of another name beside it: what has the name is whole."""
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        for name in files:
            _folder_of(draft / name)
        for name, content in files.items():
            _replace(draft / name, content)
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _put_over_folder(path: Path, files: Mapping[str, bytes]) -> None:
    for name in files:
        _folder_of(path / name)
    for stale in set(_members(path)) - set(files):
        (path / stale).unlink()
    for name, content in files.items():
        _replace(path / name, content)


def _members(path: Path) -> Iterable[str]:
    """The files of an earlier pack that are in the folder."""
    for found in (*path.iterdir(), *path.glob("mails/*"), *path.glob("letters/*")):
        name = found.relative_to(path).as_posix()
        if _MEMBER.fullmatch(name) and not found.is_dir():
            yield name


def _folder_of(file: Path) -> None:
    folder = file.parent
    if folder.is_symlink():
        raise _refusal(folder, "is a link", "name another folder with --to PATH")
    folder.mkdir(mode=0o700, exist_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file under another name first: whoever finds `path` finds all of it."""
    number, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            os.fchmod(file.fileno(), _PRIVATE)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _taken(path: Path) -> NotPut:
    return _refusal(path, "is there already", "--force writes over it; --to PATH writes elsewhere")


def _refusal(path: Path, what: str, fix: str) -> NotPut:
    return NotPut(Problem(place=str(path), what=what, fix=fix))
