"""One daemon to a state folder, shown with real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from watcher.adapters.state_lock import LOCK_NAME, hold_state
from watcher.domain.errors import UserError

HOLDER = """
import sys
from pathlib import Path
from watcher.adapters.state_lock import hold_state
with hold_state(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def start_holder(state: Path) -> subprocess.Popen[str]:
    """Start another process that holds the state until its stdin ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_daemon_is_refused_and_told_who_holds_the_state(tmp_path: Path) -> None:
    """The second one ends with the first one's process id, and the first is not disturbed."""
    with start_holder(tmp_path) as first:
        with (
            pytest.raises(UserError, match=f"process {first.pid} is already"),
            hold_state(tmp_path),
        ):
            pass
        assert first.poll() is None
        first.communicate()


def test_a_killed_daemon_leaves_nothing_to_clean_up(tmp_path: Path) -> None:
    """After a crash the next daemon starts as if nothing had been."""
    with start_holder(tmp_path) as first:
        first.kill()
        first.communicate()
    with hold_state(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_the_state_is_free_again_after_the_block(tmp_path: Path) -> None:
    """Held, let go, held again."""
    for _ in range(2):
        with hold_state(tmp_path):
            pass


def test_the_lock_is_not_inherited_by_children(tmp_path: Path) -> None:
    """An alert's child process that outlives the daemon does not keep the state."""
    sleeper = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    with hold_state(tmp_path):
        child = subprocess.Popen(sleeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
    with child, hold_state(tmp_path):
        child.communicate()


def test_a_state_that_is_not_there_is_a_problem_with_a_fix(tmp_path: Path) -> None:
    """A missing folder is the operator's to mend, not a traceback."""
    with pytest.raises(UserError) as caught, hold_state(tmp_path / "none"):
        pass
    assert caught.value.problems[0].fix


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    """Nobody gets another file emptied by planting a link."""
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / LOCK_NAME).symlink_to(target)
    with pytest.raises(UserError), hold_state(tmp_path):
        pass
    assert target.read_text() == "kept"
