"""What is due becomes alerts: each once, old news in one."""

from datetime import timedelta
from pathlib import Path

import pytest

from unit.domain.examples import ORDER, OTHER_ORDER, START
from unit.flow.fakes import FakeChannel, Household, letter
from watcher.adapters.sql.store import SqlStore
from watcher.domain.alert import DeliveryOutcome, Severity
from watcher.domain.errors import TransientError
from watcher.domain.event import EventKind
from watcher.flow.deciding import Routes
from watcher.flow.wording import SUMMARY_LINES

DAY = timedelta(days=1)


def number(index: int) -> str:
    """The order number of the so-and-so-many-th old order."""
    return f"80{index:014}"


def test_fresh_closing_gets_its_own_alert(home: Household) -> None:
    """With the order, the last day, the link and the letter to paste."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    assert home.live() == 1
    (alert,) = home.phone.sent
    assert ORDER in alert.title
    assert alert.severity is Severity.ACTION
    assert "Dec 1, 2026" in alert.body
    assert f"orderId={ORDER}" in alert.body
    assert f"aliwatch did {ORDER} contact_seller" in alert.body


def test_second_turn_sends_nothing(home: Household) -> None:
    """Nothing is said twice, however often the daemon turns."""
    home.source.put(letter("order_closed"))
    assert home.live() == 1
    for _ in range(5):
        home.clock.forward(minutes=10)
        assert home.live() == 0
    assert len(home.phone.sent) == 1


def test_first_run_over_old_mail_gives_one_summary_beside_the_fresh_alert(home: Household) -> None:
    """Thirty old closings are one alert, and yesterday's is one of its own."""
    for index in range(30):
        at = START - timedelta(days=80 - index)
        home.source.put(
            letter("order_confirmed", order=number(index), at=at - DAY),
            letter("order_closed", order=number(index), at=at),
        )
    home.source.put(
        letter("order_confirmed", order=OTHER_ORDER, at=START - 9 * DAY),
        letter("order_closed", order=OTHER_ORDER, at=START - DAY),
    )
    assert home.live() == 2
    summary, fresh = sorted(home.phone.sent, key=lambda alert: OTHER_ORDER in alert.title)
    assert "30" in summary.title
    assert summary.severity is Severity.URGENT
    assert f"{30 - SUMMARY_LINES} more" in summary.body
    named = [line.split()[1].strip(",") for line in summary.body.splitlines() if line[:2] == "- "]
    assert named == [number(index) for index in range(SUMMARY_LINES)], "earliest last day first"
    assert OTHER_ORDER in fresh.title
    home.clock.forward(minutes=10)
    assert home.live() == 0


