"""What only local mailboxes meet: other programs at work on the same files."""

import subprocess
import sys
import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servers.mailboxes import MaildirMailbox, MboxMailbox, Source, read_subject, write_mail
from watcher.adapters.maildir import MaildirSource
from watcher.adapters.mbox import MboxSource
from watcher.adapters.stretch import parse_stretch
from watcher.domain.errors import FolderMissingError, TransientError, UserError

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def maildir(tmp_path: Path) -> MaildirMailbox:
    """Answer an empty Maildir."""
    return MaildirMailbox(tmp_path / "Maildir")


@pytest.fixture
def mbox(tmp_path: Path) -> MboxMailbox:
    """Answer an empty mbox file."""
    return MboxMailbox(tmp_path / "mail.mbox")


def poll(source: Source, cursors: dict[str, str]) -> list[tuple[str, str]]:
    """Poll and note the cursors; answer each mail's folder and subject."""
    seen = []
    for step in source.poll(cursors, since=SINCE):
        cursors[step.folder] = step.cursor
        if (subject := read_subject(step)) is not None:
            seen.append((step.folder, subject))
    return seen


def bytes_read() -> int:
    """Answer how many bytes this process has read from files so far."""
    return int(Path("/proc/self/io").read_text().split()[1])


class TestMaildir:
    """A Maildir that other programs use as well."""

    def test_reads_subfolders_as_folders(self, maildir: MaildirMailbox) -> None:
        """`.Junk` is the folder Junk; without a setting every folder is read."""
        for part in ("tmp", "new", "cur"):
            (maildir.path / ".Junk" / part).mkdir(parents=True)
        maildir.deliver(write_mail("top"), DAY)
        maildir.deliver(write_mail("junk"), DAY, folder=".Junk")
        everything = [("INBOX", "top"), ("Junk", "junk")]
        assert poll(MaildirSource(maildir.path), {}) == everything
        assert poll(MaildirSource(maildir.path, folders=("Junk",)), {}) == everything[1:]

    def test_names_a_missing_folder_after_reading_the_others(self, maildir: MaildirMailbox) -> None:
        """A folder that is not there is named with those that are, and stops no other."""
        maildir.deliver(write_mail("top"), DAY)
        steps = MaildirSource(maildir.path, folders=("Spam", "INBOX")).poll({}, since=SINCE)
        assert read_subject(next(steps)) == "top"
        with pytest.raises(FolderMissingError, match=r"no folder Spam.*\n.*INBOX"):
            list(steps)

    def test_loses_no_mail_that_is_flagged_meanwhile(self, maildir: MaildirMailbox) -> None:
        """A mail program that moves a mail from new to cur half-way hides it from no poll."""
        for number in range(3):
            maildir.deliver(write_mail(f"mail-{number}"), DAY + timedelta(seconds=number))
        cursors: dict[str, str] = {}
        steps = maildir.open_source().poll(cursors, since=SINCE)
        first = next(steps)
        cursors[first.folder] = first.cursor
        for path in list((maildir.path / "new").iterdir()):
            path.rename(maildir.path / "cur" / f"{path.name}:2,S")
        assert [step.mail for step in steps if step.mail is not None] == []
        again = {subject for _, subject in poll(maildir.open_source(), cursors)}
        assert again >= {"mail-1", "mail-2"}
        assert poll(maildir.open_source(), cursors) == []

    def test_tells_mails_of_the_same_moment_apart(self, maildir: MaildirMailbox) -> None:
        """Mails delivered faster than the clock ticks are each yielded once."""
        cursors: dict[str, str] = {}
        seen = []
        for number in range(40):
            maildir.deliver(write_mail(f"mail-{number}"), DAY)
            seen += [subject for _, subject in poll(maildir.open_source(), cursors)]
        assert seen == [f"mail-{number}" for number in range(40)]

    def test_yields_what_arrived_in_the_newest_mails_moment(self, maildir: MaildirMailbox) -> None:
        """A mail stamped no later than the newest known one, and not known itself, is new."""
        maildir.deliver(write_mail("one"), DAY)
        maildir.deliver(write_mail("two"), DAY)
        cursors: dict[str, str] = {}
        poll(maildir.open_source(), cursors)
        stretch = parse_stretch(cursors["INBOX"])
        assert stretch is not None
        assert len(stretch.marks) == 2
        for known in stretch.marks:
            earlier = {"INBOX": str(replace(stretch, marks=(known,)))}
            assert len(poll(maildir.open_source(), earlier)) == 1
            assert earlier == cursors

    def test_leaves_drafts_of_deliveries_alone(self, maildir: MaildirMailbox) -> None:
        """A mail that is still being written, in tmp, is none yet."""
        (maildir.path / "tmp" / "1.host").write_bytes(write_mail("half"))
        assert poll(maildir.open_source(), {}) == []

    def test_names_a_path_without_a_maildir(self, tmp_path: Path) -> None:
        """A wrong path is the person's to mend."""
        with pytest.raises(UserError, match="no Maildir"):
            poll(MaildirSource(tmp_path), {})

    def test_opens_no_mail_again_when_nothing_is_new(self, maildir: MaildirMailbox) -> None:
        """An idle poll reads the lists of files and hardly a byte of the mails."""
        for number in range(100):
            maildir.deliver(write_mail(f"mail-{number}", size=20_000), DAY)
        time.sleep(0.2)
        maildir.deliver(write_mail("last"), DAY)
        cursors: dict[str, str] = {}
        amounts = []
        for _ in range(2):
            before = bytes_read()
            poll(maildir.open_source(), cursors)
            amounts.append(bytes_read() - before)
        assert amounts[0] > 2_000_000
        assert amounts[1] < 100_000


