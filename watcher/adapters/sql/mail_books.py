"""The mails that were read, and how far each folder was read."""

import zlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from watcher.adapters.sql import schema
from watcher.domain.kept_mail import KeptMail, PendingProof
from watcher.domain.message import Authenticity
from watcher.domain.reading import Outcome


class MailBooks:
    """What is written of mails. One instance lives as long as its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cursors(self, account: str) -> dict[str, str]:
        """How far each folder of `account` was read."""
        table = schema.cursor
        rows = self._connection.execute(
            select(table.c.folder, table.c.position).where(table.c.account == account)
        )
        return {row.folder: row.position for row in rows}

    def move_cursor(self, account: str, folder: str, position: str) -> None:
        """Mark `folder` as read up to `position`."""
        statement = insert(schema.cursor).values(account=account, folder=folder, position=position)
        self._connection.execute(
            statement.on_conflict_do_update(set_={"position": statement.excluded.position})
        )

    def known_as(self, digest: str) -> Authenticity | None:
        """How well this mail was proven when it was read, in whatever folder or account.

        `None` where it was not read before.
        """
        proof = self._connection.execute(
            select(schema.mail.c.authenticity).where(schema.mail.c.digest == digest)
        ).first()
        return None if proof is None else Authenticity(proof[0] or Authenticity.UNKNOWN)

    def keep(self, mail: KeptMail, now: datetime) -> None:
        """Keep a mail, in the place of a less proven copy of it."""
        values = {
            "account": mail.account,
            "folder": mail.folder,
            "received_at": mail.received_at,
            "read_at": now,
            "outcome": mail.outcome,
            "authenticity": mail.authenticity,
            "language": mail.language,
            "rule": mail.rule,
            "sender": mail.sender,
            "subject": mail.subject,
            "problem": mail.problem,
            "proof_due_at": now if mail.proof_pending else None,
            "raw": None if mail.content is None else zlib.compress(mail.content),
        }
        statement = insert(schema.mail).values(digest=mail.digest, **values)
        self._connection.execute(statement.on_conflict_do_update(set_=values))

    def unreported(self) -> list[KeptMail]:
        """Mails that the person should hear of and has not: unrecognised, forged, unreadable."""
        table = schema.mail
        worth = (
            table.c.outcome.is_(None)
            | (table.c.outcome == Outcome.UNRECOGNISED)
            | (table.c.authenticity == Authenticity.FAIL)
        )
        rows = self._connection.execute(
            select(*_FACTS)
            .where(worth, table.c.reported_at.is_(None))
            .order_by(table.c.received_at)
        )
        return [_kept_mail(row) for row in rows]

    def unrecognised(self) -> list[KeptMail]:
        """Mails that no rule knows, and mails that could not be read; the newest first."""
        table = schema.mail
        rows = self._connection.execute(
            select(*_FACTS)
            .where(table.c.outcome.is_(None) | (table.c.outcome == Outcome.UNRECOGNISED))
            .order_by(table.c.received_at.desc())
        )
        return [_kept_mail(row) for row in rows]

    def digests(self, since: datetime | None = None, prefix: str = "") -> list[str]:
        """The mails of which the content is kept, oldest first."""
        table = schema.mail
        statement = select(table.c.digest).where(
            table.c.raw.is_not(None), table.c.digest.startswith(prefix, autoescape=True)
        )
        if since is not None:
            statement = statement.where(table.c.received_at >= since)
        return list(self._connection.execute(statement.order_by(table.c.received_at)).scalars())

    def find(self, digest: str) -> KeptMail | None:
        """One mail with its content."""
        row = self._connection.execute(
            select(*_FACTS).where(schema.mail.c.digest == digest)
        ).first()
        return None if row is None else replace(_kept_mail(row), content=self.content(digest))

    def discard(self, digest: str) -> None:
        """Forget a mail; the events that it told must be gone before."""
        self._connection.execute(delete(schema.mail).where(schema.mail.c.digest == digest))

    def mark_reported(self, digests: list[str], now: datetime) -> None:
        """Note that the person was told of these mails."""
        table = schema.mail
        self._connection.execute(
            update(table).where(table.c.digest.in_(digests)).values(reported_at=now)
        )

    def pending_proofs(self, now: datetime, limit: int) -> list[PendingProof]:
        """The mails whose signature is to be looked up again by now, the longest waiting first."""
        table = schema.mail
        rows = self._connection.execute(
            select(table.c.digest, table.c.read_at)
            .where(table.c.proof_due_at <= now)
            .order_by(table.c.proof_due_at)
            .limit(limit)
        )
        return [PendingProof(digest=row.digest, read_at=row.read_at) for row in rows]

    def seek_proof(self, digest: str, when: datetime | None) -> None:
        """Have a mail's signature looked up again at `when`; `None` ends it."""
        self._connection.execute(
            update(schema.mail).where(schema.mail.c.digest == digest).values(proof_due_at=when)
        )

    def content(self, digest: str) -> bytes | None:
        """The untouched mail, where it was kept."""
        raw = self._connection.execute(
            select(schema.mail.c.raw).where(schema.mail.c.digest == digest)
        ).scalar()
        return None if raw is None else zlib.decompress(raw)

    def count_mails(self) -> dict[str, int]:
        """How many mails came out as what; `set_aside` for those that could not be read."""
        table = schema.mail
        rows = self._connection.execute(
            select(table.c.outcome, func.count().label("number")).group_by(table.c.outcome)
        )
        return {row.outcome or "set_aside": row.number for row in rows}


_FACTS = tuple(column for column in schema.mail.c if column.name != "raw")


def _kept_mail(row: Row[tuple[Any, ...]]) -> KeptMail:
    return KeptMail(
        digest=row.digest,
        account=row.account,
        folder=row.folder,
        received_at=row.received_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        authenticity=None if row.authenticity is None else Authenticity(row.authenticity),
        language=row.language,
        rule=row.rule,
        sender=row.sender,
        subject=row.subject,
        problem=row.problem,
        proof_pending=row.proof_due_at is not None,
    )
