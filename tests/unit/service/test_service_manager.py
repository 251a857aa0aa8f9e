"""What systemd hears, over real sockets."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from watcher.adapters.service_manager import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A socket as systemd opens one, and its name as `NOTIFY_SOCKET` gives it."""
    name = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sock:
        sock.settimeout(5)
        sock.bind(name if request.param == "path" else f"\0{name}")
        yield (name if request.param == "path" else f"@{name}"), sock


def test_the_service_manager_hears_each_word(listener: tuple[str, socket.socket]) -> None:
    """Ready, status, alive and stopping arrive as sd_notify(3) spells them."""
    name, sock = listener
    manager = ServiceManager.of({"NOTIFY_SOCKET": name})
    manager.ready("watching 1 account")
    assert sock.recv(999) == b"READY=1\nSTATUS=watching 1 account"
    manager.status("polled")
    assert sock.recv(999) == b"STATUS=polled"
    manager.alive()
    assert sock.recv(999) == b"WATCHDOG=1"
    manager.stopping()
    assert sock.recv(999) == b"STOPPING=1"


def test_a_status_cannot_smuggle_in_another_word(listener: tuple[str, socket.socket]) -> None:
    """A line break in a status is no second message."""
    name, sock = listener
    ServiceManager.of({"NOTIFY_SOCKET": name}).status("a\nMAINPID=1\nb")
    assert sock.recv(999) == b"STATUS=a MAINPID=1 b"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/none/such"}])
def test_without_a_listener_nothing_happens(environ: dict[str, str]) -> None:
    """In a terminal, or with a socket that has gone, the daemon runs on."""
    manager = ServiceManager.of(environ)
    manager.ready("x")
    manager.alive()
    manager.stopping()


def test_a_full_queue_does_not_hold_the_daemon_up(listener: tuple[str, socket.socket]) -> None:
    """A service manager that reads nothing cannot stall the one who reports to it."""
    name, _ = listener
    manager = ServiceManager.of({"NOTIFY_SOCKET": name})
    for _ in range(2_000):
        manager.alive()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "300000000"}, timedelta(minutes=5)),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "42"}, timedelta(seconds=2)),
        ({"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_counts_only_when_it_is_meant_for_this_process(
    environ: dict[str, str], expected: timedelta | None
) -> None:
    """A child that inherits the environment does not feed its parent's watchdog."""
    assert ServiceManager.of(environ, pid=42).watchdog_interval == expected
