"""What the person tells, as it is typed; and the ladder as they see it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from unit.domain.examples import ORDER, START, euros, told
from watcher.adapters.sql.store import SqlStore
from watcher.app.compose import STATE_FILE
from watcher.cli.main import app
from watcher.domain.event import Event, EventKind
from watcher.flow.acts import MistakenCall

BOUGHT = told(EventKind.ORDER_CONFIRMED, days=-9, money=euros("49.90"))
SHIPPED = told(EventKind.ORDER_SHIPPED, days=-5)
CLOSED = told(EventKind.ORDER_CLOSED)
NOW = "2026-11-05T08:30:00Z"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Answer a state folder with one shipped order that is owed."""
    folder = tmp_path / "state"
    folder.mkdir()
    write_down(folder, BOUGHT, SHIPPED, CLOSED)
    return folder


def write_down(folder: Path, *events: Event) -> None:
    """Append events to the ledger."""
    store = SqlStore.open(folder / STATE_FILE)
    with store.writing() as books:
        for event in events:
            books.append(replace(event, mail=None), START)
    store.close()


def call(state: Path, *words: str, now: str = NOW) -> Any:
    """Type a command, two days after the closing."""
    settings = state.parent / "aliwatch.toml"
    settings.write_text('zone = "UTC"\n[account.home]\nmaildir = "x"\n', encoding="utf-8")
    places = ("--config", str(settings), "--state", str(state))
    return CliRunner().invoke(app, [*words, "--now", now, *places])


def say(state: Path, *words: str, now: str = NOW) -> str:
    """Type a command that fits; answer what it prints."""
    result = call(state, *words, now=now)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def look(state: Path) -> dict[str, Any]:
    """The case as `case --json` prints it."""
    facts: dict[str, Any] = json.loads(say(state, "case", ORDER, "--json"))
    return facts


def clock(state: Path, name: str) -> dict[str, Any]:
    """One clock of the case."""
    [found] = [one for one in look(state)["clocks"] if one["clock"] == name]
    return dict(found)


def test_way_of_payment_moves_the_last_day_of_a_claim(state: Path) -> None:
    """120 days of a card, 180 of PayPal, none of the balance; from the payment."""
    assert clock(state, "chargeback")["deadline"] == "2027-02-22"
    say(state, "paid-by", ORDER, "paypal")
    assert look(state)["method"] == "paypal"
    assert clock(state, "chargeback")["deadline"] == "2027-04-23"
    say(state, "paid-by", ORDER, "card", "--on", "2026-10-20")
    assert clock(state, "chargeback")["deadline"] == "2027-02-17"
    say(state, "paid-by", ORDER, "balance")
    assert [one for one in look(state)["clocks"] if one["clock"] == "chargeback"] == []


def test_unknown_way_of_payment_is_refused_with_the_known_ones(state: Path) -> None:
    """The mistake names what would fit."""
    result = call(state, "paid-by", ORDER, "cheque")
    assert result.exit_code != 0
    assert "paypal" in result.output


def test_payment_in_the_future_is_refused(state: Path) -> None:
    """Nobody has paid tomorrow."""
    result = call(state, "paid-by", ORDER, "card", "--on", "2027-01-01")
    assert isinstance(result.exception, MistakenCall)


def test_every_clock_is_shown_with_its_count_its_source_and_what_is_lost(state: Path) -> None:
    """The earliest one is marked; working days and plain days are told apart."""
    shown = say(state, "case", ORDER)
    assert "Dispute    last day 2026-11-18 (13 days left)  <- binds first" in shown
    assert "15 days after Tue 2026-11-03" in shown
    assert "After it no dispute can be opened for this order." in shown
    assert "20 working days after Tue 2026-11-03, 8 weekend days not counted" in shown
    assert shown.count("Source: ") == len(look(state)["clocks"]) == 3
    assert look(state)["deadline"] == "2026-11-18"


