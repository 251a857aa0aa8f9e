"""Root steps down to the state's owner, shown with real processes and real users."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from watcher.adapters.privileges import become_owner
from watcher.domain.errors import UserError

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")
NOBODY = 65_534
STEP_DOWN = """
import json, os, sys
from pathlib import Path
from watcher.adapters.privileges import become_owner
from watcher.domain.errors import UserError
state = Path(sys.argv[1])
try:
    for _ in range(2):
        become_owner(state)
    (state / "made").touch()
except UserError as error:
    print(json.dumps({"error": str(error)}))
    sys.exit(78)
try:
    os.setuid(0)
    back = True
except PermissionError:
    back = False
print(json.dumps({
    "uid": os.getresuid(), "gid": os.getresgid(), "groups": os.getgroups(), "back": back,
    "home": os.environ["HOME"], "mode": (state / "made").stat().st_mode & 0o777,
    "owner": (state / "made").stat().st_uid,
}))
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder that another user could reach."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to("/tmp/pytest-of-root"):  # noqa: S108 -- pytest's own
            folder.chmod(0o755)
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


def step_down(state: Path, *prefix: str) -> dict[str, Any]:
    """Run the step down in a process of its own, and return what it says of itself."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", STEP_DOWN, str(state)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in {0, 78}, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@AS_ROOT
def test_root_becomes_the_states_owner_for_good(state: Path) -> None:
    """User, groups, home and mask are the owner's, and there is no way back."""
    os.chown(state, NOBODY, NOBODY)
    report = step_down(state)
    assert report["uid"] == report["gid"] == [NOBODY] * 3
    assert 0 not in report["groups"]
    assert (report["back"], report["owner"], report["mode"]) == (False, NOBODY, 0o600)
    assert report["home"] != os.environ["HOME"]


@AS_ROOT
def test_an_owner_without_a_name_will_do(state: Path) -> None:
    """A folder from a backup, or of a user that was deleted, is no way to stay root."""
    os.chown(state, 54_321, 54_322)
    report = step_down(state)
    assert report["uid"] == [54_321] * 3
    assert report["gid"] == [54_322] * 3
    assert report["groups"] == []
    assert report["home"] == str(state)


@AS_ROOT
def test_roots_own_state_stays_roots(state: Path) -> None:
    """Somebody who runs all of it as root is left alone."""
    assert step_down(state)["uid"] == [0, 0, 0]


@AS_ROOT
def test_root_that_cannot_step_down_does_not_go_on(state: Path) -> None:
    """Without the capability the command ends, and no file of root's is left in the state."""
    os.chown(state, NOBODY, NOBODY)
    report = step_down(state, "setpriv", "--bounding-set=-setuid,-setgid")
    assert "cannot become its owner" in report["error"]
    assert list(state.iterdir()) == []


@AS_ROOT
def test_root_does_not_follow_a_link_to_the_state(state: Path, tmp_path: Path) -> None:
    """A link may lead to a folder that only root may write."""
    link = tmp_path / "link"
    link.symlink_to(state)
    assert "a link is not followed" in step_down(link)["error"]
    with pytest.raises(UserError, match="is not a folder"):
        become_owner(Path(__file__))


def test_a_folder_that_is_not_there_yet_changes_nobody(tmp_path: Path) -> None:
    """Before the first start there is no owner to become."""
    before = os.getresuid()
    mask = os.umask(0o022)
    try:
        become_owner(tmp_path / "none")
        assert os.getresuid() == before
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(mask)
