"""What every source of mails promises, run against each kind of mailbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servers.mailboxes import (
    ImapMailbox,
    Mailbox,
    MaildirMailbox,
    MboxMailbox,
    read_subject,
    write_mail,
)
from servers.pymap_server import PymapServer
from watcher.domain.arrival import Arrival

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def poll(mailbox: Mailbox, cursors: dict[str, str], *, stop_after: int = 1000) -> list[Arrival]:
    """Poll with a fresh source, note each cursor as the flow does, and break off on demand."""
    arrivals = []
    steps = mailbox.open_source().poll(cursors, since=SINCE)
    for arrival in steps:
        cursors[arrival.folder] = arrival.cursor
        arrivals.append(arrival)
        if len(arrivals) == stop_after:
            break
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    return arrivals


def subjects(arrivals: list[Arrival]) -> list[str]:
    """Name the mails that came."""
    return [subject for arrival in arrivals if (subject := read_subject(arrival)) is not None]


class MailSourceContract:
    """The promise; each kind of mailbox inherits it."""

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        """Answer an empty mailbox of the kind under test."""
        raise NotImplementedError

    def test_yields_each_new_mail_once(self, mailbox: Mailbox) -> None:
        """What was yielded and noted is not yielded again."""
        mailbox.deliver(write_mail("one"), DAY)
        cursors: dict[str, str] = {}
        assert subjects(poll(mailbox, cursors)) == ["one"]
        assert subjects(poll(mailbox, cursors)) == []

    def test_yields_the_oldest_first_and_counts_down(self, mailbox: Mailbox) -> None:
        """Mails come in the order they came in, each with how many follow."""
        for number in range(5):
            mailbox.deliver(write_mail(f"mail-{number}"), DAY + timedelta(hours=number))
        arrivals = poll(mailbox, {})
        assert subjects(arrivals) == [f"mail-{number}" for number in range(5)]
        assert [one.remaining for one in arrivals if one.mail is not None] == [4, 3, 2, 1, 0]

    def test_yields_a_mail_that_came_between_polls(self, mailbox: Mailbox) -> None:
        """After a poll only what came since is yielded."""
        cursors: dict[str, str] = {}
        for number in range(4):
            mailbox.deliver(write_mail(f"mail-{number}"), DAY + timedelta(seconds=number))
            assert subjects(poll(mailbox, cursors)) == [f"mail-{number}"]

    def test_hands_over_the_mail_and_its_time(self, mailbox: Mailbox) -> None:
        """The bytes are the mail's own, a line that starts with From included; the time is UTC."""
        content = write_mail("exact") + b"\r\nFrom here on it is text.\r\n>From too.\r\n"
        mailbox.deliver(content, DAY)
        [mail] = [one.mail for one in poll(mailbox, {}) if one.mail is not None]
        assert mail.content == content
        assert mail.received_at == DAY
        assert mail.received_at is not None
        assert mail.received_at.tzinfo is UTC

    def test_recognises_the_relay_form_and_passes_over_the_rest(self, mailbox: Mailbox) -> None:
        """Apple's relay address is a candidate; a friend's mail about AliExpress is not."""
        relay = "transaction_at_notice_aliexpress_com_0a1b_2c3d@privaterelay.appleid.com"
        mailbox.deliver(write_mail("relay", sender=relay), DAY)
        friend = write_mail("friend", sender="friend@example.org").replace(b"AliExpress <", b"F <")
        mailbox.deliver(friend + b"From: transaction@notice.aliexpress.com\r\n", DAY)
        assert subjects(poll(mailbox, {})) == ["relay"]

    def test_moves_the_cursor_past_mail_of_no_interest(self, mailbox: Mailbox) -> None:
        """A stretch without a candidate is one step, and is not looked at again."""
        cursors: dict[str, str] = {}
        poll(mailbox, cursors)
        before = dict(cursors)
        other = write_mail("other", sender="friend@example.org").replace(b"AliExpress <", b"F <")
        mailbox.deliver(other, DAY)
        [step] = poll(mailbox, cursors)
        assert (step.mail, step.refusal) == (None, None)
        assert cursors != before
        assert poll(mailbox, cursors) == []

    def test_leaves_out_mail_from_before_since_at_first(self, mailbox: Mailbox) -> None:
        """The first reading starts at `since`; older mail stays unread for good."""
        mailbox.deliver(write_mail("old"), SINCE - timedelta(hours=6))
        mailbox.deliver(write_mail("young"), SINCE + timedelta(days=3))
        cursors: dict[str, str] = {}
        assert subjects(poll(mailbox, cursors)) == ["young"]
        assert subjects(poll(mailbox, cursors)) == []

    def test_yields_late_mail_whatever_its_date(self, mailbox: Mailbox) -> None:
        """Behind a cursor arrival counts, not the date: a mail dated long ago is yielded."""
        mailbox.deliver(write_mail("first"), DAY)
        cursors: dict[str, str] = {}
        poll(mailbox, cursors)
        mailbox.deliver(write_mail("late"), SINCE - timedelta(days=3))
        assert subjects(poll(mailbox, cursors)) == ["late"]

    def test_refuses_an_oversized_mail_with_a_record(self, mailbox: Mailbox) -> None:
        """A mail above the limit is named and passed; its neighbours are read."""
        mailbox.deliver(write_mail("before"), DAY)
        mailbox.deliver(write_mail("huge", size=60_000), DAY + timedelta(seconds=1))
        mailbox.deliver(write_mail("after"), DAY + timedelta(seconds=2))
        steps = list(mailbox.open_source(max_bytes=20_000).poll({}, since=SINCE))
        assert subjects(steps) == ["before", "after"]
        [refused] = [step for step in steps if step.refusal is not None]
        assert refused.mail is None
        assert "0.02 MB" in str(refused.refusal)

    def test_reads_again_with_a_garbled_cursor(self, mailbox: Mailbox) -> None:
        """A cursor that no longer makes sense means reading anew, never an error."""
        mailbox.deliver(write_mail("one"), DAY)
        cursors: dict[str, str] = {}
        poll(mailbox, cursors)
        for garbage in ("", "garbage", "1:2:3", "[1,2]", '[5,2,null,[""]]', "-1:-1", "[" * 5000):
            damaged = dict.fromkeys(cursors, garbage)
            assert subjects(poll(mailbox, damaged)) == ["one"]
            assert damaged == cursors

    def test_reads_a_rebuilt_mailbox_again(self, mailbox: Mailbox) -> None:
        """Where positions lost their meaning, everything since `since` is yielded again."""
        mailbox.deliver(write_mail("one"), DAY)
        mailbox.deliver(write_mail("two"), DAY + timedelta(seconds=1))
        cursors: dict[str, str] = {}
        poll(mailbox, cursors)
        mailbox.rebuild()
        assert subjects(poll(mailbox, cursors)) == ["one", "two"]

    @pytest.mark.parametrize("stop_after", [1, 2, 3, 4])
    def test_loses_nothing_when_broken_off(self, mailbox: Mailbox, stop_after: int) -> None:
        """A poll that stops half-way goes on there: each mail once, late-comers included."""
        for number in range(4):
            # Delivered youngest first: arriving order and dates differ.
            mailbox.deliver(write_mail(f"mail-{number}"), DAY - timedelta(hours=number))
        cursors: dict[str, str] = {}
        first = subjects(poll(mailbox, cursors, stop_after=stop_after))
        assert len(first) == stop_after
        mailbox.deliver(write_mail("late"), DAY - timedelta(days=1))
        second = subjects(poll(mailbox, cursors))
        assert sorted(first + second) == ["late", "mail-0", "mail-1", "mail-2", "mail-3"]
        assert poll(mailbox, cursors) == []

    def test_changes_nothing_in_the_mailbox(self, mailbox: Mailbox) -> None:
        """No flag, no time and no place of a mail differs after it was read."""
        mailbox.deliver(write_mail("one"), DAY)
        mailbox.deliver(write_mail("huge", size=60_000), DAY)
        before = mailbox.look()
        list(mailbox.open_source(max_bytes=20_000).poll({}, since=SINCE))
        assert mailbox.look() == before

    def test_reads_an_empty_mailbox(self, mailbox: Mailbox) -> None:
        """An empty mailbox is read to its end, and its first mail is new whatever its date."""
        cursors: dict[str, str] = {}
        assert subjects(poll(mailbox, cursors)) == []
        assert list(cursors) == ["INBOX"]
        assert poll(mailbox, cursors) == []
        mailbox.deliver(write_mail("first"), DAY)
        assert subjects(poll(mailbox, cursors)) == ["first"]


