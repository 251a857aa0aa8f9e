"""A mail as it is kept: evidence for the person, and what a replay reads."""

from dataclasses import dataclass, field
from datetime import datetime

from watcher.domain.message import Authenticity
from watcher.domain.reading import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """One mail with the mark that it was read, or the record of why it could not be."""

    digest: str
    account: str
    folder: str
    received_at: datetime
    outcome: Outcome | None
    """`None` where the mail was set aside; then `problem` says why."""
    authenticity: Authenticity | None = None
    proof_pending: bool = False
    """Whether its signature is to be looked up again."""
    language: str | None = None
    rule: str | None = None
    sender: str = ""
    subject: str = field(repr=False, default="")
    problem: str | None = None
    content: bytes | None = field(repr=False, default=None)
    """The untouched mail; `None` where only the record is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingProof:
    """A mail whose signature could not be looked up when it was read."""

    digest: str
    read_at: datetime
