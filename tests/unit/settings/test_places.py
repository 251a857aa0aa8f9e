"""Where the settings and the state are looked for."""

from pathlib import Path

import pytest

from watcher.adapters.settings import find_settings, find_state
from watcher.adapters.settings.places import ServicePlaces
from watcher.domain.errors import UserError

NOBODY = 65_534


@pytest.fixture
def service(tmp_path: Path) -> ServicePlaces:
    """A service's folders, in a folder of the test's own; neither exists yet."""
    return ServicePlaces(settings=tmp_path / "etc" / "aliwatch.toml", state=tmp_path / "var")


def write(path: Path) -> Path:
    """Make an empty file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_settings_are_looked_for_in_the_documented_order(
    tmp_path: Path, service: ServicePlaces
) -> None:
    """`--config`, `$ALIWATCH_CONFIG`, `$XDG_CONFIG_HOME`, `/etc`: the earlier one wins."""
    asked, named = tmp_path / "asked.toml", tmp_path / "named.toml"
    xdg = write(tmp_path / "xdg" / "aliwatch" / "aliwatch.toml")
    write(service.settings)
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    for euid in (0, NOBODY):
        named_too = environ | {"ALIWATCH_CONFIG": str(named)}
        assert find_settings(asked, named_too, euid=euid, service=service) == asked
        assert find_settings(None, named_too, euid=euid, service=service) == named
        assert find_settings(None, environ, euid=euid, service=service) == xdg
    xdg.unlink()
    for euid in (0, NOBODY):
        assert find_settings(None, environ, euid=euid, service=service) == service.settings


@pytest.mark.parametrize(("euid", "expected"), [(0, "service"), (NOBODY, "home")])
def test_root_looks_after_the_service_first(
    tmp_path: Path, service: ServicePlaces, euid: int, expected: str
) -> None:
    """`sudo aliwatch` means the service even where the home has settings of its own."""
    home = write(tmp_path / ".config" / "aliwatch" / "aliwatch.toml")
    write(service.settings)
    found = find_settings(None, {"HOME": str(tmp_path)}, euid=euid, service=service)
    assert found == {"service": service.settings, "home": home}[expected]


def test_a_relative_path_is_made_absolute(service: ServicePlaces) -> None:
    """A path that was typed stays right when the working folder changes."""
    assert find_settings(Path("a.toml"), {}, service=service) == Path.cwd() / "a.toml"
    assert find_state(Path("state"), {}, service=service) == Path.cwd() / "state"


def test_no_settings_at_all_names_every_place_that_was_tried(
    tmp_path: Path, service: ServicePlaces
) -> None:
    """Somebody without settings is told where to write them."""
    with pytest.raises(UserError) as caught:
        find_settings(None, {"HOME": str(tmp_path)}, euid=NOBODY, service=service)
    (problem,) = caught.value.problems
    assert str(tmp_path / ".config" / "aliwatch" / "aliwatch.toml") in problem.what
    assert str(service.settings) in problem.what
    assert "--config" in problem.fix


def test_the_state_is_looked_for_in_the_documented_order(
    tmp_path: Path, service: ServicePlaces
) -> None:
    """`--state`, `$STATE_DIRECTORY`, `$XDG_STATE_HOME`, the service's own, the home."""
    service.state.mkdir()
    environ = {
        "HOME": str(tmp_path),
        "STATE_DIRECTORY": "/srv/one:/srv/two",
        "XDG_STATE_HOME": str(tmp_path / "xdg"),
    }
    assert find_state(Path("/asked"), environ, service=service) == Path("/asked")
    assert find_state(None, environ, service=service) == Path("/srv/one")
    del environ["STATE_DIRECTORY"]
    assert find_state(None, environ, service=service) == tmp_path / "xdg" / "aliwatch"
    del environ["XDG_STATE_HOME"]
    owner = service.state.stat().st_uid
    for euid in (0, owner):
        assert find_state(None, environ, euid=euid, service=service) == service.state
    own = tmp_path / ".local" / "state" / "aliwatch"
    assert find_state(None, environ, euid=NOBODY, service=service) == own


def test_root_without_a_service_has_a_state_of_its_own(
    tmp_path: Path, service: ServicePlaces
) -> None:
    """Where no service is installed, root's state is in root's home."""
    found = find_state(None, {"HOME": str(tmp_path)}, euid=0, service=service)
    assert found == tmp_path / ".local" / "state" / "aliwatch"


def test_a_relative_xdg_folder_counts_as_unset(tmp_path: Path, service: ServicePlaces) -> None:
    """The XDG base directory specification says so."""
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": "here"}
    found = find_state(None, environ, euid=NOBODY, service=service)
    assert found == tmp_path / ".local" / "state" / "aliwatch"
