"""Credentials of the service: from the service manager, or read by root before it steps down."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SERVICE_CREDENTIALS = Path("/etc/aliwatch/credentials")
PREFIX = "aliwatch_"
"""What systemd puts before a file's name when a whole folder is loaded under the id `aliwatch`."""
LARGEST_CREDENTIAL = 65_536


class CredentialMissing(Exception):  # noqa: N818 -- named for the credential's state
    """There is no such credential; `what` and `fix` are for the operator."""

    def __init__(self, *, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The credentials this process may use; their contents never show."""

    folder: Path | None = None
    """Where the service manager laid them, `$CREDENTIALS_DIRECTORY`."""
    loaded: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Read beforehand, by name, and kept in memory only."""

    def read(self, name: str) -> bytes:
        """Return the credential `name`.

        Raises:
            CredentialMissing: there is none of that name, or no service manager.

        """
        if name in self.loaded:
            return self.loaded[name]
        if self.folder is None:
            raise CredentialMissing(
                what=f"no credential {name!r} here: only the service is handed credentials",
                fix="start the service, or use sudo aliwatch …; elsewhere write { file = … }",
            )
        for candidate in (self.folder / name, self.folder / f"{PREFIX}{name}"):
            try:
                return candidate.read_bytes()
            except OSError:
                continue
        raise CredentialMissing(
            what=f"the service was handed no credential {name!r}",
            fix=f"write it to {SERVICE_CREDENTIALS / name} and restart the service",
        )


def gather_credentials(
    environ: Mapping[str, str] | None = None,
    *,
    euid: int | None = None,
    folder: Path = SERVICE_CREDENTIALS,
) -> Credentials:
    """Take note of the service manager's credentials, or, as root, read them into memory.

    Root needs them beforehand: after `become_owner` the folder is closed to the process. Links are
    not followed and nothing but plain files is read, as systemd does it.
    """
    environ = os.environ if environ is None else environ
    if given := environ.get("CREDENTIALS_DIRECTORY"):
        return Credentials(folder=Path(given))
    if (os.geteuid() if euid is None else euid) != 0:
        return Credentials()
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return Credentials()
    read = ((path.name, _read_plain(path)) for path in paths)
    return Credentials(loaded={name: content for name, content in read if content is not None})


def _read_plain(path: Path) -> bytes | None:
    try:
        # NONBLOCK: a pipe in the folder must not hold the command up.
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            return None
        return os.read(number, LARGEST_CREDENTIAL)
    finally:
        os.close(number)
