"""Stands in for the daemon: reports what the unit's sandbox lets through, then obeys orders.

Run inside the container with the installed program's own interpreter. The orders are files in
the state folder: `exit` holds the code to end with.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from watcher.adapters.credentials import CredentialMissing, gather_credentials
from watcher.adapters.privileges import become_owner
from watcher.adapters.secrets import SecretCommand, SecretReference
from watcher.adapters.service_manager import ServiceManager
from watcher.adapters.settings import find_settings, find_state
from watcher.adapters.state_lock import hold_state

PLACES = ("/etc/x", "/usr/x", "/opt/x", "/tmp/x")  # noqa: S108 -- the last is the service's own
LIBRARIES = "apprise, apscheduler, dkim, imapclient, mailparser, re2, selectolax, sqlalchemy, ssl"


def read_credential(name: str) -> str | None:
    """Return a credential, or nothing where the service has none."""
    try:
        return gather_credentials().read(name).decode().strip()
    except CredentialMissing:
        return None


def ask_child(code: str) -> str:
    """Return what a child process of the same interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def try_tcp() -> str:
    """Send a few bytes to ourselves over TCP, by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = ("localhost", server.getsockname()[1])
        with socket.create_connection(address, 5) as client, server.accept()[0] as peer:
            client.sendall(b"over tcp")
            return peer.recv(99).decode()


def may(path: str) -> bool:
    """Tell whether a file could be written there."""
    try:
        Path(path).touch()
    except OSError:
        return False
    return True


def main() -> None:
    """Report, say ready, and feed the watchdog until told to stop."""
    state = find_state()
    become_owner(state)
    settings = find_settings()
    command = SecretReference(source=SecretCommand(words=("sh", "-c", "echo from a command")))
    manager = ServiceManager.of()
    interval = manager.watchdog_interval
    report = {
        "state": str(state),
        "settings": settings.read_text(encoding="utf-8"),
        "uid": os.getuid(),
        "credential": read_credential("imap-password"),
        "command": command.resolve(),
        "child": ask_child(f"import {LIBRARIES}; print('imported')"),
        "tcp": try_tcp(),
        "watchdog": interval.total_seconds() if interval else None,
        "writable": [path for path in PLACES if may(path)],
    }

    def stop(_number: int, _frame: FrameType | None) -> None:
        manager.stopping("asked to")
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    with hold_state(state):
        (state / "report.json").write_text(json.dumps(report), encoding="utf-8")
        manager.ready("watching")
        while True:
            order = state / "exit"
            if order.exists():
                raise SystemExit(int(order.read_text()))
            manager.alive()
            time.sleep(0.2)


if __name__ == "__main__":
    main()
