"""The database: whole transactions, many writers, and what it says of broken files."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from unit.domain.examples import ORDER, OTHER_ORDER, START, acted, told
from unit.domain.strategies import histories
from watcher.adapters.sql.schema import HEAD, metadata
from watcher.adapters.sql.store import SqlBooks, SqlStore
from watcher.domain.alert import Alert, Severity
from watcher.domain.case import Case
from watcher.domain.errors import TransientError, UserError
from watcher.domain.event import Event, EventKind
from watcher.domain.health import Health, Part
from watcher.domain.kept_mail import KeptMail
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.domain.outbox import Identity
from watcher.domain.reading import Outcome

ALERT = Alert(title="t", body="b", severity=Severity.ACTION)
THING = Identity(subject=ORDER, step="contact_seller", occurrence="0")


def mail(digest: str, outcome: Outcome | None = Outcome.RECOGNISED) -> KeptMail:
    """A mail that was read."""
    return KeptMail(
        digest=digest,
        account="home",
        folder="INBOX",
        received_at=START,
        outcome=outcome,
        authenticity=Authenticity.PASS,
        content=b"From: x\r\n\r\nbody",
    )


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """Answer an empty store in memory."""
    store = SqlStore.open(None)
    yield store
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Answer where a database file may be made."""
    return tmp_path / "aliwatch.sqlite3"


def write_down(store: SqlStore, events: list[Event]) -> None:
    """Append events as the intake does, their mails first."""
    with store.writing() as books:
        for event in events:
            if event.mail:
                books.keep(mail(event.mail), START)
            books.append(event, START)


def change_version(path: Path, version: str) -> None:
    """Make the file say that another version wrote it."""
    store = SqlStore.open(path)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (version,))
    store.close()


# --- The ledger


@given(histories)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_events_come_back_as_they_were_written(history: list[Event]) -> None:
    """Every kind, amount, time and note survives the database, and so does the case."""
    once = list(
        {(event.kind, event.mail or index): event for index, event in enumerate(history)}.values()
    )
    store = SqlStore.open(None)
    try:
        write_down(store, once)
        with store.reading() as books:
            assert books.events(ORDER) == once
            assert fold(ORDER, books.events(ORDER)) == fold(ORDER, once)
    finally:
        store.close()


def test_events_of_a_mail_are_written_once_with_the_better_proof(store: SqlStore) -> None:
    """The same mail twice is one event; the copy that proves it is believed."""
    claim = told(EventKind.ORDER_CLOSED, proof=Authenticity.UNKNOWN, mail="m")
    proof = told(EventKind.ORDER_CLOSED, proof=Authenticity.PASS, mail="m")
    write_down(store, [claim, claim, proof])
    with store.reading() as books:
        assert books.events(ORDER) == [proof]


def test_person_may_act_twice(store: SqlStore) -> None:
    """Two notes at one moment are two notes in the ledger."""
    write_down(
        store, [acted(EventKind.NOTE_ADDED, note="a"), acted(EventKind.NOTE_ADDED, note="b")]
    )
    with store.reading() as books:
        assert [event.note for event in books.events(ORDER)] == ["a", "b"]


def test_times_are_kept_as_the_moment_they_mean(store: SqlStore) -> None:
    """A zone is turned into UTC, and a time without one is refused as a bug."""
    tokyo = START.astimezone(timezone(timedelta(hours=9)))
    with store.writing() as books:
        books.look_at(ORDER, tokyo)
        books.look_at(ORDER, tokyo)
    with store.reading() as books:
        assert books.orders_to_look_at(START, 9) == [ORDER]
        assert books.orders_to_look_at(START - timedelta(seconds=1), 9) == []
    with pytest.raises(StatementError, match="without a zone"), store.writing() as books:
        books.look_at(ORDER, datetime(2026, 1, 1))  # noqa: DTZ001 -- what is refused


def test_orders_wait_longest_first(store: SqlStore) -> None:
    """A batch that is too small for all does not starve anyone."""
    with store.writing() as books:
        books.look_at(ORDER, START)
        books.look_at(OTHER_ORDER, START - timedelta(days=1))
    with store.reading() as books:
        assert books.orders_to_look_at(START, 1) == [OTHER_ORDER]
        assert books.orders_to_look_at(START, 9) == [OTHER_ORDER, ORDER]


def test_release_lets_go_of_one_accounts_orders_only(store: SqlStore) -> None:
    """The other account is still reading its backlog."""
    later = START + timedelta(hours=1)
    with store.writing() as books:
        books.look_at(ORDER, later, held_by="home")
        books.look_at(OTHER_ORDER, later, held_by="work")
        books.release("home", START)
    with store.reading() as books:
        assert books.orders_to_look_at(START, 9) == [ORDER]


