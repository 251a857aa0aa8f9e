"""What a tick costs grows with what is due, and not with what is open. Counted, not timed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event as listening

from benchmarks.open_cases import NOW, Bulk, close_orders, fill, order_number
from benchmarks.ticking import make_tick
from watcher.adapters.sql.store import SqlStore
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity
from watcher.domain.reading import Outcome

FEW, MANY = 30, 600


@dataclass
class Cost:
    """What the database did."""

    steps: int = 0
    """Instructions of SQLite's virtual machine: some for every row that is touched."""
    folds: int = 0
    """How often the events of an order were read."""


@contextmanager
def counted(store: SqlStore) -> Iterator[Cost]:
    """Count what the database does for this thread."""
    cost = Cost()

    def note_step() -> int:
        cost.steps += 1
        return 0

    def note_statement(*arguments: object) -> None:
        cost.folds += "FROM event" in str(arguments[2])

    connection = store._engine.raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    connection.close()
    driver.set_progress_handler(note_step, 1)
    listening.listen(store._engine, "before_cursor_execute", note_statement)
    try:
        yield cost
    finally:
        driver.set_progress_handler(None, 0)
        listening.remove(store._engine, "before_cursor_execute", note_statement)


def cost_over(cases: int, prepare: Callable[[SqlStore, Callable[[int], int]], object]) -> Cost:
    """What a tick costs over so many open cases, after `prepare`."""
    store = SqlStore.open(None)
    try:
        fill(store, Bulk(cases=cases, mail_bytes=10))
        tick = make_tick(store)
        tick(0)
        prepare(store, tick)
        with counted(store) as cost:
            tick(2)
        return cost
    finally:
        store.close()


def close(number: int) -> Callable[[SqlStore, object], None]:
    """Have so many further orders closed just now."""

    def prepare(store: SqlStore, _tick: object) -> None:
        close_orders(store, range(10_000, 10_000 + number), NOW)

    return prepare


def nothing(*_: object) -> None:
    """Have nothing happen."""


def test_tick_with_nothing_due_touches_as_much_over_many_cases_as_over_few() -> None:
    """No row of an open case, a sent alert or a kept mail is looked at."""
    few, many = cost_over(FEW, nothing), cost_over(MANY, nothing)
    assert few.steps > 10
    assert many.steps <= few.steps + 10
    assert few.folds == many.folds == 0


def test_what_is_due_costs_as_much_over_many_cases_as_over_few() -> None:
    """Ten closings among six hundred cases are ten folds, and the rows of ten orders."""
    few, many = cost_over(FEW, close(10)), cost_over(MANY, close(10))
    assert few.folds >= 10
    assert many.folds == few.folds
    assert many.steps <= few.steps * 1.05


def test_cost_grows_with_what_is_due_and_no_faster() -> None:
    """Four times as many closings cost four times as much, and not sixteen times."""
    ten, forty = cost_over(FEW, close(10)), cost_over(FEW, close(40))
    assert forty.folds == 4 * ten.folds
    assert 2 * ten.steps < forty.steps <= 4.4 * ten.steps


def test_judged_orders_are_left_alone_until_their_next_date() -> None:
    """A tick that has told of all orders leaves nothing for the tick after it."""

    def judge(number: int) -> Callable[[SqlStore, Callable[[int], int]], None]:
        def prepare(store: SqlStore, tick: Callable[[int], int]) -> None:
            close_orders(store, range(10_000, 10_000 + number), NOW)
            with counted(store) as cost:
                assert tick(1)
            assert cost.folds >= number

        return prepare

    few, many = cost_over(FEW, judge(5)), cost_over(FEW, judge(100))
    assert many.folds == few.folds == 0
    assert many.steps <= few.steps + 10


def test_mails_that_wait_for_their_report_cost_no_look_through_all_alerts() -> None:
    """Reported once a day: in every tick of that day the last report is found at once."""

    def meet(store: SqlStore, tick: Callable[[int], int]) -> None:
        for turn in (0, 1):
            with store.writing() as books:
                books.keep(
                    KeptMail(
                        digest=f"unknown{turn}",
                        account="home",
                        folder="INBOX",
                        received_at=NOW,
                        outcome=Outcome.UNRECOGNISED,
                        authenticity=Authenticity.PASS,
                    ),
                    NOW,
                )
            assert tick(1) == (turn == 0)

    few, many = cost_over(FEW, meet), cost_over(MANY, meet)
    assert many.steps <= few.steps + 10


def test_alerts_that_were_sent_are_not_looked_through_for_lost_channels() -> None:
    """A tick hands on what a channel that is gone still owes: it reads what is pending, no more."""
    few, many = _cost_of_readdressing(FEW), _cost_of_readdressing(MANY)
    assert many.steps <= few.steps + 10


def _cost_of_readdressing(cases: int) -> Cost:
    store = SqlStore.open(None)
    try:
        fill(store, Bulk(cases=cases, mail_bytes=10))
        with counted(store) as cost, store.writing() as books:
            books.readdress({"phone": ["action"], "slack": ["action"]})
        return cost
    finally:
        store.close()


@pytest.mark.parametrize("number", [0, 7])
def test_filled_ledger_is_what_it_claims(number: int) -> None:
    """The measurements mean something: the cases are open, and wait for a later date."""
    store = SqlStore.open(None)
    try:
        fill(store, Bulk(cases=10, mail_bytes=10))
        with store.reading() as books:
            assert len(books.orders()) == 10
            assert len(books.events(order_number(number))) == 3
            assert books.last_told(order_number(number)) is not None
            assert books.orders_to_look_at(NOW, 100) == []
    finally:
        store.close()
