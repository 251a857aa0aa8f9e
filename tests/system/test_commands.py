"""The commands as a person types them, on cases that real mails opened."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receivers.http import Receiver, http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import Household, closed, confirmed, write_order_mail
from watcher.cli.main import app

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
ORDER = "8012345678901234"
ASKED = "8012345678905678"
UNKNOWN = "8000000000000000"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def household(tmp_path: Path, receiver: Receiver) -> Household:
    """Answer a household with one order that is owed and one that is asked about."""
    maildir = MaildirMailbox(tmp_path / "Maildir")
    bought, ended = NOW - timedelta(days=3), NOW - timedelta(days=1)
    for content, at in (
        (confirmed(ORDER, bought), bought),
        (closed(ORDER, ended), ended),
        (closed(ASKED, ended, proven=False), ended),
    ):
        maildir.deliver(content, at)
    household = Household(
        folder=tmp_path,
        receiver=receiver,
        settings=f"""
zone = "Europe/Berlin"
quiet = {{ weekly = "off" }}
[account.home]
maildir = "Maildir"
trusted_authserv = ["mx.example.org"]
dkim = false
[channel.hook]
url = "json://{receiver.address}/"
""",
    )
    household.run("once", *AT_NOW)
    return household


def find_case(household: Household, order: str, *options: str) -> dict[str, object]:
    """Answer one case as `cases --json` prints it."""
    [found] = [
        case for case in household.run_json("cases", *options, *AT_NOW) if case["order"] == order
    ]
    return found


def test_cases_in_a_pipe_are_plain_lines_with_tabs(household: Household) -> None:
    """A heading and one line a case, for `cut` and `awk`."""
    lines = household.run("cases", *AT_NOW).stdout.splitlines()

    assert lines[0].split("\t")[0] == "ORDER"
    assert {line.split("\t")[0] for line in lines[1:]} == {ORDER, ASKED}


def test_case_shows_how_the_days_were_counted_and_what_happened(household: Household) -> None:
    """The start, the weekends, the history with its witnesses."""
    shown = household.run("case", ORDER, *AT_NOW).stdout

    assert "last day 2026-12-18" in shown
    assert "20 working days after Sat 2026-11-21" in shown
    assert "weekend days not counted" in shown
    assert "order closed  [mail to home, origin pass]" in shown
    [facts] = household.run_json("case", ORDER, *AT_NOW)
    assert facts["clocks"][0]["deadline"] == "2026-12-18"
    assert [event["kind"] for event in facts["history"]] == ["order_confirmed", "order_closed"]


def test_an_unproven_case_says_so(household: Household) -> None:
    """In the list, in the JSON, and in the case itself."""
    assert find_case(household, ASKED)["authenticity"] == "unknown"
    assert "unproven" in household.run("cases", *AT_NOW).stdout
    assert "unproven origin" in household.run("case", ASKED, *AT_NOW).stdout


def test_a_step_done_is_not_asked_again_and_the_next_is_named(household: Household) -> None:
    """`did` names what comes next, and `cases` agrees."""
    said = household.run("did", ORDER, "contact_seller", *AT_NOW).stdout

    assert "look at the refund page" in said
    assert find_case(household, ORDER)["next_step"] == "check_refund"


def test_saying_that_it_was_paid_makes_the_money_owed(household: Household) -> None:
    """The answer to the question opens the ladder, and its first alert follows."""
    household.run("did", ASKED, "check_payment", *AT_NOW)
    household.run("once", *AT_NOW)

    assert find_case(household, ASKED)["state"] == "owed"
    assert any("to get back" in title or "due back" in title for title in household.titles())


def test_a_part_of_the_money_keeps_the_case_open_for_the_rest(household: Household) -> None:
    """20 of 49.90 leave 29.90 to follow; the rest settles it."""
    household.run("received", ORDER, "20,00", *AT_NOW)
    assert (find_case(household, ORDER)["state"], find_case(household, ORDER)["remaining"]) == (
        "owed",
        "29.90",
    )

    household.run("received", ORDER, "--now", "2026-11-22T09:00:00Z")

    case = find_case(household, ORDER)
    assert (case["state"], case["done"], case["received"]) == ("settled", True, "49.90")


def test_a_snoozed_case_is_quiet_until_its_day(household: Household) -> None:
    """Nothing before, the same step again on the morning of the day."""
    before = len(household.titles())
    household.run("snooze", ORDER, "3d", *AT_NOW)

    household.run("once", "--now", "2026-11-24T12:00:00Z")
    assert len(household.titles()) == before
    assert find_case(household, ORDER)["next_due"] == "2026-11-25T08:00:00+00:00"

    household.run("once", "--now", "2026-11-25T12:00:00Z")
    assert len(household.titles()) == before + 1
    assert ORDER in household.titles()[-1]


def test_a_closed_case_can_be_reopened(household: Household) -> None:
    """`close` ends it, `reopen` asks again."""
    household.run("close", ORDER, *AT_NOW)
    assert find_case(household, ORDER)["done"] is True
    told = len(household.titles())

    household.run("reopen", ORDER, "--now", "2026-11-22T09:00:00Z")
    household.run("once", "--now", "2026-11-22T09:05:00Z")

    assert find_case(household, ORDER)["state"] == "owed"
    assert len(household.titles()) == told + 1


def test_a_note_is_kept_with_the_case(household: Household) -> None:
    """It stands in the history, in the person's own words."""
    household.run("note", ORDER, "seller", "promised", "Friday", *AT_NOW)

    assert "seller promised Friday" in household.run("case", ORDER, *AT_NOW).stdout


