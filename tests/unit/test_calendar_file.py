"""The calendar file as another program reads it, and how it comes to lie on the disk."""

import os
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.adapters.calendar_file import put_calendar, write_calendar
from watcher.domain.appointment import Appointment
from watcher.domain.errors import UserError

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def appointment(
    *,
    title: str = "AliExpress: last day, €49.90",
    text: str = "Line one; a, b\nline two",
    cancelled: bool = False,
    remind: timedelta | None = timedelta(hours=15),
) -> Appointment:
    """One last day."""
    return Appointment(
        uid="8012345678901234-refund@aliwatch",
        day=date(2026, 12, 1),
        title=title,
        text=text,
        link="https://www.aliexpress.com/p/order/detail.html?orderId=8012345678901234",
        revision=7,
        changed_at=NOW - timedelta(days=1),
        cancelled=cancelled,
        remind=remind,
    )


def read_back(content: bytes) -> Any:
    """The calendar as vobject, which shares no code with the writer, reads it."""
    return vobject.readOne(content.decode("utf-8"))


def test_another_program_reads_what_was_meant() -> None:
    """A whole day that keeps nobody busy, with all that tells a client what is newer."""
    [event] = read_back(write_calendar([appointment()], NOW)).vevent_list
    assert event.uid.value == "8012345678901234-refund@aliwatch"
    assert event.summary.value == "AliExpress: last day, €49.90"
    assert event.description.value == "Line one; a, b\nline two"
    assert event.dtstart.value == date(2026, 12, 1)
    assert event.dtend.value == date(2026, 12, 2)
    assert event.dtstamp.value == NOW
    assert event.last_modified.value in {NOW - timedelta(days=1), "20261121T080000Z"}
    assert event.sequence.value == "7"
    assert event.status.value == "CONFIRMED"
    assert event.transp.value == "TRANSPARENT"
    assert event.url.value.endswith("orderId=8012345678901234")
    alarm = event.valarm
    assert alarm.action.value == "DISPLAY"
    assert alarm.trigger.value == timedelta(hours=-15)
    assert alarm.description.value == event.summary.value


def test_what_ended_is_cancelled_and_rings_no_bell() -> None:
    """A program that imported it takes it away."""
    [event] = read_back(write_calendar([appointment(cancelled=True, remind=None)], NOW)).vevent_list
    assert event.status.value == "CANCELLED"
    assert not hasattr(event, "valarm")


def test_calendar_with_nothing_in_it_is_still_a_calendar() -> None:
    """A subscription does not break on the day on which nothing is open."""
    content = write_calendar([], NOW)
    calendar = read_back(content)
    assert calendar.version.value == "2.0"
    assert calendar.prodid.value
    assert content.endswith(b"END:VCALENDAR\r\n")


@pytest.mark.parametrize("title", ["", " ", "\x00\u2028"])
def test_title_that_says_nothing_is_replaced(title: str) -> None:
    """A reminder without words would make the file one that no program reads."""
    [event] = read_back(write_calendar([appointment(title=title)], NOW)).vevent_list
    assert event.summary.value == "AliExpress deadlines"
    assert event.valarm.description.value == "AliExpress deadlines"


def test_same_appointments_at_the_same_time_are_the_same_file() -> None:
    """Nothing in it comes from the machine or from chance."""
    assert write_calendar([appointment()], NOW) == write_calendar([appointment()], NOW)


LINE_ENDS = st.sampled_from(["\r", "\n", "\r\n", "\x0b", "\x85", "\u2028", "\u2029", "\x00"])
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=120),
        LINE_ENDS,
        st.sampled_from(
            ["END:VEVENT", "BEGIN:VEVENT", "ATTACH:http://x", "\\n", "\\", ";", ",", "😀" * 40]
        ),
    ),
    max_size=8,
).map("".join)


@settings(deadline=None)
@given(title=TEXTS, text=TEXTS)
def test_no_text_breaks_out_of_its_field(title: str, text: str) -> None:
    """Whatever a mail made us write: one event, its fields, lines of 75 octets, and the words."""
    content = write_calendar([appointment(title=f"Due: {title}", text=text)], NOW)
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(byte < 32 for line in lines for byte in line)
    names = sorted(line.split(b":")[0].split(b";")[0] for line in lines if line[:1] != b" ")
    plain = write_calendar([appointment()], NOW).split(b"\r\n")
    assert names == sorted(
        line.split(b":")[0].split(b";")[0] for line in plain if line[:1] not in b" "
    )
    [event] = read_back(content).vevent_list
    assert words(event.summary.value) == words(f"Due: {title}")
    assert words(event.description.value) == words(text)


def words(text: str) -> str:
    """What of a text must arrive: all but the characters that a calendar file may not hold."""
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def test_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    """What is owed to somebody is nobody else's business; no draft is left behind."""
    path = tmp_path / "aliwatch.ics"
    put_calendar(path, b"first")
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_others_may_read_stays_readable(tmp_path: Path) -> None:
    """A web server that serves the calendar goes on doing so; a link stays a link."""
    path, link = tmp_path / "served.ics", tmp_path / "aliwatch.ics"
    path.write_bytes(b"old")
    path.chmod(0o644)
    link.symlink_to(path)
    put_calendar(link, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert link.is_symlink()


def test_reader_of_the_old_file_keeps_the_old_file(tmp_path: Path) -> None:
    """The new one takes its place at once: nobody reads a half."""
    path = tmp_path / "aliwatch.ics"
    put_calendar(path, b"old " * 1000)
    with path.open("rb") as reader:
        put_calendar(path, b"new")
        assert reader.read() == b"old " * 1000


def test_write_that_breaks_off_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    """A disk that takes no more costs the new calendar, and not the old one."""
    path = tmp_path / "aliwatch.ics"
    put_calendar(path, b"old")
    program = f"""
import resource
from pathlib import Path
from watcher.adapters.calendar_file import put_calendar
from watcher.domain.errors import UserError
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    put_calendar(Path({str(path)!r}), b"new " * 10000)
except UserError as error:
    print(error.problems[0].what)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "cannot be written: File too large\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["missing/aliwatch.ics", "folder", "pipe"])
def test_place_that_holds_no_file_is_refused_with_the_fix(tmp_path: Path, place: str) -> None:
    """A folder that is not there, a folder, a pipe: nothing is touched."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError) as caught:
        put_calendar(tmp_path / place, b"x")
    [problem] = caught.value.problems
    assert "aliwatch calendar > FILE" in problem.fix
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "pipe"]
