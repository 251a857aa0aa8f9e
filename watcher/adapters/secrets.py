"""Secrets: where each one lies, and how it is fetched at the moment it is needed."""

import os
import signal
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from watcher.adapters.credentials import CredentialMissing, Credentials
from watcher.domain.errors import Problem, UserError

LARGEST_SECRET = 65_536
"""Bytes. A bigger file is not a password but a mistake in a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A file whose content is the secret."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVariable:
    """An environment variable that holds the secret."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCommand:
    """A program, run without a shell, that prints the secret."""

    words: tuple[str, ...] = field(repr=False)
    seconds: float = 30.0

    @property
    def program(self) -> str:
        """The program's name; its arguments may be private."""
        return self.words[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCredential:
    """A credential that the service manager hands over, by name."""

    name: str
    store: Credentials = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretText:
    """The secret itself, where the settings spell it out."""

    text: str = field(repr=False)


Source = SecretFile | SecretVariable | SecretCommand | SecretCredential | SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """Where a secret lies; never the secret itself, so it may be kept and shown."""

    source: Source
    place: str = "secret"
    """The setting that refers to it, for messages: `aliwatch.toml: account.home.password`."""

    def resolve(self, environ: Mapping[str, str] | None = None) -> str:
        """Fetch the secret now, without its one trailing newline.

        Raises:
            UserError: it is missing, empty, more than one line, no text, or its program failed.
                The message names the place and the fix, and nothing of the secret.

        """
        text = self._fetch(os.environ if environ is None else environ)
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise self._error("the secret is empty", "put the secret there, on one line")
        if "\n" in text or "\r" in text or "\0" in text:
            raise self._error("the secret has more than one line", "keep only the secret there")
        return text

    def weaknesses(self) -> tuple[Problem, ...]:
        """Tell what makes the secret easier to steal than it need be: a file open to others."""
        if not isinstance(self.source, SecretFile):
            return ()
        try:
            mode = stat.S_IMODE(self.source.path.stat().st_mode)
        except OSError:
            return ()
        if not mode & (stat.S_IRWXO | stat.S_IWGRP):
            return ()
        return (
            Problem(
                place=self.place,
                what=f"{self.source.path} is open to other users (mode {mode:04o})",
                fix=f"chmod 600 {self.source.path}",
            ),
        )

    def _fetch(self, environ: Mapping[str, str]) -> str:
        match self.source:
            case SecretText(text=text):
                return text
            case SecretVariable(name=name):
                if name not in environ:
                    raise self._error(
                        f"the environment variable {name} is not set", f"set {name} and start again"
                    )
                return environ[name]
            case SecretFile(path=path):
                return self._text(self._read(path))
            case SecretCommand() as command:
                return self._text(self._run(command))
            case SecretCredential(name=name, store=store):
                try:
                    return self._text(store.read(name))
                except CredentialMissing as missing:
                    raise self._error(missing.what, missing.fix) from None
        assert_never(self.source)

    def _read(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_SECRET + 1)
        except FileNotFoundError:
            raise self._error(
                f"the file {path} does not exist", "write the secret into it, mode 600"
            ) from None
        except PermissionError:
            raise self._error(
                f"the file {path} may not be read by this user",
                "make it belong to the user that runs aliwatch (chown), or use a credential",
            ) from None
        except OSError as error:
            raise self._error(
                f"the file {path} cannot be read: {error.strerror}", "check the path"
            ) from None
        if len(content) > LARGEST_SECRET:
            raise self._error(f"the file {path} is too big for a secret", "check the path")
        return content

    def _run(self, command: SecretCommand) -> bytes:
        named = f"the command {command.program!r}"
        try:
            process = subprocess.Popen(
                command.words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # What a password tool complains about may quote the secret.
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise self._error(
                f"{named} cannot be started: {error.strerror}",
                "check that it is installed, and that this user may run it",
            ) from None
        with process:
            try:
                output, _ = process.communicate(timeout=command.seconds)
            except subprocess.TimeoutExpired:
                raise self._error(
                    f"{named} gave no answer in {command.seconds:g} s",
                    "it must not ask for anything: unlock it first, or use a file",
                ) from None
            finally:
                _end_group(process.pid)
        if process.returncode != 0:
            raise self._error(
                f"{named} failed with exit code {process.returncode}",
                "run it by hand as the user that runs aliwatch",
            )
        return output[: LARGEST_SECRET + 1]

    def _text(self, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            # "from None": the exception holds the bytes.
            raise self._error("the secret is not UTF-8 text", "save it as UTF-8") from None

    def _error(self, what: str, fix: str) -> UserError:
        return UserError(Problem(place=self.place, what=what, fix=fix))


def _end_group(leader: int) -> None:
    """Leave nothing of a secret's program running, whatever it started itself."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
