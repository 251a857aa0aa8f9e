"""A mail as a sample to share: the wording stays, and nothing of the person."""

import re
import time
from base64 import b64decode, b64encode
from email import message_from_bytes

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.pseudonyms import Pseudonyms
from watcher.adapters.mail.scrub import scrub
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Authenticity, Message, RawMail

RULES = load_ruleset()
PARSER = MailParser(senders=RULES.senders, trusted_authserv=("mx.example.org",))
ORDER, OTHER = "8045000000000013", "8045000000000021"
HEAD = (
    "From: AliExpress <transaction@notice.aliexpress.com>\n"
    "To: Erika Beispiel <erika.b+shop@mail.example>\n"
    f"Subject: Your order {ORDER} is closed\nDate: Tue, 03 Nov 2026 08:00:00 +0000\n"
    "MIME-Version: 1.0\n"
)


def parse(content: bytes) -> Message:
    """Read a mail as the corpus does."""
    return PARSER(RawMail(content=content, received_at=None))


def plain(body: str, head: str = HEAD) -> str:
    """Scrub a mail of plain text and return its text."""
    return parse(scrub(f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".encode())).text


def page(body: str) -> tuple[str, Message]:
    """Scrub a page; return its source and what is read of it."""
    content = scrub(f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{body}".encode())
    return content.decode(), parse(content)


def header(lines: str) -> str:
    """Scrub a mail with these fields above the usual ones, and return the whole of it."""
    return scrub(f"{lines}\n{HEAD}\nx".encode()).decode()


def test_numbers_become_others_of_the_same_length_everywhere() -> None:
    """One number has one stand-in, in subject, text and links; two have two."""
    content = scrub(
        f"{HEAD}\n{ORDER} {OTHER} and {ORDER}, parcel AP00824363068180\n"
        f"https://www.aliexpress.com/?orderId={ORDER}".encode()
    )
    message = parse(content)
    first, second, again = re.findall(r"[0-9]{16}", message.text.split("\n")[0])
    assert first == again != second
    assert first not in {ORDER, OTHER}
    assert second not in {ORDER, OTHER}
    assert message.subject == f"Your order {first} is closed"
    assert message.links == (f"https://www.aliexpress.com/?orderId={first}",)
    assert re.search(r"parcel AP[0-9]{14}\b", message.text)
    assert "00824363068180" not in message.text


@pytest.mark.parametrize(
    "written",
    [
        "<b>8045</b>0000<i>0000</i>0013",
        "8045&#48;&#x30;0000000013",
        "8045&shy;0000\u200b00000013",
        "８０４５００００００００００１３",
        "٨٠٤٥٠٠٠٠٠٠٠٠٠٠١٣",
    ],
)
def test_number_in_any_clothes_is_the_same_number(written: str) -> None:
    """Tags, entities, invisible marks and other digits hide no number, and keep its stand-in."""
    digits = page(f"<p>{written}</p>")[1].text
    assert re.fullmatch(r"[0-9]{14}|[0-9]{16}", digits)
    assert not digits.startswith("8045000")
    if len(digits) == 16:
        assert digits in page(written)[1].subject


def test_running_number_of_a_list_stays_glued() -> None:
    """`1` + order number gives `1` + its stand-in, so that the list is still read."""
    _, message = page(f"<p>Order <b>1</b><span>{ORDER}</span></p>")
    assert f"Order 1{message.subject.split()[2]}" in message.text


@pytest.mark.parametrize(
    "text",
    [
        "US $1,234.56",
        "1.234,56 €",
        "₩12300000",
        "Rp 1500000",
        "1500000 VND",
        "1500000\nVND\nin all",
        "x1",
        "2026-11-03 08:00",
        "Jan 01,2026, 12:00",
        "20 working days",
        "LED lamp 60x40, 12 V",
        "transaction@notice.aliexpress.com",
    ],
)
def test_amounts_dates_and_things_stay(text: str) -> None:
    """What the rules read, and what tells nothing of anybody, is kept as it is."""
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Call +49 171 1234567 now", "1234567"),
        ("Call (+49) 1711234567", "1711234567"),
        ("Call 0171/1234567", "1234567"),
        ("Card 1711234\nUS $30.50 back", "1711234"),
        ("Card **** 4242 was charged", "4242"),
        ("Card 4111 1111 1111 1111", "4111 1111"),
        ("Write to max@home.example", "max"),
        ("Write to erika.b+shop@mail.example", "erika"),
        ("Erika Beispiel bought", "Erika"),
        ("as ERIKA wrote", "ERIKA"),
        ("Dear Max Mustermann,\nthank you, Mustermann", "Mustermann"),
        ("Hola María José:\nMaría José", "María"),
        ("尊敬的王小明，\n您好", "王小明"),
        ("홍길동 고객님, 안녕", "홍길동"),
        ("山田太郎 様", "山田"),
        ("Ship to\nHauptstr. 5, 10115 Berlin", "Berlin"),
        ("Lieferadresse: Hauptstr. 5, 10115 Berlin", "Berlin"),
        ("Адрес доставки\nМосква, ул. Ленина 5", "Ленина"),
        ("収\n配送先\n東京都千代田区1-1", "東京"),
    ],
)
def test_what_is_private_goes(text: str, gone: str) -> None:
    """Names, addresses, telephones and cards are replaced wherever they stand."""
    made = plain(text)
    assert gone not in made
    assert len(made.split("\n")) == len(text.split("\n"))


def test_address_ends_where_the_wording_goes_on() -> None:
    """Lines after an address that the rules could read stay whole."""
    text = plain("Ship to\nHauptstr. 5\n10115 Berlin\nOrder total\nUS $9.99\nHauptbahnhof")
    assert text == "Ship to\nXxxxxxxx. 0\n00000 Xxxxxx\nOrder total\nUS $9.99\nHauptbahnhof"


def test_name_that_is_a_word_of_the_rules_spoils_nothing() -> None:
    """Somebody called Order loses the greeting and not the wording."""
    head = HEAD.replace("Erika Beispiel", "Order Closed")
    text = plain("Hi Order Closed,\nYour order has been closed.", head)
    assert text == "Hi Alex Example,\nYour order has been closed."


@pytest.mark.parametrize(
    ("link", "left"),
    [
        ("https://www.aliexpress.com/x?token=Ab12&fromCode=order", "token=Xx00&fromCode=order"),
        ("https://www.aliexpress.com/x?email=erika%40mail.example", "email=xxxxx@xxxx.xxxxxxx"),
        ("https://user:pw@shop.example/x", "https://host"),
        ("https://click.aliexpress.com/e/Ab1Cd2Ef3Gh4Ij5Kl6Mn7", "/e/Xx0Xx0Xx0Xx0Xx0Xx0Xx0"),
        ("mailto:max@home.example", "mailto:person"),
        ("tel:+491711234567", "tel:+000000000000"),
        ("data:image/png;base64,QUJD", "data:xxxxx/"),
    ],
)
def test_links_lose_their_tokens(link: str, left: str) -> None:
    """Values of parameters, long marks in a path, strangers' hosts and user names go."""
    _, message = page(f'<a href="{link.replace("&", "&amp;")}">x</a>')
    assert left in message.links[0]
    for gone in ("Ab1", "erika", "user", "pw@", "max@", "171", "QUJD"):
        assert gone not in message.links[0]


def test_link_inside_a_link_keeps_its_order() -> None:
    """A tracking link's wrapped target names the stand-in, at any depth of quoting."""
    _, message = page(
        '<a href="https://t.example/?u=https%253A%252F%252Fwww.aliexpress.com%252Fx%253ForderId'
        f'%253D{ORDER}%2526uid%253Dsecret&amp;o_ids={ORDER}%2C{OTHER}">x</a>'
    )
    made = RULES.read(message).findings[0].order
    assert made == message.subject.split()[2]
    assert made in message.links[0].partition("&")[0]
    assert "secret" not in message.links[0]
    assert OTHER not in message.links[0]


def test_hidden_corners_of_a_page_are_emptied() -> None:
    """Scripts, comments, titles, attributes and styles carry nothing out."""
    source, _ = page(
        f'<title>Erika</title><script>{{"order":"{ORDER}","n":"Erika"}}</script>'
        f"<!-- Erika {ORDER} -->"
        f'<style>a{{background:url(https://t.example/?u=secret)}}</style><p data-order="{ORDER}" '
        "style='background:url(//t.example/secret)' title='Erika'>x</p>"
        '<img alt=Erika src="https://t.example/secret12345678901234567890.gif">'
    )
    body = source.partition("\n\n")[2]
    for gone in ("Erika", ORDER, "secret", "/t.example"):
        assert gone not in body


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("koi8-r", "base64"),
        ("utf-8", "quoted-printable"),
        ("iso-2022-jp", "7bit"),
        ("gb18030", "8bit"),
    ],
)
def test_charset_and_encoding_stay(charset: str, encoding: str) -> None:
    """A part is written in the charset and the transfer encoding that it came in."""
    word = {"iso-2022-jp": "注文", "gb18030": "订单"}.get(charset, "Заказ")
    body = f"{word} {ORDER} Erika".encode(charset)
    wire = b64encode(body) if encoding == "base64" else body
    head = (
        f"{HEAD}Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}"
    )
    made = message_from_bytes(scrub(head.encode() + b"\n\n" + wire))
    assert made["Content-Transfer-Encoding"] == encoding
    assert made.get_content_charset() == charset
    payload = made.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert re.fullmatch(rf"{word} [0-9]{{16}} Alex\n?", payload.decode(charset))
    assert ORDER.encode() not in payload


