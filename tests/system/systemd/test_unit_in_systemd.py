"""The unit under a real systemd: its sandbox, credentials, restarts. A stand-in is the daemon."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.systemd.container import Container, wait_for

pytestmark = [pytest.mark.systemd, pytest.mark.timeout(900)]

UNIT = "aliwatch"
STATE = "/var/lib/aliwatch"
DROP_IN = """
[Service]
ExecStart=
ExecStart=/opt/aliwatch/bin/python /opt/stand_in.py
RestartSec=1s
WatchdogSec=3s
"""


@pytest.fixture
def service(installed: Container) -> Iterator[Container]:
    """The installed service with the stand-in for a daemon, stopped, with short times."""
    stand_in = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")
    installed.write("/opt/stand_in.py", stand_in)
    drop_in = f"/etc/systemd/system/{UNIT}.service.d/stand-in.conf"
    installed.write(drop_in, DROP_IN)
    installed.run("systemctl", "daemon-reload")
    yield installed
    installed.run("systemctl", "stop", UNIT)
    installed.run("systemctl", "reset-failed", UNIT, check=False)
    installed.run("rm", "-rf", f"{STATE}/exit", f"{STATE}/report.json", drop_in)
    installed.run("sh", "-c", "rm -f /etc/aliwatch/credentials/*")
    installed.run("systemctl", "daemon-reload")


def start(service: Container) -> dict[str, Any]:
    """Start the service, which returns when it is ready, and read its report."""
    service.run("systemctl", "start", UNIT)
    report: dict[str, Any] = json.loads(service.run("cat", f"{STATE}/report.json"))
    return report


def main_process(service: Container) -> int:
    """Return the daemon's process id inside; 0 for none."""
    return int(service.show(UNIT, "MainPID")[0])


def await_new_process(service: Container, old: int) -> None:
    """Wait until the service is up again as another process."""
    wait_for(
        lambda: (
            main_process(service) not in {0, old}
            and service.show(UNIT, "ActiveState", "SubState") == ["active", "running"]
        ),
        60,
        lambda: f"not restarted:\n{service.journal(UNIT)}",
    )


def test_installing_twice_changes_nothing_of_the_persons(installed: Container) -> None:
    """`make install` is also the update: settings and credentials that are there stay."""
    installed.write("/etc/aliwatch/aliwatch.toml", "# mine\n")
    installed.run("make", "-C", "/srv/checkout", "install", seconds=900)
    assert installed.run("cat", "/etc/aliwatch/aliwatch.toml") == "# mine"
    folders = ("/etc/aliwatch", "/etc/aliwatch/aliwatch.toml", "/etc/aliwatch/credentials", STATE)
    assert installed.run("stat", "--format=%a %U %G", *folders).splitlines() == [
        "750 root aliwatch",
        "640 root aliwatch",
        "700 root root",
        "700 aliwatch aliwatch",
    ]


def test_only_what_is_needed_to_run_is_installed(installed: Container) -> None:
    """The service's environment has no compiler's worth of development tools in it."""
    names = installed.run("ls", "/opt/aliwatch/bin").split()
    assert "aliwatch" in names
    assert not {"pytest", "mypy", "ruff", "uv"} & set(names)


def test_the_sandbox_lets_through_what_the_daemon_needs_and_nothing_else(
    service: Container,
) -> None:
    """State, settings, credential, command, child process, names and TCP; no other place."""
    service.write("/etc/aliwatch/aliwatch.toml", "# the service's\n")
    service.write("/etc/aliwatch/credentials/imap-password", "s3cret\n", 0o600)
    report = start(service)
    user = int(service.run("id", "--user", "aliwatch"))
    assert report == {
        "state": STATE,
        "settings": "# the service's\n",
        "uid": user,
        "credential": "s3cret",
        "command": "from a command",
        "child": "imported",
        "tcp": "over tcp",
        "watchdog": 3.0,
        "writable": ["/tmp/x"],  # noqa: S108 -- its own, by PrivateTmp
    }
    assert service.show(UNIT, "StatusText") == ["watching"]
    owners = service.run("find", STATE, "!", "-user", "aliwatch")
    assert owners == ""


def test_the_service_starts_without_a_credential(service: Container) -> None:
    """An empty folder is no mistake: secrets may lie elsewhere."""
    assert start(service)["credential"] is None


def test_a_killed_daemon_comes_back(service: Container) -> None:
    """After a crash the watch goes on by itself."""
    start(service)
    first = main_process(service)
    service.run("kill", "-9", str(first))
    await_new_process(service, first)


def test_a_daemon_that_hangs_is_replaced(service: Container) -> None:
    """One that stands still feeds no watchdog, and systemd starts another."""
    start(service)
    first = main_process(service)
    service.run("kill", "-STOP", str(first))
    await_new_process(service, first)
    assert "watchdog" in service.journal(UNIT).lower()


def test_a_bug_is_restarted_and_wrong_settings_are_not(service: Container) -> None:
    """Exit 1 starts again; exit 78 waits for the person."""
    start(service)
    first = main_process(service)
    service.write(f"{STATE}/exit", "1")
    wait_for(lambda: main_process(service) != first, 30, lambda: "it did not end")
    service.run("rm", f"{STATE}/exit")
    await_new_process(service, first)
    service.write(f"{STATE}/exit", "78")
    service.await_state(UNIT, "failed")
    service.run("rm", f"{STATE}/exit")
    time.sleep(5)
    assert service.show(UNIT, "ActiveState", "ExecMainStatus") == ["failed", "78"]


def test_stopping_is_quick_and_clean(service: Container) -> None:
    """`systemctl stop` does not wait for a time-out, and leaves no process."""
    start(service)
    begun = time.monotonic()
    service.run("systemctl", "stop", UNIT)
    assert time.monotonic() - begun < 10
    assert service.show(UNIT, "ActiveState", "Result") == ["inactive", "success"]


def test_root_beside_the_service_leaves_no_file_of_roots(service: Container) -> None:
    """A command of root's finds the service's settings and state, and writes as their owner."""
    service.write("/etc/aliwatch/aliwatch.toml", "# the service's\n")
    service.write("/etc/aliwatch/credentials/imap-password", "s3cret\n", 0o600)
    code = """
from watcher.adapters.credentials import gather_credentials
from watcher.adapters.privileges import become_owner
from watcher.adapters.settings import find_settings, find_state
state, settings, credentials = find_state(), find_settings(), gather_credentials()
become_owner(state)
(state / "made-by-root").touch()
print(settings.read_text().strip(), credentials.read("imap-password"))
"""
    said = service.run("env", "HOME=/root", "/opt/aliwatch/bin/python", "-c", code)
    assert said == "# the service's b's3cret\\n'"
    assert service.run("stat", "--format=%U %a", f"{STATE}/made-by-root") == "aliwatch 600"
    assert service.run("find", STATE, "!", "-user", "aliwatch") == ""
