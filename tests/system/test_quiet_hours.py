"""Quiet hours and the digest, as a person sets them and sees them on the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import Household, closed, confirmed

ORDERS = ("8012345678901234", "8098765432109876")
EVENING = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
NIGHT = ("--now", "2026-11-22T22:00:00Z")
MORNING = ("--now", "2026-11-23T07:00:00Z")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def sleeper(tmp_path: Path, receiver: Receiver) -> Household:
    """Answer somebody in Berlin who sleeps from ten to eight; two orders were closed late."""
    maildir = MaildirMailbox(tmp_path / "Maildir")
    for order in ORDERS:
        bought = EVENING - timedelta(days=3)
        maildir.deliver(confirmed(order, bought), bought)
        maildir.deliver(closed(order, EVENING), EVENING)
    settings = f"""
zone = "Europe/Berlin"

[account.home]
maildir = "Maildir"
trusted_authserv = ["mx.example.org"]
dkim = false

[channel.phone]
url = "json://{receiver.address}/"

[quiet]
hours = "22:00-08:00"
weekly = "sun 23:15"
"""
    return Household(folder=tmp_path, receiver=receiver, settings=settings)


def test_night_is_quiet_and_the_morning_tells_it_in_one(sleeper: Household) -> None:
    """Decided at night, seen by a rehearsal, sent at eight; the phone gets one alert of both."""
    sleeper.write_settings(sleeper.settings.replace("sun 23:15", "off"))
    shown = sleeper.run_json("scan", "--dry-run", *NIGHT)
    assert [line["title"] for line in shown if "title" in line] == [
        "2 orders (€99.80): contact the seller"
    ]
    assert sleeper.run_json("once", *NIGHT)[-1] == {"alerts": 1, "sent": {"phone": 0}}
    assert sleeper.titles() == []
    sleeper.run("once", *MORNING)
    assert sleeper.titles() == ["2 orders (€99.80): contact the seller"]
    sleeper.run("once", "--now", "2026-11-23T07:05:00Z")
    assert len(sleeper.titles()) == 1


def test_step_done_in_the_night_is_not_asked_in_the_morning(sleeper: Household) -> None:
    """What is left is told: the summary of the week, which came due in the night, and alone."""
    sleeper.run("once", "--now", "2026-11-22T21:45:00Z")
    sleeper.run("once", "--now", "2026-11-22T22:20:00Z")
    for order in ORDERS:
        sleeper.run("did", order, "contact_seller", "--now", "2026-11-22T22:30:00Z")
    sleeper.run("once", *MORNING)
    assert sleeper.titles() == ["Your week: €99.80 to get back"]
