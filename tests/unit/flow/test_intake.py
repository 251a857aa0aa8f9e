"""From the mailbox into the ledger: each mail once, and never half of one."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START
from unit.flow.fakes import FakeSource, Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.domain.arrival import Arrival
from watcher.domain.case import State
from watcher.domain.errors import FolderMissingError, Problem, TransientError, UserError
from watcher.domain.event import EventKind
from watcher.domain.life import fold
from watcher.domain.message import Authenticity
from watcher.flow.intake import HOLD
from watcher.flow.testimony import happened_at

LONG_AGO = START - timedelta(days=180)
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def kinds(home: Household, order: str = ORDER) -> list[EventKind]:
    """What the ledger says of an order."""
    with home.store.reading() as books:
        return [event.kind for event in books.events(order)]


def state(home: Household, order: str = ORDER) -> State:
    """Where the order's money is."""
    with home.store.reading() as books:
        return fold(order, books.events(order)).case.state


def test_mail_becomes_an_event_and_a_mark(home: Household) -> None:
    """What it says, when, in whose mailbox, and how far the folder was read."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    count = home.intake.poll(LONG_AGO)
    assert (count.mails, count.new, count.events, count.set_aside) == (2, 2, 2, 0)
    with home.store.reading() as books:
        confirmed, closed = books.events(ORDER)
        assert books.cursors("home") == {"INBOX": "2"}
        assert books.content(closed.mail or "") == letter("order_closed").content
    assert (confirmed.kind, closed.kind) == (EventKind.ORDER_CONFIRMED, EventKind.ORDER_CLOSED)
    assert (closed.at, closed.account, closed.proven) == (START, "home", True)
    assert state(home) is State.OWED


def test_second_poll_reads_only_what_is_new(home: Household) -> None:
    """The cursor of the first is handed to the source."""
    home.source.put(letter("order_confirmed"))
    home.poll()
    home.source.put(letter("order_closed"))
    count = home.intake.poll(LONG_AGO)
    assert home.source.seen_cursors == [{}, {"INBOX": "1"}]
    assert count.new == 1
    assert kinds(home) == [EventKind.ORDER_CONFIRMED, EventKind.ORDER_CLOSED]


def test_quiet_folder_writes_nothing(home: Household) -> None:
    """A poll without news costs the disk nothing, every five minutes for years."""
    home.source.put(letter("order_closed"))
    home.poll()
    home.poll()

    def changes() -> int:
        with home.store._engine.connect() as connection:
            return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())

    with home.store.writing() as books:
        books.note_decision(fold(ORDER, books.events(ORDER)).case, None)
    before = changes()
    home.poll()
    assert changes() == before


def test_stretch_without_candidates_moves_the_cursor(home: Household) -> None:
    """Otherwise a mailbox full of other mail would be searched anew each time."""
    home.source.folders["Junk"] = []
    home.poll()
    with home.store.reading() as books:
        assert books.cursors("home") == {"Junk": "0"}


def test_reading_afresh_counts_known_mails_once(home: Household) -> None:
    """A scan of the past neither doubles events nor asks for a cursor."""
    home.source.put(letter("order_confirmed"), letter("order_closed"))
    home.poll()
    count = home.intake.poll(LONG_AGO, afresh=True)
    assert home.source.seen_cursors[-1] == {}
    assert (count.mails, count.new, count.events) == (2, 0, 0)
    assert len(kinds(home)) == 2


def test_same_mail_in_another_folder_and_account_counts_once(home: Household) -> None:
    """One order is one case, whichever mailboxes its mail was copied to."""
    other = FakeSource()
    home.source.put(letter("order_closed"))
    home.source.put(letter("order_closed"), folder="Junk")
    other.put(letter("order_closed"))
    home.poll()
    count = home.intake_of("work", other).poll(LONG_AGO)
    assert count.new == 0
    assert len(kinds(home)) == 1


def test_better_proven_copy_upgrades_what_is_known(home: Household) -> None:
    """The copy in the other account carries the proof; the event is still one event."""
    other = FakeSource()
    home.source.put(letter("order_closed", proof="unknown"))
    other.put(letter("order_closed", proof="pass"))
    home.poll()
    count = home.intake_of("work", other).poll(LONG_AGO)
    assert count.new == 1
    with home.store.reading() as books:
        (event,) = books.events(ORDER)
        assert event.authenticity is Authenticity.PASS
        assert books.known_as(event.mail or "") is Authenticity.PASS


def test_worse_proven_copy_takes_no_proof_away(home: Household) -> None:
    """A forwarded copy without a signature does not weaken the original."""
    home.source.put(letter("order_closed", proof="pass"), letter("order_closed", proof="unknown"))
    home.poll()
    with home.store.reading() as books:
        (event,) = books.events(ORDER)
    assert event.authenticity is Authenticity.PASS


def test_foreign_mail_is_not_kept(home: Household) -> None:
    """Somebody else's mail is none of our business, and is not read a second time."""
    home.source.put(letter("foreign", proof="unknown"))
    count = home.intake.poll(LONG_AGO)
    assert (count.mails, count.new) == (1, 0)
    with home.store.reading() as books:
        assert books.count_mails() == {}
        assert books.cursors("home") == {"INBOX": "1"}


