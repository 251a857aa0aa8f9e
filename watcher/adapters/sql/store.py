"""The database as the flow sees it: books to write in, one transaction at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Engine

from watcher.adapters.sql.case_books import CaseBooks
from watcher.adapters.sql.engine import open_engine, translated_errors
from watcher.adapters.sql.health_books import HealthBooks
from watcher.adapters.sql.mail_books import MailBooks
from watcher.adapters.sql.outbox_books import OutboxBooks
from watcher.adapters.sql.told_books import ToldBooks


class SqlBooks(MailBooks, CaseBooks, OutboxBooks, ToldBooks, HealthBooks):
    """All books of one transaction."""


class SqlStore:
    """One database. Safe to share between threads: each transaction has its own connection.

    One in memory is a thread's own: another thread would find it empty.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._place = place

    @classmethod
    def open(cls, path: Path | None) -> Self:
        """Open or create the database file; `None` keeps it in memory.

        Raises:
            UserError: the file cannot be used as it is.
            TransientError: the disk is full, or the file locked.

        """
        return cls(open_engine(path), str(path))

    @contextmanager
    def writing(self) -> Iterator[SqlBooks]:
        """A transaction that holds the write lock; everything in it happens, or nothing.

        Raises:
            TransientError: the disk is full, or another writer does not let go.

        """
        with translated_errors(self._place), self._engine.begin() as connection:
            yield SqlBooks(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlBooks]:
        """A consistent view that waits for no writer."""
        with translated_errors(self._place), self._reading.connect() as connection:
            yield SqlBooks(connection)

    def rehearsal(self) -> "SqlStore":
        """A copy in memory: what is written there is never seen here."""
        copy = open_engine(None)
        with self._engine.connect() as source, copy.connect() as target:
            driver_source = source.connection.driver_connection
            driver_target = target.connection.driver_connection
            if driver_source is not None and driver_target is not None:
                target.rollback()
                driver_source.backup(driver_target)
        return SqlStore(copy, "rehearsal")

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()
