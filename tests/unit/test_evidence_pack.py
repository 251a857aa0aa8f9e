"""The pack: readable, checkable, the same every time, and harmless whatever the mails say."""

import hashlib
import io
import json
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from unit.domain.examples import (
    ORDER,
    START,
    PlainCalendar,
    acted,
    case_of,
    claimed,
    euros,
    make_guidance,
    told,
)
from watcher.adapters.evidence_pack import MANIFEST, PAGE, SUMS, Pack, make_pack
from watcher.adapters.pack_files import unpack
from watcher.domain.alert import Severity
from watcher.domain.case import State
from watcher.domain.clock import CLOCKS, Clock
from watcher.domain.deadline import Deadline, deadlines
from watcher.domain.dossier import Dossier, Entry, Paper, SentLetter
from watcher.domain.event import PERSONAL_KINDS, Event, EventKind, Method, Reason, RefundForm
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity
from watcher.domain.money import Money
from watcher.domain.reading import Outcome
from watcher.domain.told import Receipt, ToldAlert

BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>"
TURNED = "\u202egnp.exe\u2069\x1b[2J\x00"
STEPS = {"contact_seller": "contact the seller"}
BOUGHT = told(EventKind.ORDER_CONFIRMED, days=-3, money=euros("49.90"), mail="m1")
CLOSED = told(EventKind.ORDER_CLOSED, mail="m2", reason=Reason.SELLER)
WROTE = acted(EventKind.STEP_DONE, days=1, step="contact_seller")


def keep(event: Event, content: bytes | None = b"From: x\r\n\r\nbody", subject: str = "s") -> Paper:
    """The mail that told `event`."""
    mail = KeptMail(
        digest=event.mail or "",
        account="home",
        folder="INBOX",
        received_at=event.at,
        outcome=Outcome.RECOGNISED,
        authenticity=event.authenticity,
        sender="transaction@notice.aliexpress.com",
        subject=subject,
        content=content,
    )
    return Paper(mail=mail, kinds=(event.kind,), other_orders=0)


def make_dossier(*events: Event, subject: str = "s") -> Dossier:
    """What is known of an order to which these things happened."""
    events = events or (BOUGHT, CLOSED, WROTE)
    case = case_of(events)
    calendar = PlainCalendar(BERLIN, holidays=[date(2026, 11, 16)], worked=[date(2026, 11, 14)])
    guidance = make_guidance(calendar)
    clocks = deadlines(case, guidance.terms, calendar).values()
    return Dossier(
        made_at=START + timedelta(days=5),
        zone=BERLIN,
        case=case,
        clocks=tuple(sorted(clocks, key=lambda clock: clock.day)),
        papers=tuple(keep(event, subject=subject) for event in events if event.mail),
        history=tuple(Entry(event=event) for event in events),
        letters=(
            SentLetter(
                at=WROTE.at, step="contact_seller", title="contact the seller", text="Hello,\nwhy?"
            ),
        ),
        alerts=(
            ToldAlert(
                issued_at=START,
                severity=Severity.ACTION,
                title="Order closed",
                steps=("contact_seller",),
                orders=1,
                receipts=(Receipt(channel="phone", at=START),),
            ),
        ),
        notes=0,
        notes_left_out=0,
    )


def pack_of(dossier: Dossier) -> Pack:
    """The pack of a dossier."""
    return make_pack(dossier, steps=STEPS, program="aliwatch 0")


def page_of(dossier: Dossier) -> LexborHTMLParser:
    """The timeline, read by a browser's parser."""
    return LexborHTMLParser(pack_of(dossier).files[PAGE].decode())


def words_of(page: LexborHTMLParser) -> str:
    """The text of a page on one line."""
    body = page.body
    assert body is not None
    return " ".join(body.text(separator=" ").split())


