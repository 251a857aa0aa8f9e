"""What a mail that was read is kept as, and what it tells the ledger."""

from datetime import UTC, datetime
from typing import Final

from watcher.domain.event import Event, Evidence, Witness
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity, Message
from watcher.domain.reading import Outcome, Reading

OLDEST_DATE: Final = datetime(2010, 4, 1, tzinfo=UTC)
"""AliExpress began in April 2010; a mail dated before it has a broken clock."""

_PROOF: Final = (Authenticity.FAIL, Authenticity.UNKNOWN, Authenticity.PASS)


def happened_at(received_at: datetime | None, sent_at: datetime | None, now: datetime) -> datetime:
    """When a mail's news happened: when it was sent, never later than the server got it, or now.

    The Date header is the sender's word and may be broken; INTERNALDATE is the server's, and is
    later than the news where a mailbox was moved or a mail imported.
    """
    latest = min(received_at or now, now)
    if sent_at is None or sent_at < OLDEST_DATE:
        return latest
    return min(sent_at, latest)


def rank(authenticity: Authenticity | None) -> int:
    """How well a mail is proven, to compare two copies of it; the higher the better."""
    return _PROOF.index(authenticity or Authenticity.UNKNOWN)


def keep_mail(
    message: Message,
    reading: Reading,
    *,
    account: str,
    folder: str,
    happened: datetime,
    content: bytes,
) -> KeptMail:
    """The record of a mail that was read."""
    return KeptMail(
        digest=message.digest,
        account=account,
        folder=folder,
        received_at=happened,
        outcome=reading.outcome,
        authenticity=message.authenticity,
        # Nothing but an event gains by a better proof.
        proof_pending=message.proof_pending and reading.outcome is Outcome.RECOGNISED,
        language=reading.language,
        rule=reading.rule,
        sender=message.sender,
        subject=message.subject,
        content=content,
    )


def testify(kept: KeptMail, reading: Reading) -> list[Event]:
    """The events that a mail tells, one for each order it speaks of."""
    return [
        Event(
            order=finding.order,
            kind=finding.kind,
            at=kept.received_at,
            witness=Witness.MAIL,
            authenticity=kept.authenticity or Authenticity.UNKNOWN,
            account=kept.account,
            mail=kept.digest,
            reason=finding.reason,
            money=finding.money,
            refund=finding.refund,
            store=finding.store,
            items=finding.items,
            ship_days=finding.ship_days,
            evidence=reading.evidence or Evidence.SEEN,
        )
        for finding in reading.findings
    ]
