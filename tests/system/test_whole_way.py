"""The whole way of a mail, as a person runs it: real server, real process, real web hook."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import ImapMailbox, MaildirMailbox
from system.household import PATIENCE, Household, closed, confirmed, write_order_mail

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
ORDER = "8012345678901234"
OTHER = "8012345678905678"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


def make_household(folder: Path, mailbox: ImapMailbox, receiver: Receiver) -> Household:
    """Write the fifteen lines of settings a person writes."""
    (folder / "imap-password").write_text("open-sesame\n")
    (folder / "imap-password").chmod(0o600)
    return Household(
        folder=folder,
        receiver=receiver,
        settings=f"""
zone = "Europe/Berlin"
quiet = {{ weekly = "off" }}

[account.home]
host = "127.0.0.1"
port = {mailbox.server.port}
user = "{mailbox.user}"
password = {{ file = "imap-password" }}
tls = "none"
folders = ["INBOX"]
trusted_authserv = ["mx.example.org"]
dkim = false

[channel.hook]
url = "json://{receiver.address}/"
""",
    )


@pytest.fixture
def household(tmp_path: Path, imap_mailbox: ImapMailbox, receiver: Receiver) -> Household:
    """Answer a household with an empty mailbox, on each server in turn."""
    return make_household(tmp_path, imap_mailbox, receiver)


@pytest.fixture
def pymap_household(tmp_path: Path, pymap_mailbox: ImapMailbox, receiver: Receiver) -> Household:
    """Answer a household on pymap alone, where the server makes no difference."""
    return make_household(tmp_path, pymap_mailbox, receiver)


def deliver(mailbox: ImapMailbox, *mails: tuple[bytes, datetime]) -> None:
    """Append mails with the times at which the server got them."""
    for content, received_at in mails:
        mailbox.deliver(content, received_at)


def test_a_closed_order_comes_to_one_alert_with_all_it_takes_to_act(
    household: Household, imap_mailbox: ImapMailbox
) -> None:
    """Amount, last day, link, letter and the command to type reach the web hook; once."""
    bought, ended = NOW - timedelta(days=12), NOW - timedelta(hours=18)
    deliver(
        imap_mailbox,
        (confirmed(ORDER, bought), bought),
        (write_order_mail("Lunch?", "Shall we?", bought, sender="bob@example.org"), bought),
        (closed(ORDER, ended), ended),
    )
    before = imap_mailbox.look()

    first = household.run_json("once", *AT_NOW)
    second = household.run_json("once", *AT_NOW)

    assert first[-1] == {"alerts": 1, "sent": {"hook": 1}}
    assert second[-1] == {"alerts": 0, "sent": {"hook": 0}}
    [alert] = household.alerts()
    assert ORDER in alert["title"]
    assert "€49.90" in alert["title"]
    for promised in (
        "Dec 18, 2026",  # 20 working days after Saturday the 21st, in Berlin
        f"orderId={ORDER}",
        f"my order {ORDER}",
        f"aliwatch did {ORDER} contact_seller",
    ):
        assert promised in alert["message"]
    [case] = household.run_json("cases", *AT_NOW)
    assert case["order"] == ORDER
    assert (case["state"], case["authenticity"], case["done"]) == ("owed", "pass", False)
    assert (case["amount"], case["currency"]) == ("49.90", "EUR")
    assert (case["opened"], case["deadline"]) == ("2026-11-21", "2026-12-18")
    assert case["next_step"] == "contact_seller"
    assert case["account"] == "home"
    assert imap_mailbox.look() == before


def test_a_first_run_over_old_mail_sends_one_summary_and_the_fresh_closing(
    household: Household, imap_mailbox: ImapMailbox
) -> None:
    """Ten old closings are one alert; yesterday's is an alert of its own."""
    for number in range(10):
        order = f"80123456789000{number:02}"
        bought, ended = NOW - timedelta(days=60), NOW - timedelta(days=40 - number)
        deliver(imap_mailbox, (confirmed(order, bought), bought), (closed(order, ended), ended))
    ended = NOW - timedelta(hours=10)
    deliver(imap_mailbox, (closed(ORDER, ended), ended))

    household.run("once", *AT_NOW)

    own, summary = sorted(household.alerts(), key=lambda alert: "10 " in alert["title"])
    assert ORDER in own["title"]
    assert all(f"80123456789000{number:02}" in summary["message"] for number in range(10))
    assert len(household.run_json("cases", *AT_NOW)) == 11


def test_the_ladder_is_climbed_until_the_money_is_back(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """Reminder, dispute and complaint come in their time; after `received` nothing comes."""
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))
    steps = {
        "2026-11-22T09:00:00Z": "closed",
        "2026-12-16T12:00:00Z": "still missing",
        "2026-12-18T12:00:00Z": "open a dispute",
        "2026-12-26T12:00:00Z": "file a complaint",
    }
    for moment, words in steps.items():
        pymap_household.run("once", "--now", moment)
        assert words in pymap_household.titles()[-1]
    assert len(pymap_household.titles()) == len(steps)

    pymap_household.run("received", ORDER, "--now", "2026-12-28T12:00:00Z")
    pymap_household.run("once", "--now", "2027-03-01T12:00:00Z")

    assert len(pymap_household.titles()) == len(steps)
    [case] = pymap_household.run_json("cases", "--now", "2027-03-01T12:00:00Z")
    assert (case["state"], case["done"], case["next_step"]) == ("settled", True, None)