class TestMbox:
    """An mbox file that grows, is rewritten, or is very large."""

    def test_names_a_missing_file(self, tmp_path: Path) -> None:
        """No file, or a folder in its place, is the person's to mend."""
        for path in (tmp_path / "none", tmp_path):
            with pytest.raises(UserError, match="no mbox file"):
                poll(MboxSource(path), {})

    def test_waits_while_another_program_writes(self, mbox: MboxMailbox) -> None:
        """A file that is locked for delivery is read later, when the mail is whole."""
        mbox.deliver(write_mail("one"), DAY)
        code = (
            "import fcntl, sys\n"
            "file = open(sys.argv[1], 'ab')\n"
            "fcntl.lockf(file, fcntl.LOCK_EX)\n"
            "print('locked', flush=True)\n"
            "sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(mbox.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"locked\n"
            with pytest.raises(TransientError, match="being written"):
                poll(mbox.open_source(), {})
            writer.communicate()
        assert poll(mbox.open_source(), {}) == [("INBOX", "one")]

    def test_reads_a_mail_whole_that_was_half_there(self, mbox: MboxMailbox) -> None:
        """A mail of which only a part was in the file comes whole with the next poll."""
        mbox.deliver(write_mail("one"), DAY)
        whole = mbox.path.read_bytes()
        mbox.path.write_bytes(whole[:-20])
        cursors: dict[str, str] = {}
        poll(mbox.open_source(), cursors)
        mbox.path.write_bytes(whole)
        [step] = [one for one in mbox.open_source().poll(cursors, since=SINCE) if one.mail]
        assert step.mail is not None
        assert step.mail.content == write_mail("one")

    def test_takes_no_sentence_for_a_separator(self, mbox: MboxMailbox) -> None:
        """Text that starts with "From " splits no mail, escaped or not, and is kept as it was."""
        text = b"\n\nFrom here on it gets better.\n\n>From 10:30 on 2026 is quoted.\n"
        mail = write_mail("one").replace(b"\r\n", b"\n") + text
        mbox.path.write_bytes(b"From me@example.org Mon Nov  2 10:00:00 2026\n" + mail + b"\n")
        [step] = [one for one in mbox.open_source().poll({}, since=SINCE) if one.mail]
        assert step.mail is not None
        assert step.mail.content == mail.replace(b"\n>From", b"\nFrom")

    @pytest.mark.parametrize(
        ("separator", "extra", "expected"),
        [
            ("From 17@xxx Mon Nov 02 10:00:00 +0200 2026", "", DAY - timedelta(hours=2)),
            ("From me Mon Nov  2 10:00:00 2026", "", DAY),
            (
                "From me Mon Nov  2 11:00:00 2026",
                "Received: from a\n by b; Mon, 2 Nov 2026 11:00:00 +0100\n",
                DAY,
            ),
            ("From me 10:00 2026", "", None),
        ],
    )
    def test_knows_when_a_mail_came(
        self, mbox: MboxMailbox, separator: str, extra: str, expected: datetime | None
    ) -> None:
        """The separator's time counts with its zone; without one Received is more exact."""
        mail = write_mail("one").replace(b"\r\n", b"\n")
        mbox.path.write_bytes(f"{separator}\n{extra}".encode() + mail + b"\n")
        [step] = [one for one in mbox.open_source().poll({}, since=SINCE) if one.mail]
        assert step.mail is not None
        assert step.mail.received_at == expected

    def test_yields_the_oldest_first_whatever_the_files_order(self, mbox: MboxMailbox) -> None:
        """Google Takeout writes the youngest first; the history is read as it happened."""
        for number in range(5):
            mbox.deliver(write_mail(f"mail-{number}"), DAY - timedelta(days=number))
        seen = [subject for _, subject in poll(mbox.open_source(), {})]
        assert seen == ["mail-4", "mail-3", "mail-2", "mail-1", "mail-0"]

    def test_streams_a_large_file(self, mbox: MboxMailbox) -> None:
        """Fifty megabytes in one line, of a mail that is not ours, are never held at once."""
        mbox.deliver(write_mail("before"), DAY)
        stranger = b"From: a@example.org\n\n" + b"x" * 50_000_000 + b"\n"
        mbox.deliver(stranger, DAY)
        mbox.deliver(write_mail("huge") + b"y" * 20_000_000 + b"\n", DAY)
        mbox.deliver(write_mail("after"), DAY)
        tracemalloc.start()
        steps = list(mbox.open_source().poll({}, since=SINCE))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [read_subject(step) for step in steps if step.mail] == ["before", "after"]
        assert [step.refusal is not None for step in steps] == [False, True, False, False]
        assert peak < 5_000_000

    def test_is_not_slowed_by_a_hostile_separator(self, mbox: MboxMailbox) -> None:
        """A line made of half separators costs no more than any other."""
        mbox.deliver(write_mail("one"), DAY)
        with mbox.path.open("ab") as file:
            file.write(b"\nFrom x " + b"10:00 " * 200_000 + b"\n\n")
        mbox.deliver(write_mail("two"), DAY)
        start = time.process_time()
        assert [subject for _, subject in poll(mbox.open_source(), {})] == ["one", "two"]
        assert time.process_time() - start < 1

    def test_notices_a_rewriting_that_keeps_every_length(self, mbox: MboxMailbox) -> None:
        """Other mails in the places of the known ones are new mails."""
        mbox.deliver(write_mail("one"), DAY)
        mbox.deliver(write_mail("two"), DAY)
        cursors: dict[str, str] = {}
        poll(mbox.open_source(), cursors)
        mbox.path.write_bytes(mbox.path.read_bytes().replace(b"two", b"six"))
        assert [subject for _, subject in poll(mbox.open_source(), cursors)] == ["one", "six"]
