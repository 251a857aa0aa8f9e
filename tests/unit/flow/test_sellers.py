"""How a store has served the person, and that its next alert says so."""

from dataclasses import replace
from datetime import timedelta

from unit.domain.examples import START, acted, euros, told
from unit.flow.fakes import Household
from watcher.adapters.sql.store import SqlStore
from watcher.domain.event import Event, EventKind, Reason
from watcher.domain.message import Authenticity
from watcher.domain.seller import SellerHistory
from watcher.flow.sellers import histories

STORE = "Bright Home Store"
ORDERS = [f"80123456789000{number:02}" for number in range(10, 20)]


def order_at(
    home: Household,
    order: str,
    *events: Event,
    store: str = STORE,
) -> None:
    """Have an order placed at a store, and what came of it."""
    bought = replace(
        told(EventKind.ORDER_CONFIRMED, days=-80, order=order, money=euros("10")), store=store
    )
    with home.store.writing() as books:
        for event in (bought, *events):
            books.append(replace(event, order=order, mail=None), START)


def look_back(home: Household) -> dict[str, SellerHistory]:
    """What the ledger tells of every store."""
    with home.store.reading() as books:
        return histories(books, home.guidance, home.clock())


def test_history_counts_orders_cancellations_and_late_refunds(home: Household) -> None:
    """Of five orders one was delivered, one was the buyer's wish, and three are the store's."""
    closed, announced = EventKind.ORDER_CLOSED, EventKind.REFUND_ANNOUNCED
    order_at(home, ORDERS[0], told(EventKind.ORDER_DELIVERED, days=-60))
    order_at(
        home,
        ORDERS[1],
        told(EventKind.ORDER_CANCELLED, days=-70, reason=Reason.BUYER),
        told(announced, days=-65),
    )
    order_at(home, ORDERS[2], told(closed, days=-70), told(announced, days=-66))
    order_at(home, ORDERS[3], told(closed, days=-70), told(announced, days=-10))
    order_at(home, ORDERS[4], told(closed, days=-60))
    order_at(home, ORDERS[5], store="Another Store")
    assert look_back(home) == {
        STORE: SellerHistory(orders=5, cancelled=3, late=2),
        "Another Store": SellerHistory(orders=1, cancelled=0, late=0),
    }


def test_refund_that_the_person_had_in_time_is_not_late(home: Household) -> None:
    """The money's coming counts, whoever tells of it."""
    order_at(
        home,
        ORDERS[0],
        told(EventKind.ORDER_CLOSED, days=-70),
        acted(EventKind.MONEY_RECEIVED, days=-60),
    )
    assert look_back(home)[STORE].late == 0


def test_case_that_was_given_up_is_no_late_refund(home: Household) -> None:
    """Nobody waits for it any more."""
    order_at(
        home,
        ORDERS[0],
        told(EventKind.ORDER_CLOSED, days=-70),
        acted(EventKind.CASE_DISMISSED, days=-1),
    )
    assert look_back(home)[STORE] == SellerHistory(orders=1, cancelled=0, late=0)


def test_only_what_the_store_itself_cancelled_and_proved_is_its_doing(home: Household) -> None:
    """Not a security check, nor a closing that nobody proved, nor one that was perhaps unpaid."""
    closed, cancelled = EventKind.ORDER_CLOSED, EventKind.ORDER_CANCELLED
    order_at(home, ORDERS[0], told(cancelled, reason=Reason.SECURITY))
    order_at(home, ORDERS[1], told(cancelled, reason=Reason.CUSTOMS))
    order_at(home, ORDERS[2], told(closed, proof=Authenticity.UNKNOWN))
    order_at(home, ORDERS[3], told(EventKind.ORDER_DELIVERED, days=-9), told(closed))
    assert look_back(home)[STORE].cancelled == 0
    order_at(home, ORDERS[4], told(cancelled, reason=Reason.PROCESSING_TIME))
    order_at(home, ORDERS[5], told(cancelled, reason=Reason.SELLER))
    order_at(home, ORDERS[6], told(closed))
    assert look_back(home)[STORE] == SellerHistory(orders=7, cancelled=3, late=0)


def test_order_counts_for_the_store_that_its_proven_mail_names(home: Household) -> None:
    """Two mails that name two stores do not make two orders."""
    other = replace(told(EventKind.ORDER_SHIPPED, days=-70), store="Renamed Store")
    order_at(home, ORDERS[0], other)
    assert look_back(home) == {"Renamed Store": SellerHistory(orders=1, cancelled=0, late=0)}


def test_alert_tells_what_the_store_did_before(store: SqlStore) -> None:
    """The person sees with the first alert whom they deal with."""
    home = Household(store)
    for order in ORDERS[:3]:
        order_at(home, order)
    order_at(home, ORDERS[3], told(EventKind.ORDER_CLOSED, days=-30))
    order_at(home, ORDERS[4], told(EventKind.ORDER_CLOSED))
    with store.writing() as books:
        books.look_at(ORDERS[4], home.clock() + timedelta(minutes=1))
    home.clock.forward(minutes=2)
    home.tick()
    home.deliver()
    [alert] = home.phone.sent
    assert ORDERS[4] in alert.title
    assert f"{STORE} cancelled 2 of your 5 orders" in alert.body