def test_after_a_pause_only_the_step_that_counts_now_is_sent(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """A machine that slept through the reminder and the dispute is told of the complaint."""
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))
    pymap_household.run("once", "--now", "2026-11-22T09:00:00Z")

    pymap_household.run("once", "--now", "2026-12-26T12:00:00Z")

    assert len(pymap_household.titles()) == 2
    assert "file a complaint" in pymap_household.titles()[-1]


def test_a_forged_refund_mail_changes_nothing_and_is_told(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """The case stays owed; the person hears that a mail of unproven origin claims a refund."""
    later = NOW + timedelta(hours=1)
    forged = write_order_mail(
        f"Refund issued for order {ORDER}", "Your refund is done.", later, proven=False
    )
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))
    pymap_household.run("once", *AT_NOW)
    deliver(pymap_mailbox, (forged, later))

    pymap_household.run("once", "--now", "2026-11-22T10:00:00Z")

    [case] = pymap_household.run_json("cases", "--now", "2026-11-22T10:00:00Z")
    assert case["state"] == "owed"
    assert "unproven" in pymap_household.titles()[-1]


def test_a_refused_login_is_told_once_and_shown_in_status(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """Exit code 78, one alert however often it is tried, the password nowhere in the output."""
    (pymap_household.folder / "imap-password").write_text("wrong-Passw0rd\n")

    first = pymap_household.run("once", *AT_NOW, code=78)
    second = pymap_household.run("once", *AT_NOW, code=78)

    assert len(pymap_household.titles()) == 1
    assert "home" in pymap_household.titles()[0]
    shown = pymap_household.run("status", *AT_NOW).stdout
    assert "failing since" in shown
    assert pymap_mailbox.user in shown
    assert "wrong-Passw0rd" not in first.stderr + second.stderr + shown

    (pymap_household.folder / "imap-password").write_text("open-sesame\n")
    pymap_household.run("once", *AT_NOW)

    assert "again" in pymap_household.titles()[-1]


def test_an_unreachable_server_is_temporary_and_told_once(pymap_household: Household) -> None:
    """Exit code 75, a clear line, one alert."""
    text = pymap_household.settings.replace("port = ", "port = 1 # ")
    pymap_household.write_settings(text)

    failed = pymap_household.run("once", *AT_NOW, code=75)
    pymap_household.run("once", *AT_NOW, code=75)

    assert "home" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(pymap_household.titles()) == 1


def test_a_missing_folder_is_told_and_the_others_are_read(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """The closing in INBOX is found although the other folder does not exist."""
    deliver(pymap_mailbox, (closed(ORDER, NOW), NOW))
    text = pymap_household.settings.replace('["INBOX"]', '["INBOX", "Nowhere"]')
    pymap_household.write_settings(text)

    failed = pymap_household.run("once", *AT_NOW, code=78)

    assert "Nowhere" in failed.stderr
    titles = " ".join(pymap_household.titles())
    assert ORDER in titles
    assert "home" in titles


def test_a_channel_that_is_down_keeps_its_alert_and_gets_it_later(
    pymap_household: Household, pymap_mailbox: ImapMailbox, receiver: Receiver
) -> None:
    """One failure is exit code 75; the alert comes when the service is back, and comes once."""
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))
    receiver.script(500)

    pymap_household.run("once", *AT_NOW, code=75)
    pymap_household.run("once", "--now", "2026-11-22T08:10:00Z")
    pymap_household.run("once", "--now", "2026-11-22T08:20:00Z")

    assert len(receiver.posts) == 2  # the refused one, and the one that was taken
    assert len({post.json()["title"] for post in receiver.posts}) == 1


def test_a_broken_mail_is_set_aside_and_the_next_one_is_read(
    tmp_path: Path, receiver: Receiver
) -> None:
    """A mail of 5,000 nested parts is recorded, reported, and does not hide the closing."""
    maildir = MaildirMailbox(tmp_path / "Maildir")
    household = Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
