"""The service's files: what systemd makes of them, and that they agree with the program."""

import configparser
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from watcher.adapters.credentials import PREFIX, SERVICE_CREDENTIALS
from watcher.adapters.settings.places import SERVICE

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
MOST_EXPOSURE = 2.0
WITH_SYSTEMD = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def read_unit(name: str) -> configparser.SectionProxy:
    """Return the [Service] section; of a key that is given twice, the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # as configparser's manual does it
    parser.read_string((UNITS / name).read_text(encoding="utf-8"))
    return parser["Service"]


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze where a user's own manager would find a place to run."""
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"XDG_RUNTIME_DIR": str(folder), "SYSTEMD_COLORS": "0"},
    )


def runnable(folder: Path, name: str) -> Path:
    """Copy a unit with a program that is there: what is not installed is not to be found."""
    text = (UNITS / name).read_text(encoding="utf-8")
    copy = folder / name
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text), encoding="utf-8")
    return copy


@WITH_SYSTEMD
@pytest.mark.parametrize("name", ["aliwatch.service", "aliwatch-user.service"])
def test_systemd_finds_nothing_to_say_about_a_unit(tmp_path: Path, name: str) -> None:
    """No warning at all: of an unknown key systemd only warns, and ends with 0."""
    user = ["--user"] if "user" in name else []
    done = analyze(tmp_path, "verify", "--man=no", *user, str(runnable(tmp_path, name)))
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


@WITH_SYSTEMD
def test_a_key_that_systemd_does_not_know_would_be_found(tmp_path: Path) -> None:
    """The test above can fail: a slip in a key's name makes systemd speak."""
    unit = runnable(tmp_path, "aliwatch.service")
    unit.write_text(unit.read_text().replace("MemoryMax=", "MemryMax="))
    assert "MemryMax" in analyze(tmp_path, "verify", "--man=no", str(unit)).stderr


@WITH_SYSTEMD
def test_the_service_is_exposed_as_little_as_promised(tmp_path: Path) -> None:
    """Systemd's own measure of the sandbox stays at 2.0 or below, of 10."""
    unit = runnable(tmp_path, "aliwatch.service")
    done = analyze(tmp_path, "security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    assert float(found[1]) <= MOST_EXPOSURE


def test_the_units_folders_are_the_programs() -> None:
    """`sudo aliwatch` looks where the service writes."""
    service = read_unit("aliwatch.service")
    assert Path("/var/lib") / service["StateDirectory"] == SERVICE.state
    assert service["LoadCredential"] == f"{PREFIX.rstrip('_')}:{SERVICE_CREDENTIALS}"
    rules = (UNITS / "tmpfiles.conf").read_text(encoding="utf-8")
    made = dict(re.findall(r"(?m)^[dz] (\S+) (\d+ \S+ \S+)$", rules))
    user = service["User"]
    assert made == {
        str(SERVICE.settings.parent): f"0750 root {user}",
        str(SERVICE.settings): f"0640 root {user}",
        str(SERVICE_CREDENTIALS): "0700 root root",
        str(SERVICE.state): f"0700 {user} {user}",
    }
    assert f"u {user} - " in (UNITS / "sysusers.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["aliwatch.service", "aliwatch-user.service"])
def test_wrong_settings_are_no_reason_to_start_again(name: str) -> None:
    """78 is the exit code for settings; after anything else the daemon comes back, for ever."""
    service = read_unit(name)
    assert service["RestartPreventExitStatus"] == "78"
    assert service["Restart"] == "on-failure"
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert "StartLimitIntervalSec=0" in (UNITS / name).read_text(encoding="utf-8")


def test_every_package_is_shipped() -> None:
    """A folder of code that the list leaves out would be missing from the wheel alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    code = ROOT / "watcher"
    if not code.is_dir():
        # Against the built wheel the code lies elsewhere.
        import watcher  # noqa: PLC0415 -- the installed one

        code = Path(watcher.__path__[0])
    packages = {
        ".".join(("watcher", *found.parent.relative_to(code).parts))
        for found in code.rglob("__init__.py")
    }
    assert set(project["tool"]["setuptools"]["packages"]) == packages | {"watcher.config"}
