"""One daemon to a state folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watcher.domain.errors import Problem, UserError

LOCK_NAME = "daemon.lock"


@contextmanager
def hold_state(state: Path) -> Iterator[None]:
    """Hold the state folder for this process alone, until the block ends or the process dies.

    The kernel drops the lock with its holder, so a crash leaves nothing to clean up; the file
    itself stays, since removing it would let two processes lock two different files.

    Raises:
        UserError: another process holds it (its id is named), or the folder cannot be written.

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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read(20).strip()
            who = f"process {holder}" if holder.isdecimal() else "another process"
            raise UserError(
                Problem(
                    place=str(state),
                    what=f"{who} is already watching with this state",
                    fix="stop that one first, or give this one a state of its own with --state",
                )
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def find_holder(state: Path) -> int | None:
    """The id of the process that holds the state folder; `None` where nobody does.

    Asking takes nothing from a daemon that is just starting: the lock is only tried, shared.
    """
    try:
        file = (state / LOCK_NAME).open(encoding="ascii")
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read(20).strip()
            return int(holder) if holder.isdecimal() else 0
        return None
