"""Mails that only claim to be AliExpress's, from the mailbox to the alert, as a person runs it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import MAIL_SERVER, Household, closed, confirmed

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
NEXT_WEEK = ("--now", "2026-11-29T08:00:00Z")
ORDER = "8012345678901234"
OTHER = "8012345678905678"
BOUGHT = NOW - timedelta(hours=30)
SENT = NOW - timedelta(hours=2)
REPORT = "1 mail pretending to be AliExpress"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def maildir(tmp_path: Path) -> MaildirMailbox:
    """Answer a mailbox in which one order was confirmed."""
    maildir = MaildirMailbox(tmp_path / "Maildir")
    maildir.deliver(confirmed(ORDER, BOUGHT), BOUGHT)
    return maildir


@pytest.fixture
def household(tmp_path: Path, maildir: MaildirMailbox, receiver: Receiver) -> Household:
    """Answer a household that trusts its server's word and has read the confirmation."""
    household = Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
[account.home]
maildir = "{maildir.path}"
trusted_authserv = ["{MAIL_SERVER}"]
forwarders = ["aliexpress@me.example"]
dkim = false

[channel.hook]
url = "json://{receiver.address}/"
""",
    )
    household.run("once", *AT_NOW)
    return household


def live(household: Household) -> list[str]:
    """Read and send, twice and again a week later; answer what arrived."""
    for moment in (AT_NOW, AT_NOW, NEXT_WEEK):
        household.run("once", *moment)
    return [title for title in household.titles() if "pretending" in title]


def states(household: Household) -> list[str]:
    """Where the money of each order is, cases or not."""
    return [case["state"] for case in household.run_json("cases", "--all", *NEXT_WEEK)]


@pytest.mark.parametrize("order", [ORDER, OTHER])
def test_failed_check_opens_nothing_and_is_reported_once(
    household: Household, maildir: MaildirMailbox, order: str
) -> None:
    """The receiving server says that it is no mail of AliExpress's: one notice, no case."""
    mail = closed(order, SENT).replace(b"dmarc=pass", b"dmarc=fail")
    assert b"dmarc=fail" in mail
    maildir.deliver(mail, SENT)
    assert live(household) == [REPORT]
    assert states(household) == ["ordered"]


@pytest.mark.parametrize(
    "sender",
    [
        "AliExpress <transaction@aliexpresse.eu>",
        "AliExpress <transaction@notice.aliexpress.com.orders.example>",
        "AliExpress <transaction@notice.xn--liexpress-g4g.com>",
        "AliExpress <orders@friendly.example>",
        '"transaction@notice.aliexpress.com" <orders@friendly.example>',
        "=?utf-8?q?Ali=45xpress?= <orders-aliexpress@friendly.example>",
    ],
    ids=["look-alike", "longer", "homograph", "name only", "address as name", "encoded name"],
)
def test_look_alike_that_knows_an_order_is_reported_once(
    household: Household, maildir: MaildirMailbox, sender: str
) -> None:
    """Whoever knows the number may be believed: the person is told, and no case is touched."""
    # Such a sender passes the checks: of its own domain.
    maildir.deliver(closed(ORDER, SENT, sender=sender), SENT)
    assert live(household) == [REPORT]
    assert states(household) == ["ordered"]


def test_look_alike_that_guesses_is_spam_like_any_other(
    household: Household, maildir: MaildirMailbox
) -> None:
    """A number that is nobody's order here is not worth a word."""
    sender = "AliExpress <transaction@aliexpresse.eu>"
    maildir.deliver(closed(OTHER, SENT, sender=sender), SENT)
    assert live(household) == []
    assert states(household) == ["ordered"]


def test_forwarder_of_the_persons_own_is_no_imitator(
    household: Household, maildir: MaildirMailbox
) -> None:
    """Somebody listed who writes about an order by hand is not accused."""
    sender = "My AliExpress mails <aliexpress@me.example>"
    maildir.deliver(closed(ORDER, SENT, sender=sender), SENT)
    assert live(household) == []


def test_replay_leaves_an_imitation_what_it_is(
    household: Household, maildir: MaildirMailbox
) -> None:
    """Reading the stored mails again changes nothing about it."""
    sender = "AliExpress <transaction@aliexpresse.eu>"
    maildir.deliver(closed(ORDER, SENT, sender=sender), SENT)
    live(household)
    assert household.run_json("replay", "--dry-run") == []