def test_weeks_after_a_first_run_the_old_cases_come_in_one_summary_a_week(home: Household) -> None:
    """The repeats of thirty old cases never become thirty alerts, nor follow the day after."""
    for index in range(30):
        at = START - timedelta(days=80 - index)
        home.source.put(
            letter("order_confirmed", order=number(index), at=at - DAY),
            letter("order_closed", order=number(index), at=at),
        )
    home.live()
    for _ in range(24 * 21 // 6):
        home.clock.forward(hours=6)
        home.live()
    assert len(home.phone.sent) == 4
    assert all("30" in alert.title for alert in home.phone.sent)


def test_orders_that_ended_well_are_not_mentioned(home: Household) -> None:
    """Most of a mailbox is orders that arrived."""
    for index, kind in enumerate(["order_completed", "order_delivered", "order_shipped"]):
        home.source.put(letter(kind, order=number(index), at=START - 50 * DAY))
    assert home.live() == 0
    assert home.phone.sent == []


def test_steps_overtaken_during_a_pause_are_not_sent(home: Household) -> None:
    """A month without the daemon: only what counts now is said."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    home.clock.moment = START + timedelta(days=28, hours=1)
    assert home.live() == 1
    assert home.phone.sent[-1].severity is Severity.URGENT
    assert f"did {ORDER} open_dispute" in home.phone.sent[-1].body


def test_whole_ladder_is_sent_step_by_step(home: Household) -> None:
    """Hour by hour over two months: each step once, the last one each week."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    commands = []
    for _ in range(60 * 8):
        home.live()
        home.clock.forward(hours=3)
    for alert in home.phone.sent:
        commands += [line.split()[-1] for line in alert.body.splitlines() if "aliwatch did" in line]
    # Who finds no dispute on the order page asks the help centre, and says so.
    first = ["contact_seller", "check_refund", "remind_seller"]
    steps = [*first, "open_dispute", "ask_help_centre"]
    assert commands == [*steps, *["file_complaint"] * 4]


def test_alert_that_no_channel_took_is_withdrawn_when_overtaken(home: Household) -> None:
    """A channel that comes back after weeks is not flooded with what no longer counts."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.phone.answer = DeliveryOutcome.FAILED
    home.live()
    home.clock.moment = START + timedelta(days=24)
    home.phone.answer = DeliveryOutcome.DELIVERED
    assert home.live() == 1
    (alert,) = home.phone.sent
    assert f"did {ORDER} remind_seller" in alert.body
    with home.store.reading() as books:
        assert books.count_deliveries() == {"phone": {"withdrawn": 1, "delivered": 1}}


def test_alert_of_a_settled_case_is_withdrawn(home: Household) -> None:
    """The money came before the channel did."""
    home.source.put(letter("order_closed"))
    home.phone.answer = DeliveryOutcome.FAILED
    home.live()
    home.acts.receive(ORDER, None, home.clock())
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(hours=1)
    assert home.live() == 0
    assert home.phone.sent == []


def test_summary_is_sent_although_one_of_its_orders_was_settled(home: Household) -> None:
    """It stays true enough for the others."""
    for index in range(3):
        home.source.put(letter("order_closed", order=number(index), at=START - 30 * DAY))
    home.phone.answer = DeliveryOutcome.FAILED
    assert home.live() == 1
    home.acts.dismiss(number(0), home.clock())
    home.phone.answer = DeliveryOutcome.DELIVERED
    home.clock.forward(hours=1)
    home.live()
    assert len(home.phone.sent) == 1


def test_delivered_alert_is_not_withdrawn_afterwards(home: Household) -> None:
    """What was said was said; the books keep it so."""
    home.source.put(letter("order_closed"))
    home.live()
    home.acts.dismiss(ORDER, home.clock())
    home.live()
    with home.store.reading() as books:
        assert books.count_deliveries() == {"phone": {"delivered": 1}}


def test_snoozed_case_is_silent_and_speaks_again(home: Household) -> None:
    """Until the date the person named; then the step is asked anew."""
    home.source.put(letter("order_closed"))
    home.live()
    home.acts.snooze(ORDER, START + 5 * DAY, home.clock())
    home.clock.moment = START + 4 * DAY
    assert home.live() == 0
    home.clock.moment = START + 5 * DAY
    assert home.live() == 1
    assert len(home.phone.sent) == 2


def test_severity_chooses_the_channels(store: SqlStore) -> None:
    """A notice does not wake the one who asked for urgent alerts only."""
    home = Household(store, FakeChannel("all"), FakeChannel("urgent"))
    routes = Routes(carried={"all": frozenset(Severity), "urgent": frozenset({Severity.URGENT})})
    assert routes.channels(Severity.NOTICE) == ["all"]
    assert routes.channels(Severity.URGENT) == ["all", "urgent"]
    deciding = type(home.deciding)(
        store=store, guidance=home.guidance, wording=home.wording, routes=routes
    )
    home.source.put(letter("order_closed"))
    home.poll()
    deciding.tick(home.clock())
    home.deliver()
    assert len(home.channels["all"].sent) == 1
    assert home.channels["urgent"].sent == []


@pytest.mark.parametrize(
    ("what", "proof"), [("unrecognised", "pass"), ("foreign", "fail"), ("broken", "pass")]
)
def test_mails_that_nobody_understands_are_reported_once_a_day(
    home: Household, what: str, proof: str
) -> None:
    """The first at once; a dozen more in one alert the next day; then silence."""
    home.source.put(letter(what, proof=proof, text="0"))
    assert home.live() == 1
    for index in range(1, 13):
        home.source.put(letter(what, proof=proof, text=str(index)))
        home.clock.forward(minutes=30)
        assert home.live() == 0
    home.clock.forward(days=1)
    assert home.live() == 1
    assert len(home.phone.sent) == 2
    assert "12" in home.phone.sent[1].title + home.phone.sent[1].body
    assert all(alert.severity is Severity.NOTICE for alert in home.phone.sent)
    home.clock.forward(days=2)
    assert home.live() == 0


def test_mail_reports_of_different_kinds_do_not_wait_for_each_other(home: Household) -> None:
    """A forgery is told although an unknown wording was told this morning."""
    home.source.put(letter("unrecognised"))
    assert home.live() == 1
    home.source.put(letter("foreign", proof="fail"))
    assert home.live() == 1


def test_ignored_mail_is_not_reported(home: Household) -> None:
    """Marketing is no news."""
    home.source.put(letter("ignored"), letter("foreign", proof="unknown"))
    assert home.live() == 0


def test_tick_is_one_transaction(tmp_path: Path) -> None:
    """On a full disk nothing is half decided: with room again everything is told, once."""
    store = SqlStore.open(tmp_path / "state")
    home = Household(store)
    for index in range(400):
        home.source.put(letter("order_closed", order=number(index)))
    home.poll()
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(TransientError, match="full"):
        home.tick()
    with store.reading() as books:
        assert books.count_deliveries() == {}
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert home.tick() == 1
    with store.reading() as books:
        assert all(books.last_told(number(index)) == home.clock() for index in range(400))
    store.close()


def test_refund_mail_is_told_and_leads_to_a_trace(home: Household) -> None:
    """Announced: watch the account; nothing there on the last day: have it traced."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    home.clock.forward(days=3)
    home.source.put(letter("refund_announced", at=home.clock()))
    assert home.live() == 1
    home.clock.forward(days=29)
    assert home.live() == 1
    assert [alert.severity for alert in home.phone.sent] == [
        Severity.ACTION,
        Severity.NOTICE,
        Severity.URGENT,
    ]
    assert f"aliwatch received {ORDER}" in home.phone.sent[-1].body


def test_orders_that_are_not_shipped_are_told_when_it_is_time(home: Household) -> None:
    """News of weeks ago is no old news: the step's own day counts for what is no case."""
    for order in (ORDER, OTHER_ORDER):
        home.source.put(letter("order_confirmed", order=order))
    for _ in range(9 * 8):
        home.live()
        home.clock.forward(hours=3)
    (alert,) = home.phone.sent
    assert alert.title == "2 orders: ask the seller to ship"
    assert "Last day" not in alert.title + alert.body
    assert "last day for the seller to ship: Nov 10, 2026" in alert.body
    assert "closed" not in alert.body.replace("closes", "")
    assert "aliwatch close" not in alert.body


def test_old_steps_of_orders_that_are_no_cases_are_not_called_closed(home: Household) -> None:
    """After a pause two orders that wait for shipping are orders to look at, and no more."""
    for order in (ORDER, OTHER_ORDER):
        home.source.put(letter("order_confirmed", order=order))
    home.live()
    home.clock.forward(days=8)
    home.live()
    (alert,) = home.phone.sent
    assert alert.title == "2 orders to look at"
    assert "closed" not in alert.body
    assert "aliwatch close" not in alert.body


def test_frozen_order_is_told_once(home: Household) -> None:
    """A security check wants data; it is no case, and nothing follows."""
    home.source.put(letter("order_frozen"))
    assert home.live() == 1
    assert ORDER in home.phone.sent[0].title
    home.clock.forward(days=60)
    assert home.live() == 0


def test_test_alert_names_its_channel(home: Household) -> None:
    """Whoever gets it knows which of the channels works."""
    alert = home.wording.test("phone")
    assert "phone" in alert.title + alert.body


def test_unproven_refund_is_told_and_silences_nothing(home: Household) -> None:
    """The forged mail costs one remark; the ladder goes on."""
    home.source.put(letter("order_confirmed", at=START - DAY), letter("order_closed"))
    home.live()
    home.clock.forward(days=3)
    home.source.put(letter("refund_announced", proof="unknown", at=home.clock()))
    assert home.live() == 1
    home.clock.moment = START + timedelta(days=28, hours=1)
    assert home.live() == 1
    assert home.phone.sent[-1].severity is Severity.URGENT


def test_order_without_a_case_is_judged_and_forgotten(home: Household) -> None:
    """A shipped order costs no look until its next mail."""
    home.source.put(letter("order_shipped"))
    home.live()
    with home.store.reading() as books:
        assert books.orders_to_look_at(START + timedelta(days=999), 9) == []
        assert books.count_states() == {"shipped": 1}
        assert [event.kind for event in books.events(ORDER)] == [EventKind.ORDER_SHIPPED]


def test_after_a_pause_what_is_lost_soon_is_told_whole_and_not_in_the_list(home: Household) -> None:
    """A machine that slept for ten days still hands over the dispute's letter, and its last day."""
    for order in (number(1), number(2)):
        home.source.put(letter("order_confirmed", order=order, at=START - 3 * DAY))
    home.source.put(
        letter("order_shipped", order=number(1), at=START - 2 * DAY),
        letter("order_closed", order=number(1)),
        letter("order_closed", order=number(2)),
    )
    home.live()
    before = len(home.phone.sent)
    home.clock.forward(days=13)
    home.live()
    [alert] = [each for each in home.phone.sent[before:] if number(1) in each.title]
    assert "open a dispute" in alert.title
    assert f"aliwatch did {number(1)} open_dispute" in alert.body
    assert "----- copy -----" in alert.body
