"""`aliwatch once` seeks proofs that are still pending, as the daemon does."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import MAIL_SERVER, Household, closed
from watcher.adapters.sql.store import SqlStore
from watcher.app.compose import STATE_FILE

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
LATER = ("--now", "2026-11-22T08:10:00Z")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.mark.parametrize("marked", [True, False], ids=["pending", "not pending"])
def test_pending_proof_is_sought_by_once(tmp_path: Path, receiver: Receiver, marked: bool) -> None:
    """Only a mail with the mark is read again; what proves it now lifts the case."""
    maildir = MaildirMailbox(tmp_path / "Maildir")
    sent = NOW - timedelta(hours=2)
    maildir.deliver(closed("8012345678901234", sent), sent)
    household = Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
[account.home]
maildir = "{maildir.path}"
dkim = false

[channel.hook]
url = "json://{receiver.address}/"
""",
    )
    household.run("once", *AT_NOW)
    [case] = household.run_json("cases", *AT_NOW)
    assert case["authenticity"] == "unknown"

    # As if the key had been out of reach; what can prove the mail now is the server's word.
    with closing(SqlStore.open(household.state / STATE_FILE)) as store, store.writing() as books:
        [digest] = books.digests()
        books.seek_proof(digest, NOW if marked else None)
    trust = f'trusted_authserv = ["{MAIL_SERVER}"]\ndkim = false'
    household.write_settings(household.settings.replace("dkim = false", trust))
    household.run("once", *LATER)

    [case] = household.run_json("cases", *LATER)
    assert case["authenticity"] == ("pass" if marked else "unknown")
    assert len(household.titles()) == 1
