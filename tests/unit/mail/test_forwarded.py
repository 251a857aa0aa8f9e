"""Mails that a person forwards: opened for a listed forwarder, and never proven."""

import mailbox
import time
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel import Locale, localedata

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.written_date import list_months, read_written_date
from watcher.adapters.rule_files import load_ruleset
from watcher.adapters.settings import ImapSettings, load_settings
from watcher.adapters.sql.store import SqlStore
from watcher.app.compose import compose, make_imap_account
from watcher.domain.errors import UnreadableMail, UserError
from watcher.domain.event import EventKind
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.reading import Outcome

RULES = load_ruleset()
FORWARDER = "erika@work.example"
PARSER = MailParser(
    senders=RULES.senders, trusted_authserv=("mx.example.org",), forwarders=(FORWARDER,)
)
ORDER = "8045000000000013"
SENT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
INNER = (
    "Authentication-Results: mx.example.org; dkim=pass header.d=notice.aliexpress.com\n"
    "From: AliExpress <transaction@notice.aliexpress.com>\nTo: erika@work.example\n"
    f"Subject: Your order {ORDER} is closed\nDate: Tue, 03 Nov 2026 08:00:00 +0000\n"
    "Message-ID: <1@notice.aliexpress.com>\nContent-Type: text/html; charset=utf-8\n\n"
    f'<p>Your order has been closed.</p><a href="https://www.aliexpress.com/?orderId={ORDER}">x</a>'
)
PROVEN = (
    "Authentication-Results: mx.example.org; dkim=pass header.d=work.example;"
    " dmarc=pass header.from=work.example\n"
)


def outer(body: str, *, sender: str = FORWARDER, kind: str = "text/plain; charset=utf-8") -> bytes:
    """Write a mail from somebody who forwards."""
    return (
        f"{PROVEN}From: Erika Beispiel <{sender}>\nTo: home@example.org\nSubject: Fwd: closed\n"
        f"Date: Wed, 04 Nov 2026 10:00:00 +0000\nMessage-ID: <2@work.example>\n"
        f"MIME-Version: 1.0\nContent-Type: {kind}\n\n{body}"
    ).encode()


def attached(headers: str, body: str) -> bytes:
    """Write a forward with one part beside the forwarder's own words."""
    return outer(
        f"--b\nContent-Type: text/plain\n\nSee below.\n--b\n{headers}\n\n{body}\n--b--\n",
        kind="multipart/mixed; boundary=b",
    )


def parse(content: bytes) -> Message:
    """Parse as the account of the forwarder does."""
    return PARSER(RawMail(content=content, received_at=None))


