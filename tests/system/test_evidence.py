"""`aliwatch evidence` as a person types it, on an order that real mails told of."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from receivers.http import http_receiver
from servers.mailboxes import MaildirMailbox
from system.household import PATIENCE, Household, closed, confirmed, write_order_mail

pytestmark = pytest.mark.long

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AT_NOW = ("--now", "2026-11-22T08:00:00Z")
ORDER = "8012345678901234"
OTHER = "8012345678905678"
PACK = f"evidence-{ORDER}"
NOTE = "the seller is my cousin"
SHIPPED = write_order_mail(
    f"Order {ORDER}: order shipped <script>alert(1)</script>",
    f"<script>alert(2)</script>Your order {ORDER} was shipped, with order {OTHER}.",
    NOW - timedelta(days=20),
)
BOUGHT, ENDED = NOW - timedelta(days=30), NOW - timedelta(days=1)
MAILS = (confirmed(ORDER, BOUGHT), SHIPPED, closed(ORDER, ENDED))
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")
CALLER = 54_321
NOBODY = 65_534


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """Answer a household whose order was closed, who wrote to the seller and made a note.

    One for all: the command only looks.
    """
    folder = tmp_path_factory.mktemp("household")
    maildir = MaildirMailbox(folder / "Maildir")
    for content, at in zip(MAILS, (BOUGHT, NOW - timedelta(days=20), ENDED), strict=True):
        maildir.deliver(content, at)
    with http_receiver() as receiver:
        household = Household(
            folder=folder,
            receiver=receiver,
            settings=f"""
