"""What a poll makes of a network and a server that fail."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from servers.dovecot_server import DovecotServer
from servers.fault_proxy import FaultProxy
from servers.mailboxes import ImapMailbox, read_subject, write_mail
from watcher.adapters.imap.source import ImapSource
from watcher.domain.errors import TransientError

pytestmark = pytest.mark.long

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SUBJECTS = ["mail-0", "mail-1", "mail-2"]


def fill(mailbox: ImapMailbox) -> None:
    """Deliver three mails."""
    for number, subject in enumerate(SUBJECTS):
        mailbox.deliver(write_mail(subject), DAY + timedelta(seconds=number))


def poll(source: ImapSource, cursors: dict[str, str]) -> list[str]:
    """Poll, noting each step as the flow does; what came before a failure stands."""
    seen = []
    try:
        for step in source.poll(cursors, since=SINCE):
            cursors[step.folder] = step.cursor
            if (subject := read_subject(step)) is not None:
                seen.append(subject)
    except TransientError:
        seen.append("(broken)")
    return seen


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_loses_and_doubles_nothing_wherever_it_is_cut(
    imap_mailbox: ImapMailbox, proxy: FaultProxy, fault: str
) -> None:
    """Cut at every tenth byte of a poll, the next poll goes on: each mail exactly once."""
    fill(imap_mailbox)
    account = imap_mailbox.make_account(port=proxy.port)
    assert poll(ImapSource(account), {}) == SUBJECTS
    length = proxy.traffic.down_bytes
    assert length > 1000
    step = 10 if fault == "cut" else 50
    broken = 0
    for after in range(1, length, step):
        cursors: dict[str, str] = {}
        source = ImapSource(account)
        proxy.inject("cut" if fault == "cut" else "reset", after=after)
        first = poll(source, cursors)
        broken += "(broken)" in first
        proxy.heal()
        second = poll(source, cursors)
        assert [one for one in first if one != "(broken)"] + second == SUBJECTS
    assert broken > length // step // 2


@pytest.mark.parametrize("after", [1, 300, 900])
def test_gives_up_on_a_silent_server(
    imap_mailbox: ImapMailbox, proxy: FaultProxy, after: int
) -> None:
    """A server that falls silent is left when the time-out is over, and read later."""
    fill(imap_mailbox)
    source = ImapSource(imap_mailbox.make_account(port=proxy.port, timeout=0.3))
    proxy.inject("stall", after=after)
    cursors: dict[str, str] = {}
    start = time.monotonic()
    first = poll(source, cursors)
    assert first[-1] == "(broken)"
    assert time.monotonic() - start < 10
    proxy.heal()
    assert first[:-1] + poll(source, cursors) == SUBJECTS


@pytest.mark.dovecot
def test_survives_being_thrown_out(dovecot_mailbox: ImapMailbox) -> None:
    """A session that the server's operator ends is a passing trouble, and goes on where it was."""
    server = dovecot_mailbox.server
    assert isinstance(server, DovecotServer)
    for number in range(60):
        dovecot_mailbox.deliver(write_mail(f"mail-{number:02}"), DAY)
    source = ImapSource(dovecot_mailbox.account)
    steps = source.poll({}, since=SINCE)
    first = next(steps)
    server.run_doveadm("kick", dovecot_mailbox.user)
    seen = [first]
    with pytest.raises(TransientError):
        seen.extend(steps)
    assert 1 <= len(seen) < 60
    rest = poll(source, {"INBOX": seen[-1].cursor})
    assert [*map(read_subject, seen), *rest] == [f"mail-{number:02}" for number in range(60)]


@pytest.mark.dovecot
def test_survives_a_change_of_uidvalidity_in_between(dovecot_mailbox: ImapMailbox) -> None:
    """UIDVALIDITY that changes during a poll leaves no cursor of the old numbering behind."""
    server = dovecot_mailbox.server
    assert isinstance(server, DovecotServer)
    fill(dovecot_mailbox)
    cursors: dict[str, str] = {}
    source = ImapSource(dovecot_mailbox.account)
    steps = source.poll(cursors, since=SINCE)
    first = next(steps)
    cursors[first.folder] = first.cursor
    dovecot_mailbox.rebuild()
    try:
        for step in steps:
            cursors[step.folder] = step.cursor
    except TransientError:
        # Dovecot cuts live sessions off then; either way the next poll starts anew.
        assert cursors["INBOX"] == first.cursor
    assert poll(source, cursors) == SUBJECTS
    assert poll(source, cursors) == []