INLINE = {
    "gmail": (
        "FYI\n\n---------- Forwarded message ---------\n"
        "From: AliExpress <transaction@notice.aliexpress.com>\nDate: Tue, Nov 3, 2026 at 8:00 AM\n"
        f"Subject: Your order {ORDER} is closed\nTo: <erika@work.example>\n\n\n"
    ),
    "gmail-de": (
        "---------- Forwarded message ---------\n"
        "Von: AliExpress <transaction@notice.aliexpress.com>\n"
        "Date: Di., 3. Nov. 2026 um 08:00 Uhr\n"
        f"Subject: Your order {ORDER} is closed\nTo: <erika@work.example>\n\n"
    ),
    "apple": (
        "Begin forwarded message:\n\n> From: AliExpress <transaction@notice.aliexpress.com>\n"
        f"> Subject: Your order {ORDER} is closed\n> Date: 3. November 2026 um 08:00:00 UTC\n"
        "> To: erika@work.example\n> \n> "
    ),
    "outlook": (
        "________________________________\n"
        "From: AliExpress <transaction@notice.aliexpress.com>\n"
        "Sent: Tuesday, November 3, 2026 8:00 AM\nTo: Erika Beispiel; Max Beispiel;\n"
        f" Another Person\nSubject: Your order {ORDER} is closed\n\n"
    ),
    "outlook-de": (
        "*Von:* AliExpress [mailto:transaction@notice.aliexpress.com]\n"
        "*Gesendet:* Dienstag, 3. November 2026 08:00\n*An:* Erika Beispiel\n"
        f"*Betreff:* Your order {ORDER} is closed\n\n"
    ),
    "thunderbird-fr": (
        "-------- Message transféré --------\n"
        f"Sujet : Your order {ORDER} is closed\nDate : Tue, 03 Nov 2026 08:00:00 +0000\n"
        "De : AliExpress <transaction@notice.aliexpress.com>\nPour : erika@work.example\n\n"
    ),
    "es": (
        "De: AliExpress <transaction@notice.aliexpress.com>\n"
        "Enviado el: martes, 3 de noviembre de 2026 8:00\nPara: erika@work.example\n"
        f"Asunto: Your order {ORDER} is closed\n\n"
    ),
    "pt": (
        "De: AliExpress <transaction@notice.aliexpress.com>\n"
        "Enviado: terça-feira, 3 de novembro de 2026 08:00\nPara: erika@work.example\n"
        f"Assunto: Your order {ORDER} is closed\n\n"
    ),
    "it": (
        "Da: AliExpress <transaction@notice.aliexpress.com>\n"
        "Inviato: martedì 3 novembre 2026 08:00\nA: erika@work.example\n"
        f"Oggetto: Your order {ORDER} is closed\n\n"
    ),
    "nl": (
        "Van: AliExpress <transaction@notice.aliexpress.com>\n"
        "Verzonden: dinsdag 3 november 2026 08:00\nAan: erika@work.example\n"
        f"Onderwerp: Your order {ORDER} is closed\n\n"
    ),
    "pl": (
        "Od: AliExpress <transaction@notice.aliexpress.com>\n"
        "Wysłano: wtorek, 3 listopada 2026 08:00\nDo: erika@work.example\n"
        f"Temat: Your order {ORDER} is closed\n\n"
    ),
    "ru": (
        "От: AliExpress <transaction@notice.aliexpress.com>\n"
        "Дата: вторник, 3 ноября 2026 г. в 08:00\nКому: erika@work.example\n"
        f"Тема: Your order {ORDER} is closed\n\n"
    ),
    "ko": (
        "보낸 사람: AliExpress <transaction@notice.aliexpress.com>\n"
        "날짜: 2026년 11월 3일 (화) 오전 8:00\n받는 사람: erika@work.example\n"
        f"제목: Your order {ORDER} is closed\n\n"
    ),
    "zh": (
        "发件人： AliExpress <transaction@notice.aliexpress.com>\n"
        "日期：2026年11月3日 08:00\n收件人：erika@work.example\n"
        f"主题：Your order {ORDER} is closed\n\n"
    ),
    "ja": (
        "差出人: AliExpress <transaction@notice.aliexpress.com>\n"
        f"日付: 2026年11月3日 8:00:00\n宛先: erika@work.example\n"
        f"件名: Your order {ORDER} is closed\n\n"
    ),
}


@pytest.mark.parametrize("program", INLINE)
def test_inline_forward_is_read_as_the_mail_in_it(program: str) -> None:
    """Sender, subject, date and text come from the forwarded mail, in any program's words."""
    message = parse(outer(INLINE[program] + f"Your order {ORDER} has been closed.\n"))
    assert message.sender == "transaction@notice.aliexpress.com"
    assert message.subject == f"Your order {ORDER} is closed"
    assert message.text == f"Your order {ORDER} has been closed."
    assert message.sent_at == SENT
    assert message.authenticity is Authenticity.UNKNOWN
    reading = RULES.read(message)
    assert reading.rule == "en.order-closed"
    assert [each.order for each in reading.findings] == [ORDER]


def test_forwarded_page_is_read_with_its_links() -> None:
    """An HTML forward, its header in table cells, gives text and links."""
    message = parse(
        outer(
            "<div>-------- Weitergeleitete Nachricht --------<table>"
            "<tr><th>Betreff: </th><td>Packstück AP00824363068180 hat eine Aktualisierung</td></tr>"
            "<tr><th>Datum: </th><td>Tue, 03 Nov 2026 08:00:00 +0000</td></tr>"
            "<tr><th>Von: </th><td>AliExpress &lt;transaction@notice.aliexpress.com&gt;</td></tr>"
            "<tr><th>An: </th><td>erika@work.example</td></tr></table><p>Hallo,</p>"
            f'<a href="https://www.aliexpress.com/?o_ids={ORDER}">Lieferung verfolgen</a></div>',
            kind="text/html; charset=utf-8",
        )
    )
    assert message.text.startswith("Hallo,")
    reading = RULES.read(message)
    assert [(each.kind, each.order) for each in reading.findings] == [
        (EventKind.DELIVERY_UPDATE, ORDER)
    ]
    assert message.sent_at == SENT


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Type: message/rfc822", INNER),
        (
            (
                'Content-Type: application/octet-stream; name="x.eml"\n'
                'Content-Disposition: attachment; filename="Closed.EML"\n'
                "Content-Transfer-Encoding: base64"
            ),
            b64encode(INNER.encode()).decode(),
        ),
        (
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64",
            b64encode(INNER.encode()).decode(),
        ),
    ],
    ids=["rfc822", "eml", "encoded-rfc822"],
)
def test_attached_mail_is_read_instead(headers: str, body: str) -> None:
    """The mail inside is read, and the proof that it carries is worth nothing there."""
    message = parse(attached(headers, body))
    assert message.sender == "transaction@notice.aliexpress.com"
    assert message.sent_at == SENT
    assert message.authenticity is Authenticity.UNKNOWN
    reading = RULES.read(message)
    assert [(each.kind, each.order) for each in reading.findings] == [
        (EventKind.ORDER_CLOSED, ORDER)
    ]