def test_name_in_a_wrong_charset_goes_too() -> None:
    """UTF-8 that is declared as something else hides no name."""
    head = HEAD.replace("Erika Beispiel", "Jürgen Müller")
    raw = f"{head}Content-Type: text/plain; charset=iso-8859-1\n\nHi! Jürgen".encode()
    assert "Jürgen".encode() not in scrub(raw)


def test_structure_stays_and_attachments_are_emptied() -> None:
    """The parts are the same, what is attached is empty, and its name says nothing."""
    raw = (
        f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\nfor Erika\n--b\n"
        "Content-Type: multipart/alternative; boundary=c\n\n--c\n"
        "Content-Type: text/plain\n\nErika\n"
        "--c\nContent-Type: text/html\n\n<p>Erika</p>\n--c--\n--b\n"
        'Content-Type: application/pdf; name="Erika.pdf"\nContent-Transfer-Encoding: base64\n\n'
        f"{b64encode(b'Erika').decode()}\n--b\nContent-Type: message/rfc822\n\n"
        f"{HEAD}\nErika\n--b--\nErika\n"
    )
    made = message_from_bytes(scrub(raw.encode()))
    old = message_from_bytes(raw.encode())
    kinds = [part.get_content_type() for part in old.walk()]
    assert [part.get_content_type() for part in made.walk()] == kinds
    assert b"Erika" not in made.as_bytes()
    (pdf,) = (part for part in made.walk() if part.get_content_type() == "application/pdf")
    assert pdf.get_filename() == "Xxxxx.pdf"
    assert b64decode(str(pdf.get_payload())) == b""