def test_snooze_past_a_last_day_needs_force(state: Path) -> None:
    """The date and what is lost after it are named, and how to insist."""
    result = call(state, "snooze", ORDER, "2026-11-19")
    assert isinstance(result.exception, MistakenCall)
    assert "2026-11-18" in str(result.exception)
    assert "no dispute can be opened" in str(result.exception)
    assert "--force" in str(result.exception)
    assert look(state)["snoozed_until"] is None
    say(state, "snooze", ORDER, "2026-11-18")
    assert look(state)["snoozed_until"] == "2026-11-18T09:00:00+00:00"
    say(state, "snooze", ORDER, "2026-12-24", "--force")
    assert look(state)["snoozed_until"] == "2026-12-24T09:00:00+00:00"


def test_last_word_is_taken_back_and_stays_in_the_history(state: Path) -> None:
    """Undo says what it took back; once more takes back what was told before."""
    say(state, "did", ORDER, "contact_seller")
    say(state, "received", ORDER, "20")
    assert "money received, 20 EUR" in say(state, "undo", ORDER)
    assert look(state)["received"] == "0"
    assert "contact_seller" in say(state, "undo", ORDER)
    assert look(state)["next_step"] == "contact_seller"
    history = look(state)["history"]
    assert [event["undone"] for event in history if event["step"] == "contact_seller"] == [True]
    assert say(state, "case", ORDER).count("taken back") == 2
    result = call(state, "undo", ORDER)
    assert isinstance(result.exception, MistakenCall)
    assert "nothing to undo" in str(result.exception)


def test_undoing_a_dispute_takes_back_the_step_and_what_it_meant(state: Path) -> None:
    """Two events of one act go together."""
    say(state, "did", ORDER, "open_dispute")
    assert look(state)["state"] == "disputed"
    say(state, "undo", ORDER)
    assert look(state)["state"] == "owed"


def test_ladder_is_listed_and_simulated(state: Path) -> None:
    """The steps with their times; and as a calendar, for programs too."""
    assert "open_dispute" in say(state, "playbook")
    steps = [json.loads(line) for line in say(state, "playbook", "--json").splitlines()]
    assert {"step", "title", "severity", "at", "repeat_days", "letter"} <= steps[0].keys()
    shown = say(state, "playbook", "--simulate", "customs", "--shipped", "--method", "paypal")
    assert "Sun 2026-11-15\t10 d\turgent\topen a dispute\t2026-11-20 (dispute)" in shown
    planned = [
        json.loads(line)
        for line in say(state, "playbook", "--simulate", "customs", "--json").splitlines()
    ]
    assert {"silence", "dispute", "refund"} == {one["course"] for one in planned}
    assert "owed no money" in say(state, "playbook", "--simulate", "unpaid")
    assert say(state, "playbook", "--simulate", "unpaid", "--json") == ""


def test_sellers_are_listed(state: Path) -> None:
    """The stores that mails named, each with its record."""
    assert "No mail has named a store" in say(state, "sellers")
    write_down(state, replace(BOUGHT, order="8012345678900099", store="Bright Home Store"))
    assert "Bright Home Store\t1\t0\t0" in say(state, "sellers")
    [line] = say(state, "sellers", "--json").splitlines()
    assert json.loads(line) == {
        "store": "Bright Home Store",
        "orders": 1,
        "cancelled": 0,
        "late": 0,
    }


def test_what_was_told_is_said_back(state: Path) -> None:
    """A slip is seen at once: the step, the date, the sum that is too much."""
    assert "noted: contact the seller" in say(state, "did", ORDER, "contact_seller")
    assert "paid by card; 2027-02-22 is the last day to claim it back" in say(
        state, "paid-by", ORDER, "card"
    )
    assert "nothing is asked before 2026-11-10" in say(state, "snooze", ORDER, "2026-11-10")
    assert "aliwatch undo" not in call(state, "received", ORDER, "€5,00").stderr
    assert f"aliwatch undo {ORDER}" in call(state, "received", ORDER, "499").stderr


def test_case_names_the_command_for_the_step_that_is_due(state: Path) -> None:
    """Nobody has to look the name of the step up."""
    assert f"Done? Type: aliwatch did {ORDER} contact_seller" in say(state, "case", ORDER)
    say(state, "did", ORDER, "contact_seller")
    assert "Done? Type" not in say(state, "case", ORDER)
