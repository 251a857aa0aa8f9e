"""One call of the command line knows one settings file and one state."""

from pathlib import Path

import pytest

from watcher.cli.session import Session
from watcher.domain.errors import UserError


def make_home(folder: Path, *, working_days: int) -> Path:
    """A home with a settings file."""
    own = folder / ".config" / "aliwatch"
    own.mkdir(parents=True)
    (own / "aliwatch.toml").write_text(f"[refund]\nworking_days = {working_days}\n")
    return folder


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Answer a call by somebody with settings in their home."""
    for name in ("ALIWATCH_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(make_home(tmp_path / "mine", working_days=11)))
    return Session(state=tmp_path / "state")


def test_settings_are_those_of_who_called_not_of_who_it_became(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root who steps down to the service's user, with another home, means root's own file."""
    session.step_down()
    monkeypatch.setenv("HOME", str(make_home(tmp_path / "other", working_days=22)))
    assert session.settings_file == tmp_path / "mine" / ".config" / "aliwatch" / "aliwatch.toml"


def test_no_settings_stay_no_settings(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the caller has none, another user's are not picked up halfway."""
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    session.step_down()
    monkeypatch.setenv("HOME", str(tmp_path / "mine"))
    assert session.settings_if_any() is None
    with pytest.raises(UserError, match="no settings file"):
        _ = session.settings_file