def test_the_letter_is_filled_in_and_nothing_but_the_letter(household: Household) -> None:
    """Order and amount are in it, ready to be piped into a clipboard."""
    letter = household.run("letter", ORDER, "contact_seller", *AT_NOW).stdout

    assert ORDER in letter
    assert "€49.90" in letter
    assert "aliwatch" not in letter


MISTAKES = [
    (("case", UNKNOWN), "cases --all"),
    (("case", "12"), "12 to 20 digits"),
    (("did", ORDER, "dance"), "contact_seller"),
    (("received", ORDER, "much"), "49.90"),
    (("reopen", ORDER), "case"),
    (("snooze", ORDER, "2020-01-01"), "past"),
    (("snooze", ORDER, "soon"), "3d"),
    (("letter", ORDER, "watch_refund"), "contact_seller"),
    (("close", UNKNOWN), "cases --all"),
]


def test_a_call_that_does_not_fit_says_what_would(household: Household) -> None:
    """Exit code 2, one line of what is wrong, one of what to do; nothing is written."""
    before = household.run("case", ORDER, *AT_NOW).stdout

    for arguments, hint in MISTAKES:
        failed = household.run(*arguments, *AT_NOW, code=2)
        assert hint in failed.stderr, arguments
        assert "Traceback" not in failed.stderr, arguments

    assert household.run("case", ORDER, *AT_NOW).stdout == before


def test_every_mistake_in_the_settings_is_told_at_once(household: Household) -> None:
    """File, key, what was expected and the nearest known key, exit code 78, no traceback."""
    household.write_settings(
        """
zone = "Europe/Berln"
[account.home]
hots = "imap.example.org"
user = "me"
password = { file = "imap-password" }
tls = "sometimes"
[channel.phone]
url = "json://localhost/"
for = ["loud"]
"""
    )

    failed = household.run("once", *AT_NOW, code=78)

    assert "Traceback" not in failed.stderr
    for promised in ("aliwatch.toml", "zone", "hots", "host", "tls", "loud", "urgent"):
        assert promised in failed.stderr


def test_no_settings_at_all_says_where_they_were_looked_for(tmp_path: Path) -> None:
    """Exit code 78 with the places and the way out."""
    household = Household(folder=tmp_path, receiver=Receiver(), settings="")
    (tmp_path / "aliwatch.toml").unlink()

    failed = household.run("once", code=78)

    assert str(tmp_path / "aliwatch.toml") in failed.stderr


def test_read_prints_one_json_object_for_each_mail(household: Household, tmp_path: Path) -> None:
    """What the rules make of a file, without touching any state."""
    good, odd = tmp_path / "closed.eml", tmp_path / "bob.eml"
    good.write_bytes(closed(ORDER, NOW))
    odd.write_bytes(write_order_mail("Lunch?", "Shall we?", NOW, sender="bob@example.org"))

    first, second = household.run_json("read", str(good), str(odd))

    assert first["file"] == str(good)
    assert (first["outcome"], first["authenticity"]) == ("recognised", "pass")
    assert (first["language"], first["rule"]) == ("en", "en.order-closed")
    assert first["events"] == [
        {
            "kind": "order_closed",
            "order": ORDER,
            "reason": None,
            "amount": None,
            "currency": None,
            "refund": None,
            "store": None,
            "items": [],
            "ship_days": None,
        }
    ]
    assert (second["outcome"], second["events"]) == ("foreign", [])