def test_imitation_is_kept_to_be_reported(home: Household) -> None:
    """A mail that claims to be AliExpress's and is proven not to be tells no event."""
    home.source.put(letter("foreign", proof="fail"))
    home.poll()
    with home.store.reading() as books:
        (mail,) = books.unreported()
        assert books.orders() == []
    assert mail.authenticity is Authenticity.FAIL


def test_mail_that_breaks_the_parser_is_set_aside_with_a_record(home: Household) -> None:
    """The next one is read; the untouched mail is kept for whoever looks into it."""
    broken = letter("broken", at=None)
    home.source.put(broken, letter("order_closed"))
    count = home.intake.poll(LONG_AGO)
    assert (count.new, count.set_aside) == (2, 1)
    assert kinds(home) == [EventKind.ORDER_CLOSED]
    with home.store.reading() as books:
        (mail,) = books.unreported()
        assert mail.problem == "2000 nested parts"
        assert mail.received_at == START
        assert books.content(mail.digest) == broken.content


def test_refused_candidate_is_set_aside_once(home: Household) -> None:
    """Too large to fetch: said, and not said again by the next scan."""
    home.source.put("larger than 5 MB")
    home.poll()
    count = home.intake.poll(LONG_AGO, afresh=True)
    assert count.set_aside == 0
    with home.store.reading() as books:
        (mail,) = books.unreported()
    assert (mail.problem, mail.outcome) == ("larger than 5 MB", None)


def test_orders_wait_for_the_end_of_the_poll(home: Household) -> None:
    """An old mailbox is judged by its whole history: during the poll nothing is due."""
    home.source.put(letter("order_closed"), letter("order_confirmed", order=OTHER_ORDER))
    during: list[list[str]] = []

    def look(_: Arrival) -> None:
        with home.store.reading() as books:
            during.append(books.orders_to_look_at(home.clock(), 9))

    home.intake.poll(LONG_AGO, watch=look)
    assert during == [[], [], []]
    with home.store.reading() as books:
        assert set(books.orders_to_look_at(home.clock(), 9)) == {ORDER, OTHER_ORDER}


def test_poll_that_breaks_off_keeps_what_was_read_and_holds_the_decision(home: Household) -> None:
    """The rest of the history may change it; after an hour it is decided without."""
    home.source.put(letter("order_closed"), letter("order_completed"))
    home.source.breaks_after, home.source.failure = 1, TransientError("connection reset")
    with pytest.raises(TransientError):
        home.poll()
    assert kinds(home) == [EventKind.ORDER_CLOSED]
    with home.store.reading() as books:
        assert books.cursors("home") == {"INBOX": "1"}
        assert books.orders_to_look_at(home.clock(), 9) == []
        assert books.orders_to_look_at(home.clock() + HOLD, 9) == [ORDER]
    home.source.failure = None
    home.poll()
    assert len(kinds(home)) == 2
    with home.store.reading() as books:
        assert books.orders_to_look_at(home.clock(), 9) == [ORDER]


def test_missing_folder_does_not_delay_the_others(home: Household) -> None:
    """What the other folders said is decided on at once, and the poll counts as one."""
    home.source.put(letter("order_closed"))
    problem = Problem(place="account.home.folders", what="no folder Jnk")
    home.source.failure = FolderMissingError(problem)
    count = home.intake.poll(LONG_AGO)
    assert (count.new, count.missing) == (1, (problem,))
    with home.store.reading() as books:
        assert books.orders_to_look_at(home.clock(), 9) == [ORDER]


def test_refused_login_does_not_delay_what_was_read(home: Household) -> None:
    """What was said before the account was shut is decided on at once."""
    home.source.put(letter("order_closed"))
    home.source.failure = UserError(Problem(place="account.home", what="refused"))
    with pytest.raises(UserError):
        home.poll()
    with home.store.reading() as books:
        assert books.orders_to_look_at(home.clock(), 9) == [ORDER]


def test_full_disk_marks_nothing_read_that_was_not_stored(tmp_path: Path) -> None:
    """The cursor stands before the mail that did not fit; with room it is read after all."""
    store = SqlStore.open(tmp_path / "state")
    home = Household(store)
    home.source.put(letter("order_confirmed"))
    home.poll()
    large = letter("order_closed", text=os.urandom(200_000).hex())
    home.source.put(large)
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(TransientError, match="full"):
        home.poll()
    assert kinds(home) == [EventKind.ORDER_CONFIRMED]
    with store.reading() as books:
        assert books.cursors("home") == {"INBOX": "1"}
        assert books.count_mails() == {"recognised": 1}
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    home.poll()
    assert kinds(home) == [EventKind.ORDER_CONFIRMED, EventKind.ORDER_CLOSED]
    store.close()


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("received_at", "sent_at", "happened"),
    [
        (START, START - HOUR, START - HOUR),
        (START, START + HOUR, START),
        (START, None, START),
        (START, UNDATED, START),
        (None, None, START + HOUR),
        (None, START, START),
    ],
)
def test_news_is_as_old_as_the_mail_and_no_younger_than_its_arrival(
    received_at: datetime | None, sent_at: datetime | None, happened: datetime
) -> None:
    """A moved mailbox does not make old news new; a sender's broken clock does not rule ours."""
    assert happened_at(received_at, sent_at, now=START + HOUR) == happened
