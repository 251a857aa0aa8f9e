"""Opens the database: its pragmas, its transactions, its migrations, its errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from watcher.adapters.sql.schema import HEAD
from watcher.domain.errors import Problem, TransientError, UserError

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a writer waits for another: the command line beside the daemon."""

# Source: https://www.sqlite.org/rescode.html
_UNREACHABLE: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
)
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    }
)
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def open_engine(path: Path | None) -> Engine:
    """Open the database file, create or migrate it; `None` opens one in memory.

    Raises:
        UserError: the file is no database, may not be written, or is of a newer version.
        TransientError: the disk is full or the file is locked.

    """
    url = URL.create("sqlite", database=str(path) if path else ":memory:")
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        # An error's text goes to the log; the values are subjects and whole mails.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with translated_errors(str(path), opening=True):
        _migrate(engine, str(path))
    return engine


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would open transactions late and on its own; `_begin` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    # A writer takes the lock at once: what it decides on cannot change under it.
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _migrate(engine: Engine, place: str) -> None:
    with engine.execution_options(reading=True).connect() as connection:
        version = None
        if inspect(connection).has_table("alembic_version"):
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        raise UserError(
            Problem(
                place=place,
                what=f"written by a newer aliwatch (schema {version}, this one knows {HEAD})",
                fix="update aliwatch",
            )
        )
    from alembic import command  # noqa: PLC0415 -- 10 MB that a current database does not need
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "watcher.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def translated_errors(place: str, *, opening: bool = False) -> Iterator[None]:
    """Turn the driver's errors into ours, where somebody or time can cure them.

    A file that cannot be reached or written is the operator's while it is opened; once it was
    open, the disk under it went away, and comes back. What is neither is a bug, and surfaces.

    Raises:
        UserError: the file is damaged, or `opening` and it may not be used.
        TransientError: locked, disk full, disk error: the transaction was rolled back as a whole.

    """
    try:
        yield
    except DatabaseError as error:
        code, what = _primary_code(error), str(error.orig)
        if code in _DAMAGED:
            raise UserError(
                Problem(
                    place=place,
                    what=what,
                    fix="restore the file from a backup, or move it away and run `aliwatch scan`",
                )
            ) from error
        if opening and code in _UNREACHABLE:
            raise UserError(
                Problem(
                    place=place,
                    what=what,
                    fix="the state folder must exist and belong to the user who runs this",
                )
            ) from error
        if code in _UNREACHABLE or code in _PASSING:
            raise TransientError(f"{place}: {what}") from error
        raise


def _primary_code(error: DatabaseError) -> int:
    """What SQLite calls the error, without the details: the lowest byte of its code."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return sqlite3.SQLITE_ERROR if code is None else int(code) & 0xFF
