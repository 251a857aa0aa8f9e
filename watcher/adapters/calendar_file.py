"""Writes appointments as an iCalendar file (RFC 5545)."""

import errno
import os
import stat
import tempfile
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from icalendar import Alarm, Calendar, Event

from watcher.domain.appointment import Appointment
from watcher.domain.errors import Problem, TransientError, UserError

NAME: Final = "AliExpress deadlines"
PRODUCT: Final = "-//aliwatch//calendar//EN"
REFRESH: Final = timedelta(hours=1)
"""How often a calendar that subscribes is asked to look again."""

PRIVATE: Final = 0o600
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def write_calendar(appointments: Iterable[Appointment], now: datetime) -> bytes:
    """The iCalendar text of `appointments`, made at `now`; nothing else is asked of the machine."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.calendar_name = NAME
    calendar.refresh_interval = REFRESH
    for one in appointments:
        calendar.add_component(_event(one, now))
    return bytes(calendar.to_ical())


def _event(one: Appointment, now: datetime) -> Event:
    # A person's own template may leave nothing to say; a reminder needs words.
    title = _plain(one.title).strip() or NAME
    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", now)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.revision)
    event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    event.add("dtstart", one.day)
    event.add("dtend", one.day + timedelta(days=1))
    event.add("summary", title)
    event.add("description", _plain(one.text))
    event.add("url", one.link)
    event.add("categories", ["AliExpress"])
    event.add("class", "PRIVATE")
    # A last day keeps nobody busy.
    event.add("transp", "TRANSPARENT")
    if one.remind is not None:
        event.add_component(Alarm.new_display(title, -one.remind))
    return event


def _plain(text: str) -> str:
    """`text` without what a calendar file may not hold: RFC 5545, section 3.1, control characters.

    Other line ends than our own (U+2028 and its like) go too: some readers break lines at them.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(filter(_is_text, line.replace("\t", " "))) for line in lines)


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}


def put_calendar(path: Path, content: bytes) -> None:
    """Write the file as a whole, or leave what is there. A new one is for its owner's eyes only.

    One that is there keeps its permissions: whoever lets a web server read it meant to.

    Raises:
        UserError: the place cannot be written, or is no file.
        TransientError: the disk is full or fails.

    """
    # A link leads to the file that is meant, and stays a link.
    path = Path(os.path.realpath(path))
    try:
        mode = path.stat().st_mode if path.exists() else stat.S_IFREG | PRIVATE
        if not stat.S_ISREG(mode):
            raise _refusal(path, "is no file")
        _replace(path, content, stat.S_IMODE(mode))
    except OSError as error:
        if error.errno in _FULL:
            raise TransientError(f"{path}: {error.strerror}") from error
        raise _refusal(path, f"cannot be written: {error.strerror}") from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    number, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _refusal(path: Path, what: str) -> UserError:
    return UserError(
        Problem(
            place=str(path),
            what=what,
            fix="name a file in a folder that you may write, or use `aliwatch calendar > FILE`",
        )
    )