class TestPymap(MailSourceContract):
    """IMAP on pymap."""

    @pytest.fixture
    def mailbox(self, pymap_mailbox: ImapMailbox) -> Mailbox:
        """Answer a mailbox on pymap."""
        return pymap_mailbox


@pytest.fixture(scope="module")
def searchless_server() -> Iterator[PymapServer]:
    """Answer a server that refuses to search by sender."""
    server = PymapServer(no_search=(b"FROM",))
    yield server
    server.close()


class TestWithoutSearch(MailSourceContract):
    """IMAP on a server that cannot search: From lines are read instead."""

    @pytest.fixture
    def mailbox(
        self, searchless_server: PymapServer, request: pytest.FixtureRequest
    ) -> ImapMailbox:
        """Answer a mailbox on that server."""
        return ImapMailbox(searchless_server, request.node.name, "open-sesame")

    def test_reads_every_from_line_of_a_large_folder(self, mailbox: ImapMailbox) -> None:
        """More mails than are asked about at once are all looked at, and later only the new."""
        other = write_mail("other", sender="a@example.org").replace(b"AliExpress <", b"A <")
        with mailbox.enter() as client:
            for start in range(0, 450, 50):
                mine = write_mail(f"mail-{start:03}")
                client.multiappend("INBOX", [mine, *[other] * 49])
        since = datetime(2000, 1, 1, tzinfo=UTC)
        steps = list(mailbox.open_source().poll({}, since=since))
        assert subjects(steps) == [f"mail-{start:03}" for start in range(0, 450, 50)]
        mailbox.deliver(write_mail("new"), DAY)
        cursors = {step.folder: step.cursor for step in steps}
        assert subjects(poll(mailbox, cursors)) == ["new"]


@pytest.mark.dovecot
class TestDovecot(MailSourceContract):
    """IMAP on Dovecot."""

    @pytest.fixture
    def mailbox(self, dovecot_mailbox: ImapMailbox) -> Mailbox:
        """Answer a mailbox on Dovecot."""
        return dovecot_mailbox


class TestMaildir(MailSourceContract):
    """A local Maildir."""

    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        """Answer a Maildir."""
        return MaildirMailbox(tmp_path / "Maildir")


class TestMbox(MailSourceContract):
    """A local mbox file."""

    @pytest.fixture
    def mailbox(self, tmp_path: Path) -> Mailbox:
        """Answer an mbox file."""
        return MboxMailbox(tmp_path / "mail.mbox")