def test_identity_does_not_depend_on_the_settings() -> None:
    """Listing a forwarder changes what a mail says, not which mail it is."""
    content = outer(INLINE["gmail"] + "x")
    plain = MailParser(senders=RULES.senders)(RawMail(content=content, received_at=None))
    assert parse(content).digest == plain.digest
    assert parse(content).sender != plain.sender


@pytest.mark.parametrize("sender", ["mallory@work.example", "erika@work.example.evil.example"])
def test_stranger_forwards_nothing(sender: str) -> None:
    """From somebody who is not listed, inline and attached mails stay closed."""
    mail = outer(INLINE["gmail"] + "x", sender=sender)
    assert parse(mail).sender == sender
    assert RULES.read(parse(mail)).outcome is Outcome.FOREIGN
    boxed = attached("Content-Type: message/rfc822", INNER).replace(
        FORWARDER.encode(), sender.encode()
    )
    assert RULES.read(parse(boxed)).outcome is Outcome.FOREIGN


@pytest.mark.parametrize(
    "body",
    [
        "Lunch on Friday?",
        "From: Max <max@example.org>\nSubject: Your order is closed\n\nx",
        "From: AliExpress <transaction@notice.aliexpress.com.evil.example>\nSubject: x\n\nx",
        "From: <transaction@notice.aliexpress.com>, <b@evil.example>\nSubject: x\n\nx",
        "From: AliExpress\nSubject: Your order is closed\n\nx",
        "From: transaction@notice.aliexpress.com is what it says\nand no subject follows",
        "From: Max <max@example.org>\nSubject: Fwd: closed\n\n" + INLINE["gmail"],
    ],
)
def test_forward_of_anything_else_stays_as_it_is(body: str) -> None:
    """Without AliExpress's mail in it, and for a forward inside a forward, nothing is opened."""
    message = parse(outer(body))
    assert message.sender == FORWARDER
    assert RULES.read(message).outcome is Outcome.FOREIGN


def test_forward_in_an_attached_forward_stays_closed() -> None:
    """Only one level is opened: a mail in a mail in a mail is nobody's word."""
    inner = attached("Content-Type: message/rfc822", INNER).decode().replace("=b\n", "=c\n")
    inner = inner.replace("--b", "--c")
    message = parse(attached("Content-Type: message/rfc822", inner))
    assert message.sender == FORWARDER


def test_dates_never_lie_after_the_forward() -> None:
    """A date without a zone makes no mail newer than its forward; no date is the forward's."""
    late = INLINE["gmail"].replace("Nov 3, 2026 at 8:00 AM", "Nov 4, 2026 at 11:00 AM")
    assert parse(outer(late)).sent_at == datetime(2026, 11, 4, 10, tzinfo=UTC)
    none = INLINE["gmail"].replace("Tue, Nov 3, 2026 at 8:00 AM", "recently")
    assert parse(outer(none)).sent_at == datetime(2026, 11, 4, 10, tzinfo=UTC)


def test_automatic_forward_keeps_its_proof() -> None:
    """A mail that a server forwards, its From kept, is read and proven as it always was."""
    content = ("Resent-From: erika@work.example\nX-Forwarded-For: a@b.example\n" + INNER).encode()
    message = parse(content)
    assert message.sender == "transaction@notice.aliexpress.com"
    assert message.authenticity is Authenticity.PASS
    assert RULES.read(message).rule == "en.order-closed"


def test_broken_attachment_is_set_aside() -> None:
    """An attached mail beyond the bounds is set aside, not half read."""
    with pytest.raises(UnreadableMail):
        parse(attached("Content-Type: message/rfc822", "X: y\n" * 600 + INNER))


