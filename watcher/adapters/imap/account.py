"""The settings of one IMAP account."""

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from watcher.domain.errors import Problem, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """Where a mailbox is and how to enter it; the password is asked for at each login only."""

    host: str
    port: int
    user: str
    password: Callable[[], str] = field(repr=False)
    tls: Literal["tls", "starttls", "none"] = "tls"
    folders: tuple[str, ...] = ()
    """Folders by their plain names; empty means INBOX and the server's folder for junk."""
    senders: tuple[str, ...] = ("aliexpress",)
    """Parts of a From line; a mail with any of them is a candidate. ASCII, letter case ignored."""
    max_bytes: int = 5_000_000
    timeout: float = 30.0
    """Seconds to wait for a connection, and for each answer of the server."""
    context: ssl.SSLContext | None = field(repr=False, default=None)
    """How certificates are checked; `None` is the machine's own list of authorities."""

    def __post_init__(self) -> None:
        if not self.senders or not all(part and part.isascii() for part in self.senders):
            raise ValueError("senders needs at least one part of a From line, in ASCII")
        if self.max_bytes <= 0 or self.timeout <= 0:
            raise ValueError("max_bytes and timeout are above zero")

    @property
    def place(self) -> str:
        """How errors name this account: `me@example.org at imap.example.org:993`."""
        return f"{self.user} at {self.host}:{self.port}"

    def check_privacy(self) -> None:
        """Let a connection without TLS leave the machine never.

        Raises:
            UserError: `tls` is "none" and the host is not this machine.

        """
        if self.tls == "none" and not _is_loopback(self.host):
            raise UserError(
                Problem(
                    place=self.place,
                    what='tls = "none" would send the password readable over the network',
                    fix='use tls = "tls" (port 993) or tls = "starttls" (port 143)',
                )
            )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
