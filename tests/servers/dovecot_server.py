"""Debian's Dovecot, run whole as one throw-away user in a temporary folder."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from servers.pymap_server import Tls

_CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_location = mdbox:{folder}/mail/%u
mail_max_userip_connections = 500
imap_idle_notify_interval = 29 mins
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Papierkorb-Spam {{
    auto = create
    special_use = \\Junk
  }}
}}
"""
_START_SECONDS = 20.0


def find_dovecot() -> str | None:
    """Answer where Dovecot is installed; `None` where it is not."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class DovecotServer:
    """One Dovecot on a free loopback port. Any user may enter with `password`."""

    host = "localhost"
    tls: Tls = "none"
    password = "open-sesame"

    def __init__(self, binary: str) -> None:
        self._binary = binary
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self._user, self._group = _choose_user()
        self.port = _free_port()
        self._configuration = self._folder / "dovecot.conf"
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("run", "state", "mail"):
            (self._folder / name).mkdir()
        self._configuration.write_text(
            _CONFIGURATION.format(
                folder=self._folder,
                user=self._user,
                group=self._group,
                port=self.port,
                password=self.password,
            )
        )
        if os.getuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                shutil.chown(path, self._user, self._group)
        self.start()

    def add_user(self, name: str, password: str) -> None:
        """Check that the user asks for the one password there is."""
        assert password == self.password, f"{name} has another password"

    def start(self) -> None:
        """Start it and wait until it greets."""
        self._process = subprocess.Popen(
            [self._binary, "-F", "-c", str(self._configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user if os.getuid() == 0 else None,
            group=self._group if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
        )
        limit = time.monotonic() + _START_SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    if probe.recv(4) == b"* OK":
                        return
            except OSError:
                if time.monotonic() > limit or self._process.poll() is not None:
                    log = self._folder / "dovecot.log"
                    said = log.read_text() if log.exists() else "nothing"
                    raise AssertionError(f"Dovecot did not start; it said: {said}") from None
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server and every session of it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None

    def run_doveadm(self, *arguments: str, text: bytes = b"") -> str:
        """Run one of the server's administrative commands, and answer what it printed."""
        command = [shutil.which("doveadm") or "doveadm", "-c", str(self._configuration)]
        done = subprocess.run(
            [*command, *arguments],
            input=text,
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
            user=self._user if os.getuid() == 0 else None,
            group=self._group if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
        )
        return done.stdout.decode()

    def close(self) -> None:
        """Stop, and remove every file."""
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def folder(self) -> Path:
        """The server's own folder; its user may write there."""
        return self._folder

    def own(self, path: Path) -> None:
        """Give a file to the server's user."""
        if os.getuid() == 0:
            shutil.chown(path, self._user, self._group)


def _choose_user() -> tuple[str, str]:
    if os.getuid() != 0:
        name = getpass.getuser()
        return name, _group_of(name)
    return "nobody", _group_of("nobody")


def _group_of(name: str) -> str:

    name_of_group: str = grp.getgrgid(pwd.getpwnam(name).pw_gid).gr_name
    return name_of_group


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