def test_read_names_missing_files_and_reads_the_others(
    household: Household, tmp_path: Path
) -> None:
    """Each missing one is named where errors go, exit code 2; what is there is read."""
    good = tmp_path / "closed.eml"
    good.write_bytes(closed(ORDER, NOW))

    done = household.run("read", "nowhere.eml", str(good), str(tmp_path), "--json", code=2)

    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(good)]
    assert "nowhere.eml: cannot be read: No such file" in done.stderr
    assert f"{tmp_path}: cannot be read" in done.stderr


def test_read_shows_the_things_the_store_and_the_days_to_ship(
    household: Household, tmp_path: Path
) -> None:
    """What a mail says beside the money stands in the JSON and in the text for people."""
    mail, paid_back = tmp_path / "confirmed.eml", tmp_path / "refund.eml"
    text = "Ships within 3-7 days<br>Sold by: Bright Home Store<br>Item: Desk lamp"
    mail.write_bytes(write_order_mail(f"Order {ORDER}: order confirmed", text, NOW))
    refund = f"Your refund for order {ORDER} has been processed"
    paid_back.write_bytes(write_order_mail(refund, "A partial refund.", NOW))

    first, second = household.run_json("read", str(mail), str(paid_back))
    told = household.run("read", str(mail), str(paid_back)).stdout

    [confirmed] = first["events"]
    assert (confirmed["store"], confirmed["items"]) == ("Bright Home Store", ["Desk lamp"])
    assert confirmed["ship_days"] == 7
    assert second["events"][0]["refund"] == "partial"
    assert "ships within 7 days\n    store: Bright Home Store\n    item: Desk lamp\n" in told
    assert "partial refund" in told


