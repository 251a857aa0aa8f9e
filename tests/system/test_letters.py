"""`aliwatch letter` as a person types it: what is printed, and what is in the clipboard."""

import json
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import Household, closed, confirmed

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
ORDER = "8012345678901234"
BESIDE = "----- the same in de, to read -----"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Answer the web hook that takes the alerts."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Household:
    """Answer the household of someone who reads German, with an order that is owed.

    One for all: a letter changes nothing.
    """
    folder = tmp_path_factory.mktemp("household")
    maildir = MaildirMailbox(folder / "Maildir")
    bought, ended = NOW - timedelta(days=3), NOW - timedelta(days=1)
    maildir.deliver(confirmed(ORDER, bought), bought)
    maildir.deliver(closed(ORDER, ended), ended)
    household = Household(
        folder=folder,
        receiver=receiver,
        settings=f"""
zone = "Europe/Berlin"
language = "de"
[account.home]
maildir = "Maildir"
trusted_authserv = ["mx.example.org"]
dkim = false
[channel.hook]
url = "json://{receiver.address}/"
""",
    )
    household.environment = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    household.run("once", *AT_NOW)
    return household


def install_clipboard(household: Household, folder: Path, *, works: bool = True) -> Household:
    """Answer the household with a program in the place of xclip, that stays behind as xclip does.

    What it was given is in `board`, the processes that stayed in `left-behind`.
    """
    board = shlex.quote(str(folder / "board"))
    program = folder / "xclip"
    program.write_text(
        f"""#!/bin/sh
case "$*" in *-o*) cat {board} 2>/dev/null; exit ;; esac
cat > {board if works else "/dev/null"}
sleep 20 &
echo "$!" >> {shlex.quote(str(folder / "left-behind"))}
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    desktop = {"PATH": f"{folder}:/usr/bin:/bin", "DISPLAY": ":99"}
    return replace(household, environment=household.environment | desktop)


def stop_those_left_behind(folder: Path) -> list[str]:
    """End what stayed, and answer what was still there."""
    alive = []
    for number in (folder / "left-behind").read_text(encoding="utf-8").split():
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGTERM)
            alive.append(number)
    return alive


def test_english_is_printed_to_paste_and_the_persons_language_below(household: Household) -> None:
    """The seller reads English; the person understands what they send."""
    printed = household.run("letter", ORDER, "contact_seller", *AT_NOW).stdout

    english, _, german = printed.partition(BESIDE)
    assert f"my order {ORDER} was closed on November 21, 2026; I paid €49.90 for it." in english
    assert f"meine Bestellung {ORDER} wurde am 21. November 2026 geschlossen" in german
    assert "49,90\xa0€" in german


def test_only_what_is_pasted_goes_into_a_pipe(household: Household) -> None:
    """`--only` leaves out what is to be read."""
    printed = household.run("letter", ORDER, "contact_seller", "--only", *AT_NOW).stdout

    assert printed.startswith("Hello,\n")
    assert printed.endswith("Thank you.\n")
    assert "-----" not in printed


def test_letter_that_does_not_fit_now_comes_with_a_warning(household: Household) -> None:
    """Where errors go, so that a pipe gets the letter alone; one that fits has none."""
    done = household.run("letter", ORDER, "trace_refund", "--only", *AT_NOW)

    assert done.stdout.startswith("Hello,\n")
    assert "the order is owed, and trace_refund does not fit it now" in done.stderr
    assert household.run("letter", ORDER, "contact_seller", *AT_NOW).stderr == ""


def test_bank_is_written_to_in_the_persons_language(household: Household) -> None:
    """German to paste, English beside it."""
    printed = household.run("letter", ORDER, "claim_back", *AT_NOW).stdout

    german, _, english = printed.partition("----- the same in en, to read -----")
    assert "ich reklamiere eine Zahlung an AliExpress" in german
    assert "I dispute a payment to AliExpress" in english


def test_json_has_both_texts(household: Household) -> None:
    """One object with the order, the step, and which language is pasted."""
    [said] = household.run_json("letter", ORDER, "contact_seller", *AT_NOW)

    assert (said["order"], said["step"], said["language"]) == (ORDER, "contact_seller", "en")
    assert said["text"].startswith("Hello,")
    assert said["translation"].startswith("Guten Tag,")


def test_alert_carries_only_the_letter_to_paste(household: Household) -> None:
    """An alert is short: no translation in it."""
    [alert] = household.alerts()

    assert f"my order {ORDER}" in alert["message"]
    assert "meine Bestellung" not in alert["message"]


def test_copy_puts_the_letter_to_paste_into_the_clipboard(
    household: Household, tmp_path: Path
) -> None:
    """And is done at once, though xclip stays behind to serve the clipboard."""
    at_desktop = install_clipboard(household, tmp_path)

    done = at_desktop.run("letter", ORDER, "contact_seller", "--copy", "--json", *AT_NOW)

    assert stop_those_left_behind(tmp_path)
    assert (tmp_path / "board").read_text(encoding="utf-8") == json.loads(done.stdout)["text"]
    assert "the letter is in the clipboard" in done.stderr


def test_without_a_desktop_it_says_what_to_do_and_prints_the_letter(household: Household) -> None:
    """Over SSH: exit code 75, and the line to type at the desktop."""
    done = household.run("letter", ORDER, "contact_seller", "--copy", *AT_NOW, code=75)

    assert f"my order {ORDER}" in done.stdout
    assert "as over SSH" in done.stderr
    assert "mark the text above and copy it" in done.stderr
    assert f"aliwatch letter {ORDER} contact_seller --only | xclip" in done.stderr
    assert "Hello" not in done.stderr


def test_clipboard_that_did_not_take_the_text_is_not_believed(
    household: Household, tmp_path: Path
) -> None:
    """It ends well and no desktop answered it: the text is not said to be there."""
    at_desktop = install_clipboard(household, tmp_path, works=False)

    done = at_desktop.run("letter", ORDER, "contact_seller", "--copy", *AT_NOW, code=75)

    stop_those_left_behind(tmp_path)
    assert f"my order {ORDER}" in done.stdout
    assert "did not get there" in done.stderr