def test_mails_are_in_it_byte_for_byte() -> None:
    """Named by number, local day and kind; a mail of which only the record was kept is named."""
    dossier = make_dossier()
    content = b"From: x\r\nSubject: =?bad\xff\r\n\r\n\x00\r\n.\n"
    papers = (keep(BOUGHT, content), keep(CLOSED, None))
    pack = pack_of(replace(dossier, papers=papers))
    assert pack.files["mails/01-2026-10-31-order_confirmed.eml"] == content
    assert len([path for path in pack.files if path.startswith("mails/")]) == 1
    assert "not kept" in words_of(page_of(replace(dossier, papers=papers)))


def test_days_of_the_file_names_are_the_persons() -> None:
    """Half past eleven at night in UTC is the next day in Berlin."""
    event = told(EventKind.ORDER_CLOSED, days=15 / 24, mail="m")
    assert "mails/01-2026-11-04-order_closed.eml" in pack_of(make_dossier(event)).files


def test_sums_are_those_of_every_other_file(tmp_path: Path) -> None:
    """`sha256sum -c` finds every file, and finds them right."""
    pack = pack_of(make_dossier())
    for path, content in pack.files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    checked = subprocess.run(
        ("sha256sum", "--strict", "-c", SUMS),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert checked.stdout.count(": OK") == len(pack.files) - 1


def test_manifest_names_each_file_with_its_sum_and_each_mail_with_its_origin() -> None:
    """What a program needs: facts, clocks, history, files."""
    signed = b"DKIM-Signature: d=notice.aliexpress.com; s=k1\r\nFrom: x\r\n\r\nbody"
    dossier = replace(make_dossier(), papers=(keep(BOUGHT), keep(CLOSED, signed)))
    pack = pack_of(dossier)
    manifest = json.loads(pack.files[MANIFEST])
    for file in manifest["files"]:
        assert hashlib.sha256(pack.files[file["path"]]).hexdigest() == file["sha256"]
    assert {file["path"] for file in manifest["files"]} == set(pack.files) - {MANIFEST, SUMS}
    assert (manifest["order"], manifest["state"], manifest["remaining"]) == (ORDER, "owed", "49.90")
    mail = manifest["mails"][1]
    assert (mail["authenticity"], mail["signatures"]) == (
        "pass",
        [{"domain": "notice.aliexpress.com", "selector": "k1"}],
    )
    assert manifest["history"][1]["mail"] == mail["path"]
    assert manifest["history"][0]["at"] == "2026-10-31T08:30:00+00:00"
    assert manifest["clocks"][0]["source"]


def test_page_tells_the_order_its_money_and_its_state() -> None:
    """What a bank asks for first."""
    words = words_of(page_of(make_dossier()))
    for fact in (
        ORDER,
        "Amount 49.90 EUR",
        "Received so far 0.00 EUR",
        "Not received 49.90 EUR",
        "State closed after payment: the refund is due",
        "Reason given cancelled by the seller",
        "Closed Tue 2026-11-03",
    ):
        assert fact in words


def test_page_shows_how_each_day_was_counted_and_whose_rule_it_is() -> None:
    """Start, length, weekends, the holiday left out, the weekend worked, the source."""
    dossier = make_dossier()
    words = words_of(page_of(dossier))
    for fact in (
        "Refund of a cancelled order: last day Tue 2026-12-01",
        "Counted from Tue 2026-11-03",
        "Length 20 working days",
        "Sat 2026-11-14 counted: worked weekend",
        "Mon 2026-11-16 not counted: holiday",
        CLOCKS[Clock.REFUND].source,
        CLOCKS[Clock.REFUND].lost,
    ):
        assert fact in words
    for clock in dossier.clocks:
        assert f"last day {clock.day:%a %Y-%m-%d}" in words


def test_page_tells_when_in_the_persons_zone_and_who_says_so() -> None:
    """Local time with its offset, the mail by its number, the buyer's own word as theirs."""
    rows = page_of(make_dossier()).css("tbody tr")
    lines = [" ".join(row.text(separator=" ").split()) for row in rows]
    assert (
        "Tue 2026-11-03 09:30:00 +01:00 Order closed; reason: cancelled by the seller mail 02"
        in (" ".join(line for line in lines if "Order closed;" in line))
    )
    assert any(
        line.startswith("Wed 2026-11-04 09:30:00 +01:00 Done by the buyer: contact the seller")
        and line.endswith("the buyer")
        for line in lines
    )


def test_doubtful_mail_is_marked_wherever_it_counts() -> None:
    """In the history, with the mail, and above where the case itself rests on it."""
    words = words_of(page_of(make_dossier(replace(BOUGHT), claimed(EventKind.ORDER_CLOSED))))
    assert "rests on a mail whose origin is not proven" in words
    assert "origin not proven" in words
    assert "Origin not proven" in words
    assert "rests on a mail" not in words_of(page_of(make_dossier()))


def test_what_does_not_count_says_why() -> None:
    """An event that fitted nothing, and an act that was taken back."""
    history = (
        Entry(event=BOUGHT),
        Entry(event=CLOSED, changed_nothing="the mail's origin is not proven"),
        Entry(event=WROTE, taken_back=True),
    )
    words = words_of(page_of(replace(make_dossier(), history=history)))
    assert "Does not count: the mail's origin is not proven" in words
    assert "Does not count: the buyer took it back" in words


def test_letters_are_on_the_page_and_files_of_their_own() -> None:
    """With the honest remark that another wording may have been sent."""
    pack = pack_of(make_dossier())
    assert pack.files["letters/01-2026-11-04-contact_seller.txt"] == b"Hello,\nwhy?\n"
    page = page_of(make_dossier())
    assert [pre.text() for pre in page.css("pre")] == ["Hello,\nwhy?"]
    assert "may differ" in " ".join(words_of(page).split())


def test_step_of_the_persons_own_is_no_path() -> None:
    """Whatever a step is called, its letter lies among the letters and can be put down."""
    dossier = make_dossier()
    odd = replace(dossier.letters[0], step="../../ask my bank")
    pack = pack_of(replace(dossier, letters=(odd,)))
    assert "letters/01-2026-11-04-______ask_my_bank.txt" in pack.files
    assert unpack(pack.as_zip()) == pack.files


def test_reminder_about_several_orders_does_not_name_the_others() -> None:
    """Its title could; what it asked for this order is told instead."""
    dossier = make_dossier()
    several = replace(dossier.alerts[0], orders=3, title="Orders 8099999999999999 and 2 more")
    words = words_of(page_of(replace(dossier, alerts=(several,))))
    assert "8099999999999999" not in words
    assert "contact the seller (one reminder about 3 orders)" in words


@pytest.mark.parametrize(
    "text", [HOSTILE, TURNED, "</title></style>" + HOSTILE, "'\"><a href=//x>"]
)
def test_hostile_text_stays_text(text: str) -> None:
    """From a subject, a store, an item, a note, a letter: nothing runs, loads or turns around."""
    dossier = make_dossier(
        replace(BOUGHT, store=text, items=(text,)),
        replace(CLOSED),
        acted(EventKind.NOTE_ADDED, days=1, note=text),
        subject=text,
    )
    content = f"Authentication-Results: {text}\r\n\r\n{text}".encode()
    papers = tuple(
        replace(paper, mail=replace(paper.mail, content=content)) for paper in dossier.papers
    )
    letters = (replace(dossier.letters[0], text=text),)
    hostile = replace(dossier, papers=papers, letters=letters)
    page = page_of(hostile)
    assert page.css("script, img, iframe, object, embed, link, base, form, svg, video") == []
    assert [
        node for node in page.css("*") for name in node.attributes if name.startswith("on")
    ] == []
    assert all(link.attributes["href"] in pack_of(hostile).files for link in page.css("a"))
    assert all(
        character not in pack_of(hostile).files[PAGE].decode()
        for character in "\u202e\u2069\x1b\x00"
    )
    if text is HOSTILE:
        assert words_of(page).count("<script>alert(1)</script>") >= 4


def test_page_needs_nothing_from_anywhere() -> None:
    """No address in it at all, and a policy that forbids to load one."""
    page = page_of(make_dossier())
    text = pack_of(make_dossier()).files[PAGE].decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text
    policy = page.css_first("meta[http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert "default-src 'none'" in (policy.attributes["content"] or "")


def test_page_prints_on_a4_with_headings_kept_to_their_text() -> None:
    """What a browser's printing to PDF goes by."""
    text = pack_of(make_dossier()).files[PAGE].decode()
    for rule in ("size: A4", "break-after: avoid", "break-inside: avoid", "break-before: page"):
        assert rule in text
    assert [node.text() for node in page_of(make_dossier()).css("h1")] == [
        f"AliExpress order {ORDER}: what happened, and when"
    ]


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_words(state: State) -> None:
    """No order is one that the page cannot speak of."""
    dossier = make_dossier()
    words = words_of(page_of(replace(dossier, case=replace(dossier.case, state=state))))
    assert words.partition(" State ")[2].strip()


def test_every_kind_reason_method_form_and_clock_has_words() -> None:
    """Whatever can stand in the ledger can stand on the page."""
    dossier = make_dossier()
    events = [
        *(replace(BOUGHT, kind=kind) for kind in EventKind if kind not in PERSONAL_KINDS),
        *(acted(kind, note="n", until_days=2) for kind in sorted(PERSONAL_KINDS)),
        *(replace(CLOSED, reason=reason) for reason in Reason),
        *(replace(CLOSED, refund=form) for form in RefundForm),
        *(replace(CLOSED, authenticity=proof) for proof in Authenticity),
        *(replace(WROTE, kind=EventKind.PAYMENT_TOLD, method=method) for method in Method),
    ]
    for method, form in zip(Method, RefundForm, strict=True):
        case = replace(
            dossier.case, method=method, refund_form=form, announced_at=START, shipped_at=START
        )
        page = page_of(
            replace(
                dossier,
                case=case,
                history=tuple(Entry(event=event) for event in events),
                clocks=tuple(
                    Deadline(clock=clock, count=dossier.clocks[0].count) for clock in Clock
                ),
            )
        )
        assert len(page.css("div.clock")) == len(Clock) + len(dossier.papers)


def test_amount_without_a_currency_is_written_without_one() -> None:
    """No bank knows what XXX is."""
    paid = Money(amount=Decimal("12.00"), currency="XXX")
    words = words_of(page_of(make_dossier(replace(BOUGHT, money=paid), CLOSED)))
    assert "12.00" in words
    assert "XXX" not in words


def test_same_ledger_gives_the_same_bytes() -> None:
    """Files, order of files, and the zip with its times."""
    first, second = pack_of(make_dossier()), pack_of(make_dossier())
    assert list(first.files.items()) == list(second.files.items())
    assert first.as_zip() == second.as_zip()


def test_zip_has_one_folder_of_private_files() -> None:
    """Times are the pack's own, whatever the machine's clock and zone."""
    with zipfile.ZipFile(io.BytesIO(pack_of(make_dossier()).as_zip())) as packed:
        assert packed.testzip() is None
        for entry in packed.infolist():
            assert entry.filename.startswith(f"evidence-{ORDER}/")
            assert entry.external_attr >> 16 == 0o100600
            assert entry.date_time == (2026, 11, 8, 8, 30, 0)


@pytest.mark.parametrize("year", [1970, 2200])
def test_clock_far_off_makes_a_zip_all_the_same(year: int) -> None:
    """A zip knows the years from 1980 to 2107."""
    dossier = replace(make_dossier(), made_at=START.replace(year=year).astimezone(UTC))
    assert zipfile.ZipFile(io.BytesIO(pack_of(dossier).as_zip())).testzip() is None


@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_read_back_as_text(text: str) -> None:
    """No subject changes the shape of the page."""
    plain, odd = page_of(make_dossier(subject="s")), page_of(make_dossier(subject=text))
    assert [node.tag for node in plain.css("body *")] == [node.tag for node in odd.css("body *")]