def test_way_of_the_mail_says_nothing_and_proves_the_same() -> None:
    """Servers, addresses, marks and signatures are others, and the trusted line is still heard."""
    raw = (
        "Delivered-To: erika@mail.example\n"
        "Received: by 2002:a05:6a10:1234:b0:5ab:1:2 with SMTP id abc123def;\n"
        " Tue, 3 Nov 2026 08:00:00 +0000\n"
        "ARC-Seal: i=1; a=rsa-sha256; d=bigmail.example; s=arc; b=AbC+/dEf\n ghi=\n"
        "Authentication-Results: mx.bigmail.example; dkim=pass header.i=@notice.aliexpress.com"
        " header.b=SeCrEt; spf=pass smtp.mailfrom=bounce-erika=mail.example@notice.aliexpress.com\n"
        "Received: from erikas-laptop (pc.home.example [203.0.113.9]) (Authenticated sender: erika)"
        " by mx.bigmail.example with ESMTPS id x1si234 for <erika@mail.example>; Tue, 03 Nov 2026"
        " 00:00:00 -0800\n"
        "DKIM-Signature: v=1; d=notice.aliexpress.com; s=s1; h=from:subject; bh=abc=; b=SeCrEt\n"
        "X-Mailer-Token: SeCrEt-erika\nList-Unsubscribe: <https://u.example/?SeCrEt>\n"
        f"Message-ID: <SeCrEt@erika.example>\n{HEAD}\nx"
    )
    made = scrub(raw.encode())
    for gone in (
        "erika",
        "SeCrEt",
        "bigmail",
        "home.example",
        "203.0.113",
        "2002:a05",
        "x1si234",
        "AbC",
    ):
        assert gone.lower() not in made.decode().lower(), gone
    assert parse(made).authenticity is Authenticity.PASS
    assert [name for name, _ in message_from_bytes(made).items()] == [
        name for name, _ in message_from_bytes(raw.encode()).items()
    ]


