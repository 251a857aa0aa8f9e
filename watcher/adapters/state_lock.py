"""One daemon to a state folder."""

import errno
import fcntl
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final, TextIO

from watcher.domain.errors import Problem, TransientError, UserError

LOCK_NAME = "daemon.lock"
PATIENCE: Final = 2.0
"""Seconds for which a state that is held is asked for again: a short command may be at it."""
_PAUSE: Final = 0.1
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN})

# struct flock of fcntl(2): type, whence, start, length, process; a length of 0 is the whole file.
# The lock belongs to the open file, not to the process, and can be asked after without taking it.
_FLOCK: Final = "hhqqi"


class StateHeld(TransientError):  # noqa: N818 -- named for the state's state
    """Another process holds the state folder; it may let go."""

    def __init__(self, state: Path, holder: int | None) -> None:
        who = "another process" if holder is None else f"process {holder}"
        super().__init__(
            f"{state}: {who} is already watching with this state; "
            "stop that one first, or give this one a state of its own with --state"
        )
        self.holder = holder


@contextmanager
def hold_state(state: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the state folder for this process alone, until the block ends or the process dies.

    The kernel drops the lock with its holder, so a crash leaves nothing to clean up; the file
    itself stays, since removing it would let two processes lock two different files.

    Raises:
        StateHeld: another process held it for `patience` seconds; its id is named.
        UserError: the folder cannot be written.

    """
    path = state / LOCK_NAME
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UserError(
            Problem(
                place=str(path),
                what=f"the state cannot be locked: {error.strerror}",
                fix="make the folder exist and belong to the user that runs aliwatch",
            )
        ) from None
    with os.fdopen(number, "r+", encoding="ascii") as file:
        deadline = monotonic() + patience
        while not _lock(file):
            if monotonic() >= deadline:
                raise StateHeld(state, _read_holder(file))
            threading.Event().wait(_PAUSE)
        file.seek(0)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def find_holder(state: Path) -> int | None:
    """The id of the process that holds the state folder; `None` where nobody does, 0: unknown.

    Only asks: a daemon that is just starting is not in its way.
    """
    try:
        file = (state / LOCK_NAME).open(encoding="ascii")
    except OSError:
        return None
    with file:
        wanted = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        found = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_OFD_GETLK, wanted))
        return None if found[0] == fcntl.F_UNLCK else _read_holder(file) or 0


def _lock(file: TextIO) -> bool:
    wanted = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise
    return True


def _read_holder(file: TextIO) -> int | None:
    file.seek(0)
    holder = file.read(20).strip()
    return int(holder) if holder.isdecimal() else None