def test_decision_sets_the_next_look(store: SqlStore) -> None:
    """An order without one is not looked at again until its next event."""
    with store.writing() as books:
        books.look_at(ORDER, START)
        books.note_decision(Case(order=ORDER), None)
    with store.reading() as books:
        assert books.orders_to_look_at(START + timedelta(days=999), 9) == []


# --- The outbox


def test_identity_cannot_be_issued_twice(store: SqlStore) -> None:
    """The database itself refuses; that is a bug of ours and no broken file."""
    with store.writing() as books:
        books.issue(ALERT, [THING], ["phone"], START)
    with pytest.raises(IntegrityError), store.writing() as books:
        books.issue(ALERT, [THING], ["phone"], START)
    with store.reading() as books:
        assert books.was_issued(THING)
        assert books.last_told(ORDER) == START
        assert books.last_told(OTHER_ORDER) is None
        assert books.last_issued("contact_seller") == START
        assert books.last_issued("open_dispute") is None
        assert len(books.pending("phone", START)) == 1


def test_failed_transaction_leaves_nothing(store: SqlStore) -> None:
    """Everything in it happens, or nothing."""

    def fail(books: SqlBooks) -> None:
        books.issue(ALERT, [THING], ["phone"], START)
        books.move_cursor("home", "INBOX", "7")
        raise RuntimeError

    with pytest.raises(RuntimeError), store.writing() as books:
        fail(books)
    with store.reading() as books:
        assert not books.was_issued(THING)
        assert books.cursors("home") == {}


def test_health_is_kept(store: SqlStore) -> None:
    """A restart forgets no pause and tells nothing twice."""
    health = Health(
        part=Part.ACCOUNT,
        name="home",
        worked_at=START,
        failing_since=START,
        failures=3,
        next_try_at=START,
        told_at=START,
        reason="refused",
    )
    with store.writing() as books:
        assert books.health(Part.ACCOUNT, "home") == Health(part=Part.ACCOUNT, name="home")
        books.note_health(Health(part=Part.ACCOUNT, name="home"))
        books.note_health(health)
    with store.reading() as books:
        assert books.health(Part.ACCOUNT, "home") == health
        assert books.health(Part.CHANNEL, "home") != health


def test_mails_are_counted_by_outcome(store: SqlStore) -> None:
    """`status` shows how many were set aside; an unknown mail has no content."""
    with store.writing() as books:
        books.keep(mail("a"), START)
        books.keep(mail("b", None), START)
        books.mark_reported(["b"], START)
    with store.reading() as books:
        assert books.count_mails() == {"recognised": 1, "set_aside": 1}
        assert books.unreported() == []
        assert books.content("a") == b"From: x\r\n\r\nbody"
        assert books.content("z") is None
        assert books.known_as("z") is None


# --- Writers beside each other


def test_threads_write_beside_each_other(path: Path) -> None:
    """Polls, the tick and the channels each have their own transaction."""
    store = SqlStore.open(path)

    def act(worker: int) -> None:
        for index in range(15):
            with store.writing() as books:
                count = int(books.cursors("home").get("INBOX", "0"))
                books.move_cursor("home", "INBOX", str(count + 1))
                books.move_cursor("home", f"{worker}", str(index))

    threads = [threading.Thread(target=act, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as books:
        assert books.cursors("home")["INBOX"] == "60", "no count was lost"
    store.close()


OTHER_PROCESS = """
import sys
from pathlib import Path
from watcher.adapters.sql.store import SqlStore
store = SqlStore.open(Path(sys.argv[1]))
for _ in range(20):
    with store.writing() as books:
        count = int(books.cursors("home").get("INBOX", "0"))
        books.move_cursor("home", "INBOX", str(count + 1))
store.close()
"""


def test_command_line_writes_beside_the_daemon(path: Path) -> None:
    """Two processes create the file, migrate it and count in it; no count is lost."""
    with subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, str(path)]) as other:
        store = SqlStore.open(path)
        for _ in range(20):
            with store.writing() as books:
                count = int(books.cursors("home").get("INBOX", "0"))
                books.move_cursor("home", "INBOX", str(count + 1))
        assert other.wait(60) == 0
    with store.reading() as books:
        assert books.cursors("home") == {"INBOX": "40"}
    store.close()


def test_readers_wait_for_no_writer(path: Path) -> None:
    """`aliwatch cases` answers while a poll writes, and sees nothing half written."""
    store = SqlStore.open(path)
    with store.writing() as writing:
        writing.move_cursor("home", "INBOX", "7")
        with store.reading() as reading:
            assert reading.cursors("home") == {}
    with store.reading() as reading:
        assert reading.cursors("home") == {"INBOX": "7"}
    store.close()