def test_results_of_another_server_prove_no_more_than_before() -> None:
    """A line that the receiving server did not write does not become its own."""
    made = header(
        "Received: from x by mx.home.example with ESMTP; Tue, 3 Nov 2026 08:00:00 +0000\n"
        "Authentication-Results: mx.evil.example; dkim=pass header.d=aliexpress.com\n"
        "Authentication-Results: mx.home.example; dkim=none"
    )
    assert parse(made.encode()).authenticity is Authenticity.UNKNOWN


def test_relayed_sender_keeps_its_form_and_loses_its_marks() -> None:
    """Apple's relay is still seen through; what names the person's relay address is gone."""
    mark = "transaction_at_notice_aliexpress_com_0a1b2c3d4e_0a1b2c3d"
    made = scrub(
        HEAD.replace(
            "transaction@notice.aliexpress.com", f"{mark}@privaterelay.appleid.com"
        ).encode()
        + b"\nx"
    )
    assert b"0a1b2c3d" not in made
    assert RULES.read(parse(made)).rule == "en.order-closed"


def test_stranger_who_claims_to_be_the_shop_stays_a_stranger() -> None:
    """A look-alike's address is replaced, its shop-like name kept: the sample shows the trick."""
    made = scrub(HEAD.replace("transaction@notice.aliexpress.com", "a@ali.evil.example").encode())
    assert b"From: AliExpress <person" in made
    assert b"evil" not in made


def test_bytes_that_are_no_text_survive() -> None:
    """Damage is neither dropped nor a crash, and line ends stay what they were."""
    made = scrub(HEAD.replace("\n", "\r\n").encode() + b"X: \xff\xfe\r\n\r\n\xff\xfe ok\r\n")
    assert b"\xff\xfe ok\r\n" in made
    assert b"\r\n" in made
    assert not re.search(rb"(?<!\r)\n", made)


def test_mail_beyond_the_bounds_is_refused() -> None:
    """What could not be read cannot be shared either."""
    with pytest.raises(UnreadableMail):
        scrub(b"x" * 7_000_000)


def test_stand_ins_lead_nowhere_back() -> None:
    """They are counted, not computed: another number in the same place has the same one."""
    assert Pseudonyms().number(ORDER) == Pseudonyms().number(OTHER)
    pseudonyms = Pseudonyms()
    made = {pseudonyms.number(f"{each:016d}") for each in range(200)}
    assert len(made) == 200
    assert pseudonyms.number("0" * 12)[0] == "0"
    assert len(pseudonyms.number("7" * 24)) == 24


@pytest.mark.parametrize("bait", ["+1", "a1", "&", "<", '<a x="', "<!--", "a@", "http://", "0 1 2"])
def test_bait_takes_no_time(bait: str) -> None:
    """No repetition makes a sample cost more than a few seconds."""
    started = time.monotonic()
    scrub(f"{HEAD}Content-Type: text/html\n\n{bait * 20_000}".encode())
    assert time.monotonic() - started < 20.0
