"""`aliwatch doctor` on mailboxes of every kind: it names the line that proves AliExpress's mail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import ImapMailbox, MaildirMailbox, MboxMailbox
from system.household import MAIL_SERVER, Household, closed, write_order_mail
from watcher.adapters.imap.samples import sample_headers
from watcher.adapters.machine_clock import machine_now
from watcher.adapters.mail.authserv import learn_servers
from watcher.adapters.rule_files import load_senders

pytestmark = pytest.mark.long

NOW = machine_now()  # what `doctor` goes by
FRIENDS = ("bob@friends.example", "news@paper.example", "shop@books.example")


class Box(Protocol):
    """Takes mails in."""

    def deliver(self, content: bytes, received_at: datetime) -> None:
        """Put a mail into the INBOX."""
        ...

    def look(self) -> object:
        """What a reader might have changed."""
        ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture(
    params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot), "maildir", "mbox"]
)
def box_and_lines(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Box, str]:
    """A mailbox of each kind, and the settings' lines that say where it is."""
    match request.param:
        case "maildir":
            maildir = MaildirMailbox(tmp_path / "Maildir")
            return maildir, f'maildir = "{maildir.path}"'
        case "mbox":
            mbox = MboxMailbox(tmp_path / "takeout.mbox")
            return mbox, f'mbox = "{mbox.path}"'
        case kind:
            mailbox: ImapMailbox = request.getfixturevalue(f"{kind}_mailbox")
            (tmp_path / "imap-password").write_text("open-sesame\n")
            (tmp_path / "imap-password").chmod(0o600)
            return mailbox, (
                f'host = "127.0.0.1"\nport = {mailbox.server.port}\nuser = "{mailbox.user}"\n'
                'password = { file = "imap-password" }\ntls = "none"\nfolders = ["INBOX"]'
            )


@pytest.fixture
def box(box_and_lines: tuple[Box, str]) -> Box:
    """Answer the mailbox."""
    return box_and_lines[0]


@pytest.fixture
def household(tmp_path: Path, box_and_lines: tuple[Box, str], receiver: Receiver) -> Household:
    """Answer a household that trusts nobody yet."""
    return Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
zone = "Europe/Berlin"

[account.home]
{box_and_lines[1]}
# trust

[channel.hook]
url = "json://{receiver.address}/"
""",
    )


def fill(box: Box, *, server_speaks: bool) -> None:
    """Put closing mails and other people's into the mailbox, over two weeks."""
    for day in range(14):
        at = NOW - timedelta(days=20 - day)
        text = f"Lunch on day {day}?"
        sender = FRIENDS[day % 3]
        # The household's line says `dmarc=pass`; whose mail it is on makes no difference here.
        box.deliver(write_order_mail(text, text, at, sender=sender, proven=server_speaks), at)
    for day in range(3):
        at = NOW - timedelta(days=3 - day)
        box.deliver(closed(f"801234567890123{day}", at), at)


def trust(household: Household, code: int = 0) -> dict[str, Any]:
    """Answer what doctor says of the account's trust."""
    checks = household.run_json("doctor", code=code)
    [found] = [check for check in checks if check["check"] == "account home: trust"]
    return found


def test_line_is_proposed_and_once_written_all_is_well(household: Household, box: Box) -> None:
    """The exact line and its section; nothing in the mailbox is changed by looking."""
    fill(box, server_speaks=True)
    before = box.look()
    found = trust(household)
    line = f'trusted_authserv = ["{MAIL_SERVER}"]'
    assert found["ok"]
    assert found["fix"] == f"under [account.home] write: {line}"
    assert box.look() == before
    household.write_settings(household.settings.replace("# trust", line))
    found = trust(household)
    assert (found["ok"], found["fix"]) == (True, "")
    assert f"{MAIL_SERVER} proves 3 of the 3" in found["detail"]


def test_wrong_name_in_the_settings_is_a_fault(household: Household, box: Box) -> None:
    """A server that is believed and never speaks proves nothing; the right one is named."""
    fill(box, server_speaks=True)
    wrong = 'trusted_authserv = ["mx.elsewhere.example"]'
    household.write_settings(household.settings.replace("# trust", wrong))
    found = trust(household, code=78)
    assert not found["ok"]
    assert f'"{MAIL_SERVER}"' in found["fix"]
    assert "elsewhere" not in found["fix"]


def test_name_that_a_sender_could_have_planted_is_not_proposed(
    household: Household, box: Box
) -> None:
    """Only mails "from AliExpress" carry it: that is what a forger's mails look like."""
    fill(box, server_speaks=False)
    found = trust(household)
    assert found["ok"]
    assert found["fix"] == ""
    assert MAIL_SERVER not in found["detail"]


def test_folder_of_aliexpress_mail_alone_is_compared_with_the_inbox(
    imap_mailbox: ImapMailbox,
) -> None:
    """A rule that moves these mails away leaves nothing to compare with in their own folder."""
    with imap_mailbox.enter() as client:
        client.create_folder("Orders")
    for day in range(9):
        at = NOW - timedelta(days=20 - day)
        lunch = write_order_mail(f"Lunch {day}", "Shall we?", at, sender=FRIENDS[day % 3])
        imap_mailbox.deliver(lunch, at)
        imap_mailbox.deliver(closed(f"801234567890123{day}", at), at, folder="Orders")
    account = imap_mailbox.make_account(folders=("Orders",))
    mails = sample_headers(account, now=NOW, claiming=5, others=7)
    assert len(mails) == 12
    assert all(mail.received_at is not None for mail in mails)
    assert not any(b"<p>" in mail.content for mail in mails), "headers only"
    lesson = learn_servers(mails, load_senders())
    assert (lesson.servers, lesson.proven) == ((MAIL_SERVER,), 5)
