"""One daemon to a state folder, shown with real processes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from watcher.adapters.state_lock import LOCK_NAME, StateHeld, find_holder, hold_state
from watcher.domain.errors import TransientError, UserError

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
            pytest.raises(StateHeld, match=f"process {first.pid} is already") as caught,
            hold_state(tmp_path, patience=0.2),
        ):
            pass
        assert caught.value.holder == first.pid
        assert isinstance(caught.value, TransientError), "the other may end: try again"
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


def test_a_short_command_beside_it_does_not_keep_the_daemon_from_starting(tmp_path: Path) -> None:
    """Who holds the state for a moment is waited for."""
    with start_holder(tmp_path) as first:
        assert first.stdin is not None
        timer = threading.Timer(0.3, first.stdin.close)
        timer.start()
        with hold_state(tmp_path, patience=30):
            assert find_holder(tmp_path) == os.getpid()
        timer.join()
        first.wait()


def test_the_holder_is_named_to_who_asks(tmp_path: Path) -> None:
    """Nobody before, the other process during, nobody afterwards."""
    assert find_holder(tmp_path) is None
    with start_holder(tmp_path) as first:
        assert find_holder(tmp_path) == first.pid
        first.communicate()
    assert find_holder(tmp_path) is None


def test_asking_takes_nothing_from_a_daemon_that_starts(tmp_path: Path) -> None:
    """`status` in a loop, and not one start in a thousand is refused."""
    with hold_state(tmp_path):
        pass
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            find_holder(tmp_path)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        for _ in range(1000):
            with hold_state(tmp_path, patience=0):
                pass
    finally:
        done.set()
        asker.join()
