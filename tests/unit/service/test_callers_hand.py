"""Under sudo a pack is written as the person who typed it, shown with real users."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from watcher.adapters.callers_hand import hand_of_caller
from watcher.adapters.pack_files import NotPut, Place
from watcher.adapters.privileges import find_caller

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
NOBODY = 65_534
CALLER = 54_321
NAME = "evidence-8012345678901234"
COMMAND = """
import sys
from pathlib import Path
from watcher.adapters.callers_hand import hand_of_caller
from watcher.adapters.pack_files import NotPut, Place
from watcher.adapters.privileges import become_owner
state, target = map(Path, sys.argv[1:3])
try:
    with hand_of_caller(Place(path=target, zipped=target.suffix == ".zip"), state) as put:
        become_owner(state)
        archive = sys.stdin.buffer.read()
        if not archive:
            raise RuntimeError("nothing was found")
        put(archive)
except NotPut as error:
    sys.exit(str(error))
"""


def archive() -> bytes:
    """A pack of one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(f"{NAME}/timeline.html", "<p>hello</p>")
    return content.getvalue()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The service's state folder, with a home for the caller beside it."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to("/tmp/pytest-of-root"):  # noqa: S108 -- pytest's own
            folder.chmod(0o755)
    for name, owner in (("state", NOBODY), ("home", CALLER)):
        (tmp_path / name).mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(tmp_path / name, owner, owner)
    return tmp_path / "state"


def call(
    state: Path, target: str, *, sudo: Mapping[str, str], content: bytes, where: str = "home"
) -> subprocess.CompletedProcess[bytes]:
    """Do what the command does, in a process of its own, with the caller's home as its folder."""
    return subprocess.run(
        (sys.executable, "-c", COMMAND, str(state), target),
        input=content,
        capture_output=True,
        cwd=state.parent / where,
        env={name: text for name, text in os.environ.items() if name != "SUDO_UID"} | dict(sudo),
        timeout=60,
        check=False,
    )


@AS_ROOT
@pytest.mark.parametrize("target", [NAME, "pack.zip"])
def test_pack_lands_in_the_callers_folder_as_the_callers_own(state: Path, target: str) -> None:
    """Though the command itself had become the service's user, who may not write there."""
    done = call(state, target, sudo={"SUDO_UID": str(CALLER)}, content=archive())
    assert done.returncode == 0, done.stderr
    found = [path for path in (state.parent / "home").rglob("*") if path.is_file()]
    assert [(path.stat().st_uid, path.stat().st_mode & 0o777) for path in found] == [
        (CALLER, 0o600)
    ]


@AS_ROOT
def test_caller_writes_nowhere_they_may_not(state: Path) -> None:
    """Sudo lends no right to write: the folder of somebody else stays as it is."""
    target = str(state.parent / "root" / NAME)
    (state.parent / "root").mkdir(mode=0o755)
    done = call(state, target, sudo={"SUDO_UID": str(CALLER)}, content=archive())
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert b"--to -" in done.stderr
    assert list((state.parent / "root").iterdir()) == []


@AS_ROOT
def test_root_that_nobody_made_writes_as_root(state: Path) -> None:
    """A shell of root's own has no caller to become."""
    done = call(state, NAME, sudo={}, content=archive(), where=".")
    assert done.returncode == 0, done.stderr
    assert (state.parent / NAME).stat().st_uid == 0


@AS_ROOT
def test_nothing_is_put_down_where_the_command_failed_before(state: Path) -> None:
    """The waiting process goes with it, and leaves no file."""
    done = call(state, NAME, sudo={"SUDO_UID": str(CALLER)}, content=b"")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == b"RuntimeError: nothing was found"
    assert list((state.parent / "home").iterdir()) == []


def test_without_sudo_it_is_this_process(tmp_path: Path) -> None:
    """Nobody is started, nothing is handed over; what is there already is refused as ever."""
    place = Place(path=tmp_path / "pack.zip", zipped=True)
    with hand_of_caller(place, tmp_path) as put:
        put(archive())
    assert place.path.read_bytes() == archive()
    with hand_of_caller(place, tmp_path) as put, pytest.raises(NotPut):
        put(archive())


@pytest.mark.parametrize("text", ["", "0", "-1", "1e3", "²"])
def test_what_names_no_caller_makes_none(text: str) -> None:
    """Only a user other than root is somebody to become."""
    assert find_caller({"SUDO_UID": text}) is None
    assert find_caller({}) is None
