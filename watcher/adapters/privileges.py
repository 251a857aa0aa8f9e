"""Steps down from root before anything is opened, so that no file of root's is left behind."""

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from watcher.domain.errors import Problem, UserError

PRIVATE = 0o077
"""The mask under which the state is written: nothing for anybody else."""

NEEDED_LATER: Final = (
    *("encodings.cp437", "encodings.idna", "encodings.unicode_escape", "encodings.utf_8_sig"),
    *("importlib.readers", "importlib.resources.readers"),
)
"""Parts of Python that are loaded when they are first used: a Python that lies in root's own home
is out of reach by then.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The user a folder belongs to."""

    uid: int
    gid: int
    name: str | None
    """`None` where the machine knows no user of that id."""
    home: Path


def become_owner(state: Path) -> None:
    """Become the user that the state folder belongs to, for good; call it before opening anything.

    Does nothing unless run as root on another user's folder, so it may be called twice. What only
    root may read (credentials) is to be read before. A folder that does not exist yet is root's.

    Raises:
        UserError: the folder is a link or no folder, or the step down failed: root never goes on.

    """
    os.umask(PRIVATE)
    if os.geteuid() != 0:
        return
    owner = find_owner(state)
    if owner is None or owner.uid == 0:
        return
    try:
        _step_down(owner)
    except OSError as error:
        raise _refusal(state, f"cannot become its owner: {error.strerror}") from None
    if os.geteuid() != owner.uid or os.getresuid() != (owner.uid,) * 3:
        raise _refusal(state, "cannot become its owner: still root")
    _adopt_home(owner)


def find_owner(state: Path) -> Owner | None:
    """Tell whose the folder is; `None` where it does not exist. A link is not followed.

    Raises:
        UserError: it is a link, or no folder: whoever made it might want root to follow.

    """
    try:
        found = state.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refusal(state, f"cannot be looked at: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise _refusal(state, "is not a folder (a link is not followed by root)")
    return _look_up(found.st_uid, gid=found.st_gid, home=state)


def find_caller(environ: Mapping[str, str]) -> Owner | None:
    """Tell who typed `sudo`, as root; `None` where nobody did, or root itself.

    Source: sudo's manual, ENVIRONMENT: `SUDO_UID` is set to the user ID of who invoked it.
    """
    text = environ.get("SUDO_UID", "")
    if os.geteuid() != 0 or not (text.isascii() and text.isdigit()) or int(text) == 0:
        return None
    return _look_up(int(text), gid=int(text), home=Path("/"))


def become_caller(environ: Mapping[str, str]) -> None:
    """Become who typed `sudo`, for good, to write what only they may; nobody else where none did.

    Raises:
        UserError: the step down failed: root never goes on.

    """
    os.umask(PRIVATE)
    caller = find_caller(environ)
    if caller is None:
        return
    try:
        _step_down(caller)
    except (OSError, OverflowError) as error:
        raise UserError(
            Problem(
                place="sudo",
                what=f"cannot become user {caller.uid} again: {error}",
                fix="write to a pipe: --to - > evidence.zip",
            )
        ) from error


def _look_up(uid: int, *, gid: int, home: Path) -> Owner:
    """The user with this id; with `gid` and `home` where the machine knows none."""
    try:
        user = pwd.getpwuid(uid)
    except (KeyError, OverflowError):
        return Owner(uid=uid, gid=gid, name=None, home=home)
    return Owner(uid=user.pw_uid, gid=user.pw_gid, name=user.pw_name, home=Path(user.pw_dir))


def _step_down(owner: Owner) -> None:
    """Groups first: without root they can no longer be changed."""
    for name in NEEDED_LATER:
        import_module(name)
    if owner.name is None:
        os.setgroups([])
    else:
        os.initgroups(owner.name, owner.gid)
    os.setresgid(owner.gid, owner.gid, owner.gid)
    os.setresuid(owner.uid, owner.uid, owner.uid)


def _adopt_home(owner: Owner) -> None:
    """Let nothing point back to root's own files."""
    os.environ["HOME"] = str(owner.home)
    for name in ("USER", "LOGNAME"):
        os.environ[name] = owner.name or str(owner.uid)
    for name in ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS"):
        os.environ.pop(name, None)


def _refusal(state: Path, what: str) -> UserError:
    return UserError(
        Problem(
            place=str(state),
            what=what,
            fix="run aliwatch as the user the state belongs to, or name the folder itself",
        )
    )
