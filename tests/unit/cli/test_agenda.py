"""`aliwatch calendar` as it is typed."""

import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import vobject
from typer.testing import CliRunner

from unit.domain.examples import ORDER, START, acted, euros, told
from watcher.adapters.sql.store import SqlStore
from watcher.app.compose import STATE_FILE
from watcher.cli.main import app
from watcher.domain.event import Event, EventKind
from watcher.flow.acts import MistakenCall

BOUGHT = told(EventKind.ORDER_CONFIRMED, days=-9, money=euros("49.90"))
CLOSED = told(EventKind.ORDER_CLOSED)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Answer a state folder with one order that is owed."""
    folder = tmp_path / "state"
    folder.mkdir()
    write_down(folder, BOUGHT, CLOSED)
    return folder


def write_down(folder: Path, *events: Event) -> None:
    """Append events to the ledger."""
    store = SqlStore.open(folder / STATE_FILE)
    with store.writing() as books:
        for event in events:
            books.append(replace(event, mail=None), START)
    store.close()


def call(state: Path, *words: str) -> Any:
    """Type the command, two days after the closing."""
    settings = state.parent / "aliwatch.toml"
    settings.write_text('zone = "UTC"\n[account.home]\nmaildir = "x"\n', encoding="utf-8")
    at = ("--now", "2026-11-05T08:30:00Z", "--config", str(settings), "--state", str(state))
    return CliRunner().invoke(app, ["calendar", *words, *at])


def refund_of(content: bytes) -> Any:
    """The refund's last day in a calendar file."""
    events = vobject.readOne(content.decode("utf-8")).vevent_list
    [found] = [one for one in events if one.uid.value == f"{ORDER}-refund@aliwatch"]
    return found


def test_calendar_comes_down_the_pipe_and_nothing_else_with_it(state: Path) -> None:
    """`aliwatch calendar > aliwatch.ics` is a whole calendar file, byte for byte."""
    result = call(state)
    assert result.exit_code == 0
    content = result.stdout_bytes
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in re.sub(rb"\r\n", b"", content)
    assert str(refund_of(content).dtstart.value) == "2026-12-01"
    assert str(refund_of(content).dtstamp.value) == "2026-11-05 08:30:00+00:00"


def test_calendar_in_a_file_is_private_and_the_count_is_told(state: Path, tmp_path: Path) -> None:
    """The same bytes as down the pipe; a second time takes the first one's place."""
    path = tmp_path / "aliwatch.ics"
    result = call(state, "--to", str(path))
    assert result.exit_code == 0
    number = sum(
        one.status.value == "CONFIRMED"
        for one in vobject.readOne(path.read_text(encoding="utf-8")).vevent_list
    )
    assert result.stdout.startswith(f"{path}: {number} deadline")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == call(state, "--to", "-").stdout_bytes

    before = refund_of(path.read_bytes())
    write_down(state, acted(EventKind.MONEY_RECEIVED, days=1))
    assert call(state, "--to", str(path)).exit_code == 0
    after = refund_of(path.read_bytes())
    assert (before.status.value, after.status.value) == ("CONFIRMED", "CANCELLED")
    assert int(after.sequence.value) > int(before.sequence.value)


def test_place_that_cannot_be_written_is_a_mistake_of_the_call(state: Path, tmp_path: Path) -> None:
    """The message names the place and the way out; nothing was written."""
    result = call(state, "--to", str(tmp_path / "missing" / "aliwatch.ics"))
    assert isinstance(result.exception, MistakenCall)
    assert "aliwatch calendar > FILE" in str(result.exception.problems[0].fix)


def test_calendar_before_the_first_mail_is_empty_and_makes_no_state(tmp_path: Path) -> None:
    """A timer may be set up before the daemon ever ran."""
    missing = tmp_path / "nowhere"
    result = call(missing)
    assert result.exit_code == 0
    assert b"VEVENT" not in result.stdout_bytes
    assert result.stdout_bytes.startswith(b"BEGIN:VCALENDAR")
    assert not missing.exists()
