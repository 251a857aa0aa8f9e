"""The tables. Times are UTC, amounts are decimal text, mails are compressed bytes."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

HEAD: Final = "0001"
"""The newest migration; a database that is at it needs no Alembic (10 MB of imports)."""


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; it would be anybody's guess."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

mail = Table(
    "mail",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("folder", String, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("read_at", Moment, nullable=False),
    Column("outcome", String),  # empty where the mail was set aside unread
    Column("authenticity", String),
    Column("language", String),
    Column("rule", String),
    Column("sender", String, nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("problem", Text),
    Column("reported_at", Moment),
    Column("proof_due_at", Moment),  # when its signature is to be looked up again
    Column("raw", LargeBinary),
    # Two: every tick asks for one outcome or another origin among what is unreported.
    Index("mail_by_outcome", "outcome", "reported_at"),
    Index("mail_by_authenticity", "authenticity", "reported_at"),
    Index("mail_by_proof", "proof_due_at"),
)

cursor = Table(
    "cursor",
    metadata,
    Column("account", String, primary_key=True),
    Column("folder", String, primary_key=True),
    Column("position", String, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("order_number", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("witness", String, nullable=False),
    Column("authenticity", String, nullable=False),
    Column("account", String),
    Column("mail", String, ForeignKey("mail.digest")),
    Column("reason", String),
    Column("amount", String),
    Column("currency", String),
    Column("refund", String),
    Column("store", Text),
    Column("items", Text),  # a JSON list
    Column("ship_days", Integer),
    Column("method", String),
    Column("paid_at", Moment),
    Column("evidence", String, nullable=False),
    Column("step", String),
    Column("until", Moment),
    Column("note", Text),
    UniqueConstraint("order_number", "kind", "mail", name="event_once_per_mail"),
    Index("event_by_order", "order_number"),
    Index("event_by_store", "store"),
)

case_index = Table(
    # What the fold of an order's events came to: to find cases, never to know them.
    "case_index",
    metadata,
    Column("order_number", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("is_case", Boolean, nullable=False),
    Column("look_again_at", Moment),
    Column("held_by", String),  # whoever is still reading a backlog
    Index("case_by_look", "look_again_at"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("created_at", Moment, nullable=False),
    Column("severity", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
)

issued = Table(
    # An alert's identity: never twice, whatever is counted anew.
    "issued",
    metadata,
    Column("subject", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("occurrence", String, primary_key=True),
    Column("alert_id", Integer, ForeignKey("alert.id")),  # empty: there was nothing to say
    Column("issued_at", Moment, nullable=False),
    Column("stale_at", Moment),  # since when it is not asked for any more
    Index("issued_by_alert", "alert_id"),
    Index("issued_by_step", "step", "issued_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("alert_id", Integer, ForeignKey("alert.id"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    Column("not_before", Moment),  # empty where it was never held
    Column("settled_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
    # The state first: every tick asks what is pending for channels that are *not* in the settings.
    Index("delivery_by_state", "state", "channel", "next_try_at"),
)

health = Table(
    # Proof of life of each account and channel.
    "health",
    metadata,
    Column("part", String, primary_key=True),  # account, channel
    Column("name", String, primary_key=True),
    Column("worked_at", Moment),
    Column("failing_since", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Moment),
    Column("told_at", Moment),
    Column("reason", Text, nullable=False, server_default=""),
)