@pytest.mark.parametrize(
    "bait",
    [
        "_" * 900_000,
        "From: " * 150_000,
        "From:\n" * 100_000,
        "From: " + "a" * 900_000 + "\nSubject: x",
    ],
)
def test_bait_in_a_forward_takes_no_time(bait: str) -> None:
    """A forwarder's mail costs no more than any other, whatever stands in it."""
    started = time.monotonic()
    assert parse(outer(bait)).sender == FORWARDER
    assert time.monotonic() - started < 10.0


MONTHS = list_months(["en", "de", "es", "pt", "fr", "it", "pl", "nl", "ru", "ko", "zh", "vi", "ar"])


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-03 08:00", SENT),
        ("03.11.2026 08:00", SENT),
        ("3.11.2026", datetime(2026, 11, 3, tzinfo=UTC)),
        ("3 nov. 2026 à 08:00", SENT),
        ("13/11/2026 08:00", SENT.replace(day=13)),
        ("11/13/2026 8:00 AM", SENT.replace(day=13)),
        ("November 3, 2026 at 8:00:00 PM", SENT.replace(hour=20)),
        ("November 3, 2026 at 12:30 AM", SENT.replace(hour=0, minute=30)),
        ("3. November 2026 um 09:00:00 GMT+01:00", SENT),
        ("2026년 11월 3일 오후 8:00", SENT.replace(hour=20)),
        ("03/11/2026 08:00", None),
        ("31.02.2026 08:00", None),
        ("8:00", None),
        ("Tue, 99 Foo 99999 99:99:99", None),
        ("x" * 200, None),
        ("", None),
    ],
)
def test_written_date_is_read_or_left_open(written: str, moment: datetime | None) -> None:
    """A date that could be two, or is none, is left open."""
    assert read_written_date(written, MONTHS) == moment


def test_settings_take_plain_addresses_only(tmp_path: Path) -> None:
    """A forwarder is one whole address; a name beside it is refused with its place."""
    path = tmp_path / "aliwatch.toml"
    path.write_text('[account.home]\nmbox = "box"\nforwarders = ["Me@Work.example"]\n')
    assert load_settings(path).accounts["home"].forwarders == ("me@work.example",)
    for wrong in ("Me <me@work.example>", "me", "@work.example", "mé@work.example"):
        path.write_text(f'[account.home]\nmbox = "box"\nforwarders = ["{wrong}"]\n')
        with pytest.raises(UserError, match="forwarders"):
            load_settings(path)


def test_forwarders_are_sought_on_the_server(tmp_path: Path) -> None:
    """The server is asked for the forwarders' mails beside AliExpress's."""
    path = tmp_path / "aliwatch.toml"
    path.write_text(
        '[account.home]\nhost = "imap.example.org"\nuser = "me"\npassword = { env = "P" }\n'
        f'forwarders = ["{FORWARDER}"]\n'
    )
    account = load_settings(path).accounts["home"]
    assert isinstance(account, ImapSettings)
    assert make_imap_account(account).senders == ("aliexpress", FORWARDER)


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_forwarders_mail_is_fetched_and_opens_a_case(tmp_path: Path, kind: str) -> None:
    """With the setting alone, a forwarded closing goes the whole way into the books."""
    place = tmp_path / "mails"
    box = mailbox.mbox(place) if kind == "mbox" else mailbox.Maildir(place)
    box.add(outer(INLINE["gmail"] + "x"))
    box.close()
    path = tmp_path / "aliwatch.toml"
    path.write_text(
        f'[account.home]\n{kind} = "mails"\nforwarders = ["{FORWARDER}"]\ndkim = false\n'
    )
    with closing(SqlStore.open(tmp_path / "state.sqlite3")) as store:
        watch = compose(load_settings(path), store, lambda: SENT.replace(day=5), tmp_path)
        watch.accounts["home"].intake.poll(since=datetime(2020, 1, 1, tzinfo=UTC))
        with store.reading() as books:
            assert books.orders() == [ORDER]
            assert [event.authenticity for event in books.events(ORDER)] == [Authenticity.UNKNOWN]


def test_names_of_months_leave_no_locales_behind() -> None:
    """Babel would keep a megabyte for each of twenty languages, for two dozen words of it."""
    Locale.parse("cs").months["format"]["wide"]
    assert list_months(["cs"])["ledna"] == 1
    assert localedata._cache == {}