def test_writer_that_does_not_let_go_is_a_passing_trouble(path: Path) -> None:
    """The second writer gives up after its patience, to try again later."""
    store = SqlStore.open(path)

    def hurry(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")

    with store.writing():
        other = SqlStore.open(path)
        with other._engine.execution_options(reading=True).connect() as connection:
            hurry(connection)
        with pytest.raises(TransientError, match="locked"), other.writing():
            pass
        other.close()
    store.close()


# --- Files


def test_state_survives_a_restart(path: Path) -> None:
    """What was written is there when the file is opened again, and needs no migration."""
    store = SqlStore.open(path)
    write_down(store, [told(EventKind.ORDER_CLOSED)])
    store.close()
    again = SqlStore.open(path)
    with again.reading() as books:
        assert books.orders() == [ORDER]
    again.close()


def test_file_of_a_newer_version_is_refused(path: Path) -> None:
    """An old program would not understand it, and might spoil it."""
    change_version(path, "9999")
    with pytest.raises(UserError, match=r"newer aliwatch \(schema 9999.*\n.*update aliwatch"):
        SqlStore.open(path)


def test_file_that_is_no_database_is_the_operators_to_mend(path: Path) -> None:
    """With the way out: a backup, or a scan of the mailbox."""
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(UserError, match="not a database") as refused:
        SqlStore.open(path)
    assert "aliwatch scan" in str(refused.value)


def test_damaged_file_is_the_operators_to_mend(path: Path) -> None:
    """Pages that were overwritten are found when they are read, and nothing is made up."""
    store = SqlStore.open(path)
    write_down(store, [told(EventKind.ORDER_CLOSED, mail=f"m{index}") for index in range(300)])
    store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    broken: list[SqlStore] = []

    def use() -> None:
        broken.append(SqlStore.open(path))
        with broken[0].reading() as books:
            books.events(ORDER)

    with pytest.raises(UserError, match="malformed"):
        use()
    for each in broken:
        each.close()


def test_missing_folder_is_the_operators_to_mend(tmp_path: Path) -> None:
    """The message says which file, and what must be there."""
    with pytest.raises(UserError, match="state folder must exist"):
        SqlStore.open(tmp_path / "missing" / "aliwatch.sqlite3")


def test_file_that_goes_away_while_it_is_used_is_a_passing_trouble(tmp_path: Path) -> None:
    """A disk that was unmounted, or a remount as read-only, comes back; no exit code 78."""
    path = tmp_path / "state" / "aliwatch.sqlite3"
    path.parent.mkdir()
    store = SqlStore.open(path)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(TransientError, match="readonly"), store.writing() as books:
        books.look_at(ORDER, START)
    store.close()
    shutil.rmtree(path.parent)
    with pytest.raises(TransientError, match="unable to open"), store.reading() as books:
        books.orders()
    store.close()


def test_wrong_statement_is_a_bug_and_surfaces(store: SqlStore) -> None:
    """Waiting would mend no missing table: it would be retried in silence for ever."""
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE health")
    with pytest.raises(OperationalError, match="no such table"), store.reading() as books:
        books.health(Part.ACCOUNT, "home")


def test_error_of_the_database_quotes_no_mail(store: SqlStore) -> None:
    """What is written, a subject or a whole mail, is not in the text of an error."""
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE mail")
    with pytest.raises(OperationalError) as caught, store.writing() as books:
        books.keep(replace(mail("a"), subject="Dear Jane"), START)
    assert "Dear Jane" not in str(caught.value)


def test_rehearsal_is_a_copy_that_never_happened(path: Path) -> None:
    """It begins with everything, and what is written in it is gone with it."""
    store = SqlStore.open(path)
    write_down(store, [told(EventKind.ORDER_CLOSED)])
    rehearsal = store.rehearsal()
    with rehearsal.writing() as books:
        assert books.orders() == [ORDER]
        books.move_cursor("home", "INBOX", "7")
        books.append(acted(EventKind.CASE_DISMISSED), START)
    with store.reading() as books:
        assert books.cursors("home") == {}
        assert len(books.events(ORDER)) == 1
    rehearsal.close()
    store.close()


# --- Migrations


def test_migrations_lead_to_the_tables_of_the_code(store: SqlStore) -> None:
    """A column that was forgotten in a migration would fail on somebody's machine only."""
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_migration(store: SqlStore) -> None:
    """The number that spares a current database Alembic is the right one."""
    config = Config()
    config.set_main_option("script_location", "watcher.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    with store._engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == HEAD


def test_current_database_is_opened_without_alembic(path: Path) -> None:
    """Ten megabytes that the daemon does not need stay out of its memory."""
    SqlStore.open(path).close()
    code = (
        "import sys; from pathlib import Path; from watcher.adapters.sql.store import SqlStore; "
        "SqlStore.open(Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 0


def test_moments_outside_utc_are_never_stored(store: SqlStore) -> None:
    """What comes back is aware and in UTC."""
    write_down(store, [told(EventKind.ORDER_CLOSED)])
    with store.reading() as books:
        (event,) = books.events(ORDER)
    assert event.at.tzinfo is UTC
