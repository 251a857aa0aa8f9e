"""A person's aliwatch as they run it: a settings file, a state folder, the command line."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from receivers.http import Receiver
from servers.fork_server import ForkServer

MAIL_SERVER = "mx.example.org"
GENUINE = "AliExpress <transaction@notice.aliexpress.com>"
FORKS = ForkServer()
atexit.register(FORKS.close)
PATIENCE = 60.0
"""Seconds to wait for what usually takes one or two."""


def write_order_mail(
    subject: str,
    text: str,
    sent_at: datetime,
    *,
    sender: str = GENUINE,
    proven: bool = True,
) -> bytes:
    """Write a mail as AliExpress sends it and the person's server receives it."""
    mail = EmailMessage()
    if proven:
        mail["Authentication-Results"] = (
            f"{MAIL_SERVER}; dmarc=pass header.from=notice.aliexpress.com"
        )
    mail["Received"] = f"from out.example by {MAIL_SERVER} with ESMTPS; {format_datetime(sent_at)}"
    mail["From"] = sender
    mail["To"] = "me@example.org"
    mail["Subject"] = subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{abs(hash((subject, sent_at)))}@notice.aliexpress.com>"
    mail.set_content(f"<html><body><p>{text}</p></body></html>", subtype="html")
    return mail.as_bytes()


def confirmed(order: str, sent_at: datetime, **options: Any) -> bytes:
    """Write the mail that confirms an order of 49.90 EUR."""
    text = f"Your order {order} is confirmed.</p><p>Order total</p><p>€ 49,90"
    return write_order_mail(f"Order {order}: order confirmed", text, sent_at, **options)


def closed(order: str, sent_at: datetime, **options: Any) -> bytes:
    """Write the mail that closes an order."""
    text = f"Your order {order} has been closed. Check order detail page to know more details."
    return write_order_mail(f"Your order {order} is closed", text, sent_at, **options)


@dataclass(slots=True, kw_only=True)
class Household:
    """One person's settings and state, and the program run on them as a process of its own."""

    folder: Path
    receiver: Receiver
    settings: str
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.write_settings(self.settings)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def write_settings(self, text: str) -> None:
        """Put the settings file down."""
        (self.folder / "aliwatch.toml").write_text(text, encoding="utf-8")

    def arguments(self, *arguments: str) -> list[str]:
        """What is typed after `aliwatch`, with where this household's files are."""
        places = ("--config", str(self.folder / "aliwatch.toml"), "--state", str(self.state))
        return [*arguments, *places]

    def command(self, *arguments: str) -> list[str]:
        """The command line for `aliwatch ARGUMENTS` on this household."""
        return [sys.executable, "-P", "-m", "watcher", *self.arguments(*arguments)]

    def run(
        self,
        *arguments: str,
        code: int = 0,
        before: Callable[[], None] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, and expect its exit code."""
        environment = os.environ | self.environment
        done = (
            FORKS.run(self.arguments(*arguments), environment=environment, timeout=PATIENCE)
            if before is None
            else subprocess.run(
                self.command(*arguments),
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
                stdin=subprocess.DEVNULL,
                env=environment,
                preexec_fn=before,
            )
        )
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
        return done

    def run_json(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """Run a command with `--json`, and answer its lines."""
        printed = self.run(*arguments, "--json", code=code).stdout
        return [json.loads(line) for line in printed.splitlines()]

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts that arrived so far."""
        return [post.json() for post in self.receiver.posts]

    def titles(self) -> list[str]:
        """The titles of the alerts that arrived so far."""
        return [alert["title"] for alert in self.alerts()]

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[str]]:
        """Run the daemon while the block lasts; its log is beside the settings."""
        with (self.folder / "daemon.log").open("a") as log:
            process = subprocess.Popen(
                self.command("run"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                env=os.environ | self.environment,
            )
            try:
                self.wait_for(lambda: "daemon_started" in self.log(), "the daemon's start")
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    try:
                        process.wait(PATIENCE)
                    finally:
                        process.kill()
                        process.wait()

    def log(self) -> str:
        """What the daemon logged so far."""
        return (self.folder / "daemon.log").read_text()

    def wait_for(self, happened: Callable[[], object], what: str) -> None:
        """Wait until something has happened."""
        limit = time.monotonic() + PATIENCE
        while not happened():
            log = self.log() if (self.folder / "daemon.log").exists() else ""
            assert time.monotonic() < limit, f"waited in vain for {what}; {log}"
            time.sleep(0.05)
