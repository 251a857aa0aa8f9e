"""The values of the mailbox adapters: cursors, settings, header lines."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.cursor import FolderCursor, parse_cursor
from watcher.adapters.mail_header import (
    cut_header,
    is_candidate,
    read_mail_date,
    read_received,
    spread,
)
from watcher.adapters.stretch import Stretch, parse_stretch
from watcher.domain.errors import UserError

numbers = st.integers(min_value=0, max_value=2**32 - 1)


@given(validity=numbers, uid=numbers)
def test_a_folder_cursor_reads_back(validity: int, uid: int) -> None:
    """Any cursor is read back as it was written."""
    cursor = FolderCursor(uid_validity=validity, last_uid=uid)
    assert parse_cursor(str(cursor)) == cursor


@given(
    low=st.integers(min_value=0, max_value=2**64),
    length=st.integers(min_value=0, max_value=2**64),
    at=st.none() | st.tuples(st.integers(), st.text()),
    marks=st.lists(st.text()).map(tuple),
)
def test_a_stretch_reads_back(
    low: int, length: int, at: tuple[int, str] | None, marks: tuple[str, ...]
) -> None:
    """Any stretch is read back as it was written."""
    stretch = Stretch(low=low, high=low + length, at=at, marks=marks)
    assert parse_stretch(str(stretch)) == stretch


@given(text=st.text())
def test_any_text_is_a_cursor_or_none(text: str) -> None:
    """A text that no source wrote is no cursor, and never an error."""
    assert parse_cursor(text) is None or ":" in text
    assert parse_stretch(text) is None or text.strip().startswith("[")


@pytest.mark.parametrize(
    "host", ["imap.example.org", "10.0.0.1", "localhost.example.org", "127.evil.example"]
)
def test_no_tls_is_refused_off_the_loopback(host: str) -> None:
    """A name that only looks like this machine is another machine."""
    account = ImapAccount(host=host, port=143, user="me", password=str, tls="none")
    with pytest.raises(UserError, match="readable over the network"):
        account.check_privacy()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_no_tls_is_fine_on_this_machine(host: str) -> None:
    """On the loopback nobody listens in."""
    ImapAccount(host=host, port=143, user="me", password=str, tls="none").check_privacy()


def test_a_password_is_never_shown() -> None:
    """The settings print without the way to the password."""
    account = ImapAccount(host="h", port=993, user="me", password=lambda: "s3cret")
    assert "password" not in repr(account)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"From: x@AliExpress.com\n", True),
        (b"FROM : a\n\t<transaction@notice.aliexpress.com>\n", True),
        (b"From: a_at_notice_aliexpress_com_1@privaterelay.appleid.com\r\n", True),
        (b"From: a@example.org\nSubject: aliexpress\n", False),
        (b"X-From: x@aliexpress.com\n", False),
        (b"To: me\n\nFrom: x@aliexpress.com\n", False),
        (b"To: me\r\n\r\nFrom: x@aliexpress.com\r\n", False),
        (b"", False),
    ],
)
def test_only_the_from_line_makes_a_candidate(header: bytes, *, expected: bool) -> None:
    """Folded or spaced, the From line counts, and nothing else does."""
    assert is_candidate(cut_header(header), ("aliexpress",)) is expected


def test_a_date_without_sense_is_none() -> None:
    """A damaged date is no date, and no error."""
    for text in ("", "yesterday", "Mon, 99 Nov 2026 10:00:00", "31 Dec 9999 23:59:00 -2359"):
        assert read_mail_date(text) is None
    assert read_received(b"Received: from a\n") is None
    assert read_received(b"Subject: x\n") is None


@given(count=st.integers(0, 300), wanted=st.integers(1, 50))
def test_spread_reaches_over_the_whole_and_takes_the_newest(count: int, wanted: int) -> None:
    """As many places as wanted and there, none twice, the last among them, gaps of one size."""
    places = spread(count, wanted)
    assert len(set(places)) == len(places) == min(count, wanted)
    assert all(0 <= place < count for place in places)
    assert not places or places[-1] == count - 1
    gaps = {later - sooner for sooner, later in pairwise((-1, *places))}
    assert max(gaps, default=0) - min(gaps, default=0) <= 1
