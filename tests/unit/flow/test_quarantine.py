"""One order whose data break the program: it stands aside, and every other case goes on."""

import pytest

from unit.domain.examples import ORDER
from unit.flow.fakes import Household, letter
from watcher.domain.alert import Severity
from watcher.domain.health import Part
from watcher.flow.quarantine import MOST, Quarantine

OTHERS = [f"80123456789000{number:02}" for number in range(10, 20)]


@pytest.fixture
def faults() -> list[tuple[str, Exception]]:
    """Answer the list of what was handed on to be logged."""
    return []


@pytest.fixture
def guard(home: Household, faults: list[tuple[str, Exception]]) -> Quarantine:
    """A household in which several orders were closed, and nothing decided yet."""
    home.source.put(*(letter("order_closed", order=order) for order in (ORDER, *OTHERS)))
    home.poll()
    return Quarantine(
        deciding=home.deciding,
        vigilance=home.vigilance,
        on_fault=lambda order, error: faults.append((order, error)),
    )


def poison(home: Household, *orders: str) -> None:
    """Write what no version of the program ever wrote."""
    with home.store._engine.begin() as connection:
        for order in orders:
            connection.exec_driver_sql(
                "UPDATE event SET kind = 'nonsense' WHERE order_number = ?", (order,)
            )


def heal(home: Household, order: str) -> None:
    """Put it right."""
    with home.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE event SET kind = 'order_closed' WHERE order_number = ?", (order,)
        )


def test_others_are_decided_on_and_the_poisoned_order_is_told_of_once(
    home: Household, guard: Quarantine, faults: list[tuple[str, Exception]]
) -> None:
    """The cases of the others are told as ever; the bug is handed on, and repeats in silence."""
    poison(home, ORDER)
    for _ in range(20):
        guard.tick(home.clock())
        home.deliver()
        home.clock.forward(minutes=10)
    told = "".join(f"{alert.title}{alert.body}" for alert in home.phone.sent)
    assert all(order in told for order in OTHERS)
    [notice] = [alert for alert in home.phone.sent if ORDER in alert.title]
    assert notice.severity is Severity.URGENT
    assert "not watched" in notice.title
    assert {order for order, _ in faults} == {ORDER}
    assert all(isinstance(error, ValueError) for _, error in faults)
    assert 2 <= len(faults) <= 6, "it is tried again, at growing pauses"


def test_order_that_is_healed_is_told_of(home: Household, guard: Quarantine) -> None:
    """What was due all the time comes at the next try."""
    poison(home, ORDER)
    guard.tick(home.clock())
    heal(home, ORDER)
    home.clock.forward(minutes=1)
    guard.tick(home.clock())
    home.deliver()
    assert [alert.title for alert in home.phone.sent if ORDER in alert.title][1:]
    with home.store.reading() as books:
        assert books.health(Part.ORDER, ORDER).failures == 1


def test_order_that_fails_again_much_later_is_told_of_again(
    home: Household, guard: Quarantine
) -> None:
    """Days between two faults make two of it."""
    home.source.folders.clear()
    for _ in range(2):
        poison(home, ORDER)
        guard.tick(home.clock())
        home.deliver()
        heal(home, ORDER)
        home.clock.forward(days=8)
        with home.store.writing() as books:
            books.look_at(ORDER, home.clock())
    titles = [title for title in home.phone.titles if "not watched" in title]
    assert len(titles) == 2


def test_bug_that_is_no_single_orders_is_raised(
    home: Household, guard: Quarantine, faults: list[tuple[str, Exception]]
) -> None:
    """Where most orders break the program, it is the program: nobody is told of each."""
    poison(home, *OTHERS[: max(MOST, len(OTHERS) // 2) + 1])
    with pytest.raises(ValueError, match="nonsense"):
        guard.tick(home.clock())
    assert faults == []
    home.deliver()
    assert home.phone.sent == []


def test_trial_keeps_nothing(home: Household, guard: Quarantine) -> None:
    """Trying an order alone writes no alert; the tick that follows does, and bundles as ever."""
    home.deciding.rehearse(ORDER, home.clock())
    with home.store.reading() as books:
        assert books.pending("phone", home.clock()) == []
        assert ORDER in books.orders_to_look_at(home.clock(), 99)
    assert guard.tick(home.clock()) > 0