[account.home]
maildir = "Maildir"
[channel.hook]
url = "json://{receiver.address}/"
""",
    )
    nest = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth)
        for depth in range(5000)
    )
    bad = b"From: AliExpress <transaction@notice.aliexpress.com>\r\nSubject: x\r\n" + nest
    maildir.deliver(bad, NOW)
    maildir.deliver(closed(ORDER, NOW), NOW)

    [account, _] = household.run_json("once", *AT_NOW)

    assert account["set_aside"] == 1
    assert any(ORDER in title for title in household.titles())
    assert any("could not be read" in title for title in household.titles())


def test_a_full_disk_marks_nothing_as_read_that_was_not_stored(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """Exit code 75 while it is full; with room again every order is there, told once."""
    orders = [f"80123456789000{number:02}" for number in range(40)]
    pymap_household.run("once", *AT_NOW)
    for order in orders:
        # Text that does not compress, so that the file has to grow.
        noise = os.urandom(6000).hex()
        mail = write_order_mail(
            f"Order {order}: order confirmed", f"Your order {order} is confirmed. {noise}", NOW
        )
        deliver(pymap_mailbox, (mail, NOW))
    deliver(pymap_mailbox, (closed(orders[-1], NOW), NOW))
    size = (pymap_household.state / "aliwatch.sqlite3").stat().st_size

    def fill_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100_000, size + 100_000))

    failed = pymap_household.run("once", *AT_NOW, code=75, before=fill_disk)
    pymap_household.run("once", *AT_NOW)

    assert "Traceback" not in failed.stderr
    known = pymap_household.run_json("cases", "--all", *AT_NOW)
    assert {case["order"] for case in known} == set(orders)
    assert [title for title in pymap_household.titles() if "closed" in title] != []
    assert len(pymap_household.titles()) == len(set(pymap_household.titles()))


def test_a_dry_scan_shows_what_would_be_sent_and_leaves_no_trace(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """Nothing arrives, no case is kept; afterwards a real scan finds the same."""
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))

    shown = pymap_household.run("scan", "--dry-run", *AT_NOW).stdout

    assert ORDER in shown
    assert pymap_household.alerts() == []
    assert pymap_household.run_json("cases", *AT_NOW) == []
    pymap_household.run("scan", "--since", "2026-11-01", *AT_NOW)
    assert len(pymap_household.alerts()) == 1


def test_a_dry_scan_makes_no_state_and_prints_each_alert_as_json(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """A try on a machine without a state leaves not even a folder."""
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))

    lines = pymap_household.run_json("scan", "--dry-run", *AT_NOW)

    assert not pymap_household.state.exists()
    [alert] = [line for line in lines if "title" in line]
    assert set(alert) == {"channel", "severity", "title", "body"}
    assert alert["channel"] == "hook"
    assert ORDER in alert["title"]
    assert lines[-1] == {"alerts": 1, "sent": {}}


def test_a_dry_scan_shows_only_what_it_would_add(
    pymap_household: Household, pymap_mailbox: ImapMailbox, receiver: Receiver
) -> None:
    """An alert that already waits for its channel is not the rehearsal's doing."""
    deliver(pymap_mailbox, (confirmed(OTHER, NOW), NOW), (closed(OTHER, NOW), NOW))
    receiver.script(500)
    pymap_household.run("once", *AT_NOW, code=75)
    deliver(pymap_mailbox, (confirmed(ORDER, NOW), NOW), (closed(ORDER, NOW), NOW))
    later = ("--now", "2026-11-22T08:10:00Z")

    shown = pymap_household.run("scan", "--dry-run", *later, code=75).stdout

    assert ORDER in shown
    assert OTHER not in shown


def test_the_running_daemon_hears_of_new_mail_and_of_the_persons_acts(
    household: Household, imap_mailbox: ImapMailbox
) -> None:
    """IDLE brings a closing long before the next poll; `close` on the command line ends it."""
    now = datetime.now(UTC)  # noqa: TID251 -- the daemon runs on the machine's clock
    deliver(imap_mailbox, (confirmed(ORDER, now), now))
    with household.daemon() as daemon:
        household.wait_for(lambda: "events=1" in household.log(), "the first poll")
        deliver(imap_mailbox, (closed(ORDER, now), now))
        household.wait_for(household.alerts, "the alert")

        second = subprocess.run(
            household.command("run"), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert second.returncode == 75
        assert str(daemon.pid) in second.stderr

        household.run("close", ORDER)
        assert "running" in household.run("status").stdout
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE) == 0
    assert [case["state"] for case in household.run_json("cases")] == ["dismissed"]
    assert len(household.alerts()) == 1


def is_settled(household: Household) -> bool:
    """Whether the books know that the alerts arrived."""
    return any(part.get("deliveries", {}).get("delivered") for part in household.run_json("status"))


def test_a_killed_daemon_goes_on_where_it_was_and_says_nothing_twice(
    pymap_household: Household, pymap_mailbox: ImapMailbox
) -> None:
    """After SIGKILL the next start reads what came meanwhile, and repeats no alert."""
    now = datetime.now(UTC)  # noqa: TID251 -- the daemon runs on the machine's clock
    deliver(pymap_mailbox, (confirmed(ORDER, now), now), (closed(ORDER, now), now))
    with pymap_household.daemon() as daemon:
        pymap_household.wait_for(pymap_household.alerts, "the first alert")
        # Between the channel's yes and its note a crash may repeat; this is about after it.
        pymap_household.wait_for(lambda: is_settled(pymap_household), "the note of it")
        daemon.kill()
        daemon.wait(PATIENCE)
    deliver(pymap_mailbox, (confirmed(OTHER, now), now), (closed(OTHER, now), now))

    with pymap_household.daemon():
        pymap_household.wait_for(lambda: len(pymap_household.alerts()) > 1, "the second alert")
        pymap_household.run("note", ORDER, "still", "waiting")

    told = pymap_household.titles()
    assert len(told) == 2
    assert OTHER in told[1]
