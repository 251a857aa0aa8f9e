"""A folder that the settings name and the mailbox has not: told once, and the rest goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import ImapMailbox
from system.household import Household, closed

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MISSING = "A folder of mailbox home is missing"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def household(tmp_path: Path, pymap_mailbox: ImapMailbox, receiver: Receiver) -> Household:
    """Answer a household whose settings name a folder that is not there."""
    (tmp_path / "imap-password").write_text("open-sesame\n")
    (tmp_path / "imap-password").chmod(0o600)
    return Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
[account.home]
host = "127.0.0.1"
port = {pymap_mailbox.server.port}
user = "{pymap_mailbox.user}"
password = {{ file = "imap-password" }}
tls = "none"
folders = ["INBOX", "Orders"]
dkim = false

[channel.hook]
url = "json://{receiver.address}/"
""",
    )


def once(household: Household, minute: int, code: int) -> list[str]:
    """Run once at some minute; answer the titles that arrived by it."""
    before = len(household.titles())
    household.run(
        "once", "--now", f"{NOW + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}", code=code
    )
    return household.titles()[before:]


def test_missing_folder_is_told_once_and_the_others_are_read(
    household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """No pause grows and nothing is repeated; it is told anew after the folder was there."""
    assert once(household, 0, 78) == [MISSING]
    for minute in range(1, 4):
        order = f"801234567890123{minute}"
        at = NOW + timedelta(minutes=minute)
        pymap_mailbox.deliver(closed(order, at), at)
        [title] = once(household, minute, 78)
        assert order in title
    parts = {one["part"]: one["ok"] for one in household.run_json("status")[:-1]}
    assert parts == {"account": True, "channel": True, "folder": False}
    with pymap_mailbox.enter() as client:
        client.create_folder("Orders")
    assert once(household, 10, 0) == []
    assert [one["part"] for one in household.run_json("status")[:-1]] == ["account", "channel"]
    with pymap_mailbox.enter() as client:
        client.delete_folder("Orders")
    assert once(household, 20, 78) == [MISSING]


def test_account_without_any_of_its_folders_fails_as_a_whole(household: Household) -> None:
    """Where nothing can be read, the account itself is what is told of."""
    household.write_settings(household.settings.replace('"INBOX", ', ""))
    [title] = once(household, 0, 78)
    assert title == "Mailbox home cannot be read"
