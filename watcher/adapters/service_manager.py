"""What the service tells systemd: ready, alive, stopping. Without systemd it says nothing.

Source: sd_notify(3) and sd_watchdog_enabled(3).
"""

import os
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceManager:
    """The line to the service manager that started this process, if one did."""

    address: str | None = None
    """A path, or `@name` for an abstract socket; `None`: nobody listens."""
    watchdog_interval: timedelta | None = None
    """How long the service manager waits for a sign of life; `None`: it does not watch."""

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None, *, pid: int | None = None) -> Self:
        """Read what the service manager left in the environment."""
        environ = os.environ if environ is None else environ
        return cls(
            address=environ.get("NOTIFY_SOCKET") or None,
            watchdog_interval=_read_interval(environ, os.getpid() if pid is None else pid),
        )

    def ready(self, status: str = "") -> None:
        """Say that start-up is over."""
        self._say("READY=1", status)

    def status(self, text: str) -> None:
        """Say in one line what is going on, for `systemctl status`. Never a mail's text."""
        self._say(status=text)

    def alive(self, status: str = "") -> None:
        """Feed the watchdog. Only after real progress: a timer that feeds it proves nothing."""
        self._say("WATCHDOG=1", status)

    def stopping(self, status: str = "") -> None:
        """Say that the end was asked for and is under way."""
        self._say("STOPPING=1", status)

    def _say(self, word: str = "", status: str = "") -> None:
        if self.address is None:
            return
        lines = [word, f"STATUS={' '.join(status.split())}" if status else ""]
        message = "\n".join(line for line in lines if line).encode()
        # A deaf service manager is no reason to stop: its own time-outs notice.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            # A full queue must not hold the daemon up.
            line.settimeout(0)
            line.sendto(message, re.sub("^@", "\0", self.address))


def _read_interval(environ: Mapping[str, str], pid: int) -> timedelta | None:
    text = environ.get("WATCHDOG_USEC", "")
    meant_for = environ.get("WATCHDOG_PID", "")
    if not text.isdecimal() or int(text) == 0 or (meant_for and meant_for != str(pid)):
        return None
    return timedelta(microseconds=int(text))