def test_read_takes_a_mail_from_a_pipe(household: Household) -> None:
    """`-` is standard input, as everywhere."""
    done = subprocess.run(
        household.command("read", "-", "--json"),
        input=closed(ORDER, NOW),
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert json.loads(done.stdout)["events"][0]["order"] == ORDER


def test_status_tells_when_each_part_last_worked(household: Household) -> None:
    """Account and channel with their last good moment, and what was read."""
    account, channel, general = household.run_json("status", *AT_NOW)

    assert (account["name"], account["ok"]) == ("home", True)
    assert account["worked_at"] == "2026-11-22T08:00:00+00:00"
    assert channel["deliveries"] == {"delivered": 2}
    assert general["mails"] == {"recognised": 3}
    assert general["daemon"] is None


def test_status_shows_the_persons_own_time(household: Household) -> None:
    """Eight in UTC is nine in Berlin, and the zone is said."""
    assert "2026-11-22 09:00 CET" in household.run("status", *AT_NOW).stdout


def test_doctor_finds_all_well_and_names_the_fix_where_not(household: Household) -> None:
    """Exit code 0 when the chain holds; 78 and the way out when a link is broken."""
    assert "All is well." in household.run("doctor", *AT_NOW).stdout

    household.write_settings(household.settings.replace("json://", "jsonn://"))
    failed = household.run("doctor", *AT_NOW, code=78)

    assert "FAIL channel hook" in failed.stdout
    assert "fix:" in failed.stdout


def test_doctor_names_a_missing_password_though_no_server_answers(household: Household) -> None:
    """The example's settings before anything is set up: every gap is told in one go."""
    account = """
[account.office]
host = "127.0.0.1"
port = 1
tls = "none"
user = "me@example.org"
password = { credential = "imap-password" }
"""
    household.write_settings(household.settings + account)

    failed = household.run("doctor", *AT_NOW, code=78).stdout

    assert "FAIL account office: password" in failed
    assert "no credential 'imap-password'" in failed
    assert "FAIL account office: connection" in failed


def test_doctor_says_which_languages_have_letters(household: Household) -> None:
    """A language that mails are read in and letters are not written in is no error, but told."""
    assert "letters:" not in household.run("doctor", *AT_NOW).stdout
    household.write_settings(f'language = "it"\n{household.settings}')

    told = household.run("doctor", *AT_NOW).stdout

    assert 'letters: none in "it"' in told
    assert "de, en, es, fr, pt" in told


def test_test_alert_sends_a_real_alert_and_tells_the_true_outcome(
    household: Household, receiver: Receiver
) -> None:
    """Delivered is exit code 0; a service that says no is 75, with its reason."""
    assert household.run_json("test-alert") == [
        {"channel": "hook", "outcome": "delivered", "reason": None}
    ]
    assert "test alert" in household.titles()[-1]

    receiver.script(500)
    [refused] = household.run_json("test-alert", code=75)

    assert refused["outcome"] == "failed"
    assert "500" in refused["reason"]


def test_the_demo_tells_all_its_stories_and_ends_with_what_to_type(household: Household) -> None:
    """Refunded, never refunded, never paid, still waiting, forged, unknown: on real parts."""
    shown = household.run("demo", "--fast").stdout

    for promised in (
        "refund of €49.90 announced",
        "open a dispute",
        "file a complaint",
        "a mail claims a refund, unproven",
        "not understood",
        "settled",
        "void",
        "ordered",
        "aliwatch doctor",
    ):
        assert promised in shown


def test_help_teaches_every_command() -> None:
    """`--help` works for each command that `--help` lists, and says more than its name."""
    call = CliRunner().invoke
    listed = call(app, ["--help"]).stdout.partition("Commands:")[2].splitlines()
    names = [line.split()[0] for line in listed if line.strip()]

    assert len(names) >= 20
    for name in names:
        taught = call(app, [name, "--help"])
        assert taught.exit_code == 0
        assert len(taught.stdout.splitlines()) > 8, name


def test_a_reader_that_had_enough_is_no_error(household: Household) -> None:
    """`aliwatch cases | head -0` ends quietly."""
    process = subprocess.Popen(
        household.command("cases", *AT_NOW), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(60)

    assert b"Traceback" not in said


NEW_WORDING = "A word about parcel arrangements"


def deliver_unknown(household: Household) -> None:
    """Put a mail into the mailbox that no rule knows, and read it."""
    maildir = household.folder / "Maildir" / "new"
    mail = write_order_mail(
        NEW_WORDING, f"Dear Max Mustermann, arrangements for order {ORDER} have changed.", NOW
    )
    (maildir / "1800000000.M9.host").write_bytes(mail)
    household.run("once", *AT_NOW)


def test_an_unknown_wording_is_listed_and_told(household: Household) -> None:
    """`unrecognised` names the mail; an alert names it too."""
    deliver_unknown(household)

    [mail] = household.run_json("unrecognised")

    assert mail["subject"] == NEW_WORDING
    assert mail["mail"][:12] in household.run("unrecognised").stdout
    [told] = [alert for alert in household.alerts() if "not understood" in alert["title"]]
    assert "aliwatch unrecognised" in told["message"]
    assert "aliwatch report MAIL" in told["message"]
    failed = household.run("case", UNKNOWN, *AT_NOW, code=2)
    assert "aliwatch unrecognised" in failed.stderr


def test_a_report_can_be_shared(household: Household) -> None:
    """A sample by the mail's short name: no name, no number of the person's, still unrecognised."""
    deliver_unknown(household)
    [mail] = household.run_json("unrecognised")
    sample = household.folder / "sample.eml"

    household.run("report", mail["mail"][:8], "--output", str(sample))

    text = sample.read_text()
    assert ORDER not in text
    assert "Mustermann" not in text
    assert "me@example.org" not in text
    [reading] = household.run_json("read", str(sample))
    assert reading["outcome"] == "unrecognised"
    assert "list them" in household.run("report", "ffffffff", code=2).stderr


def test_a_new_rule_is_tried_dry_and_then_replayed(household: Household) -> None:
    """The person's own rule reads the stored mail: shown first, changed then, alerted once."""
    deliver_unknown(household)
    told = len(household.titles())
    rules = household.folder / "rules"
    rules.mkdir()
    (rules / "en.toml").write_text(
        f"""
language = "en"
[[rule]]
id = "en.my-own"
kind = "order_closed"
evidence = "seen"
subject = ['{NEW_WORDING.lower()}']
samples = [{{ subject = "{NEW_WORDING}" }}]
near_misses = [{{ subject = "A word" }}]
"""
    )

    [planned] = household.run_json("replay", "--dry-run", *AT_NOW)
    assert (planned["was"]["outcome"], planned["is"]["rule"]) == ("unrecognised", "en.my-own")
    assert len(household.run_json("unrecognised")) == 1

    assert "en.my-own" in household.run("replay", *AT_NOW).stdout
    household.run("once", *AT_NOW)

    assert household.run_json("unrecognised") == []
    assert len(household.titles()) == told
    assert "rules agree" in household.run("replay", *AT_NOW).stderr