zone = "Europe/Berlin"
[account.home]
maildir = "Maildir"
trusted_authserv = ["mx.example.org"]
dkim = false
[channel.hook]
url = "json://{receiver.address}/"
""",
        )
        household.run("once", "--now", "2026-11-21T09:00:00Z")
        household.run("did", ORDER, "contact_seller", "--now", "2026-11-21T10:00:00Z")
        household.run("note", ORDER, NOTE, "--now", "2026-11-21T10:05:00Z")
        yield household


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder of the person's own, in which they type the command."""

    folder: Path
    household: Household

    def call(
        self, *arguments: str, code: int = 0, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `aliwatch evidence` in the folder."""
        done = subprocess.run(
            self.household.command("evidence", ORDER, *arguments, *AT_NOW),
            cwd=self.folder,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | dict(environment or {}),
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done


@pytest.fixture
def desk(household: Household, tmp_path: Path) -> Desk:
    """Answer an empty folder beside nothing of the household's."""
    (tmp_path / "home").mkdir()
    return Desk(folder=tmp_path / "home", household=household)


def test_evidence_writes_the_mails_as_they_came_and_a_timeline(desk: Desk) -> None:
    """The bytes of the mailbox, the count of the days, the letter, the alert, and no note."""
    said = desk.call().stdout.decode()

    folder = desk.folder / PACK
    assert sorted(path.read_bytes() for path in folder.glob("mails/*.eml")) == sorted(MAILS)
    assert [path.name for path in sorted(folder.glob("mails/*"))] == [
        "01-2026-10-23-order_confirmed.eml",
        "02-2026-11-02-order_shipped.eml",
        "03-2026-11-21-order_closed.eml",
    ]
    page = LexborHTMLParser((folder / "timeline.html").read_text(encoding="utf-8"))
    body = page.body
    assert body is not None
    words = " ".join(body.text(separator=" ").split())
    for fact in (
        "49.90 EUR",
        "Refund of a cancelled order: last day Fri 2026-12-18",
        "20 working days",
        "Sat 2026-11-21 09:00:00 +01:00 Order closed",
        "Done by the buyer: contact the seller",
        "Mail 03",
        "proven",
        "hook, Sat 2026-11-21 10:00:00 +01:00",
    ):
        assert fact in words
    assert (
        "cousin"
        not in (folder / "timeline.html").read_text() + (folder / "manifest.json").read_text()
    )
    [letter] = folder.glob("letters/*.txt")
    assert ORDER in letter.read_text()
    assert f"{PACK}: 3 mails, 1 letter, 1 reminder" in said


def test_mail_full_of_script_stays_inert(desk: Desk) -> None:
    """The subject is read as text on the page, and is untouched in the mail."""
    desk.call()

    text = (desk.folder / PACK / "timeline.html").read_text(encoding="utf-8")
    page = LexborHTMLParser(text)
    assert page.css("script") == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text


def test_the_sums_hold(desk: Desk) -> None:
    """`sha256sum -c` in the folder finds every file as it was written."""
    desk.call()

    checked = subprocess.run(
        ("sha256sum", "--strict", "-c", "SHA256SUMS"),
        cwd=desk.folder / PACK,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert checked.stdout.count(": OK") == 6


def test_the_same_zip_twice_and_never_over_another(desk: Desk) -> None:
    """The same bytes for the same moment; an existing file needs --force."""
    desk.call("--zip")
    zipped = desk.folder / f"{PACK}.zip"
    first = zipped.read_bytes()
    zipped.write_bytes(b"mine")

    refused = desk.call("--zip", code=2)
    assert b"--force" in refused.stderr
    assert zipped.read_bytes() == b"mine"

    desk.call("--zip", "--force")
    assert zipped.read_bytes() == first
    assert zipped.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(io.BytesIO(desk.call("--to", "-").stdout)).testzip() is None


def test_zip_in_a_pipe_is_the_zip_and_nothing_else(desk: Desk) -> None:
    """What the person should know goes where errors go."""
    piped = desk.call("--to", "-")
    desk.call("--to", "pack.zip")

    assert piped.stdout == (desk.folder / "pack.zip").read_bytes()
    assert b"name and address" in piped.stderr
    assert b"--json out" in desk.call("--to", "-", "--json", code=2).stderr


def test_json_prints_what_was_written(desk: Desk) -> None:
    """Path, counts and every file with its sum."""
    [written] = map(json.loads, desk.call("--json", "--notes").stdout.splitlines())

    folder = desk.folder / written["path"]
    assert (written["order"], written["zip"], written["mails"]) == (ORDER, False, 3)
    assert (written["notes"], written["notes_left_out"]) == (1, 0)
    assert {file["path"] for file in written["files"]} == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert "cousin" in (folder / "timeline.html").read_text()


def test_what_the_person_should_know_is_said(desk: Desk) -> None:
    """Name and address, other orders, notes left out: before the pack leaves their hands."""
    said = desk.call().stderr.decode()

    assert "name and address" in said
    assert "mail 02" in said
    assert "1 note of yours" in said


def test_order_that_nobody_knows_makes_no_pack(desk: Desk) -> None:
    """Exit code 2, the way out, and nothing written."""
    target = desk.folder / "pack"
    failed = desk.household.run("evidence", "8000000000000000", "--to", str(target), code=2)

    assert "cases --all" in failed.stderr
    assert not target.exists()


@AS_ROOT
def test_sudo_beside_the_service_writes_as_the_person_into_their_folder(desk: Desk) -> None:
    """The state is the service's, the pack is the caller's; the service's files stay its own."""
    for folder in desk.folder.parents:
        if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp/pytest-of-root"):  # noqa: S108 -- pytest's own
            folder.chmod(0o755)
    os.chown(desk.folder, CALLER, CALLER)
    service = replace(desk.household, folder=desk.folder.parent)
    shutil.copytree(desk.household.state, service.state)
    for path in (service.state, *service.state.iterdir()):
        os.chown(path, NOBODY, NOBODY)

    sudo = {"SUDO_UID": str(CALLER), "SUDO_GID": str(CALLER)}
    replace(desk, household=service).call(environment=sudo)

    found = [path for path in (desk.folder / PACK).rglob("*") if path.is_file()]
    assert len(found) == 7
    assert {path.stat().st_uid for path in found} == {CALLER}
    assert {path.stat().st_uid for path in service.state.iterdir()} == {NOBODY}
