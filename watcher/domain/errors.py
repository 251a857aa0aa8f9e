"""Errors, sorted by who must act."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it."""

    place: str
    """File and key, or the account or channel: `aliwatch.toml: account.home.tls`."""
    what: str
    fix: str = ""

    def __str__(self) -> str:
        line = f"{self.place}: {self.what}"
        return f"{line}\n    fix: {self.fix}" if self.fix else line


class UserError(Exception):
    """The operator must act: settings, a refused login, a missing folder. No traceback."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class FolderMissingError(UserError):
    """Folders that the settings name are not there; those that are there were read."""


class TransientError(Exception):
    """Time may cure it: an unreachable server, a full disk. Retried with growing pauses."""


class UnreadableMail(Exception):  # noqa: N818 -- named for the mail's state
    """A mail that cannot be parsed within bounds. Set aside with a record; the next is read."""
