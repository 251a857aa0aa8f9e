"""One closed order in every kind of clothes: the words and the number are found in all of them."""

from base64 import b64encode
from quopri import encodestring

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.event import EventKind
from watcher.domain.message import Message, RawMail
from watcher.domain.reading import Outcome

RULES = load_ruleset()
PARSER = MailParser(senders=RULES.senders)
ORDER = "8012345678901234"
HEAD = b"From: AliExpress <transaction@notice.aliexpress.com>\nMIME-Version: 1.0\n"
VAGUE = b"Subject: A notice from AliExpress\n"
SAID = f"Your order {ORDER} has been closed."
PAGE = b"Content-Type: text/html; charset=utf-8\n\n"
FOOTER = "<p>Cancelled? Refund issued! Learn how orders get cancelled and refunded.</p>"


def parse(content: bytes) -> Message:
    """Parse one mail."""
    return PARSER(RawMail(content=content, received_at=None))


def page(body: str) -> bytes:
    """Write a mail of one HTML part whose subject says nothing."""
    return HEAD + VAGUE + PAGE + f"<html><body>{body}</body></html>".encode()


def part(kind: str, text: str) -> bytes:
    """Write one MIME part."""
    return f"Content-Type: text/{kind}; charset=utf-8\n\n{text}\n".encode()


def multi(kind: str, boundary: str, *parts: bytes) -> bytes:
    """Put parts into a multipart."""
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\n" + each for each in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
        + body
        + mark
        + b"--\n"
    )


def coded(charset: str, *, label: str | None = None) -> bytes:
    """Write a plain mail in a charset, in base64, with a word of it beside the sentence."""
    word = WORDS[charset]
    named = f"; charset={label}" if label else ""
    head = f"Content-Type: text/plain{named}\nContent-Transfer-Encoding: base64\n\n"
    return HEAD + VAGUE + head.encode() + b64encode(f"{word}\n{SAID}".encode(charset))


WORDS = {
    "koi8-r": "Здравствуйте",
    "windows-1251": "Здравствуйте",
    "windows-1252": "Größe naïve",
    "windows-1254": "Değerli müşterimiz",
    "windows-1255": "שלום",
    "windows-1256": "مرحبا",
    "iso-2022-jp": "お客様",
    "euc-kr": "고객님",
    "gb18030": "尊敬的客户",
    "big5": "尊敬的客戶",
    "shift_jis": "お客様",
    "utf-16": "Grüße",
}

CLOTHES = {
    "plain text": HEAD + VAGUE + b"\n" + SAID.encode(),
    "paragraph": page(f"<p>{SAID}</p>"),
    "nested tables": page(f"<table><tr><td><table><tr><td>{SAID}</td></tr></table></table>"),
    "cells": page(f"<table><tr><td>Your order</td><td>{ORDER}</td><td>has been closed</table>"),
    "hidden preheader": page(
        f'<div style="display:none">Your order {ORDER} was refunded</div><p>{SAID}</p>'
    ),
    "preheader of size nothing": page(f'<p style="font-size:0">Refund issued</p>{SAID}'),
    "entities": page(SAID.replace(" ", "&nbsp;").replace("8012", "&#56;0&#x31;2")),
    "number in tags": page(SAID.replace(ORDER, "<b>8012</b>34<i>567890</i>1234")),
    "number in a link": page(
        SAID.replace(ORDER, f'<a href="https://www.aliexpress.com/p/?orderId={ORDER}">{ORDER}</a>')
    ),
    "soft hyphens": page(SAID.replace("closed", "clo&shy;sed").replace("8012", "8012&shy;")),
    "zero-width joiners": page(SAID.replace("order", "or&zwj;der").replace("90", "9&zwnj;0")),
    "zero-width blanks": page(SAID.replace("closed", "clo\u200bsed").replace("90", "9\u200b0")),
    "right-to-left marks": page(SAID.replace(ORDER, f"\u200f\u202a{ORDER}\u202c\u200f")),
    "isolates": page(SAID.replace(ORDER, f"\u2066{ORDER}\u2069")),
    "narrow no-break blanks": page(SAID.replace(" ", "\u202f")),
    "full-width digits": page(SAID.replace("8012", "８０１２")),
    "capitals": page(SAID.upper()),
    "broken lines": page(SAID.replace(" ", "\n  ")),
    "comments in the words": page(SAID.replace("closed", "clo<!-- refunded -->sed")),
    "unclosed tags": page(f"<table><tr><td><b><p>{SAID}"),
    "marketing footer": page(f"<p>{SAID}</p>{FOOTER}"),
    "style and title": page(f"<style>refunded</style><title>Refunded</title><p>{SAID}</p>"),
    "quoted-printable": HEAD
    + VAGUE
    + b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    + encodestring(f"<p>{SAID} Grüße</p>".encode()).replace(b"closed", b"clo=\nsed"),
    "base64": HEAD
    + VAGUE
    + b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
    + b64encode(SAID.encode()),
    "carriage returns": page(f"<p>{SAID}</p>").replace(b"\n", b"\r\n"),
    "folded encoded words": HEAD
    + f"Subject: =?utf-8?b?{b64encode(b'Your order 80123456').decode()}?=\n"
    f" =?utf-8?q?78901234_is_clos?=\n =?utf-8?q?ed?=\n\nx".encode(),
    "folded subject": HEAD + f"Subject: Your order\n {ORDER}\n is closed\n\nx".encode(),
    "subject in koi8-r words": HEAD
    + f"Subject: =?koi8-r?q?Your_order_{ORDER}_is_closed?=\n\nx".encode(),
    "alternative": HEAD
    + VAGUE
    + multi("alternative", "a", part("plain", "Refund issued"), part("html", f"<p>{SAID}</p>")),
    "mixed": HEAD + VAGUE + multi("mixed", "m", part("html", f"<p>{SAID}</p>")),
    "related in alternative in mixed": HEAD
    + VAGUE
    + multi(
        "mixed",
        "m",
        multi("alternative", "a", multi("related", "r", part("html", f"<p>{SAID}</p>"))),
    ),
    **{f"charset {each}": coded(each, label=each) for each in WORDS},
    "charset missing": coded("windows-1251"),
    "charset wrong": coded("windows-1251", label="utf-8"),
    "charset unknown": coded("koi8-r", label="x-nosuch"),
    "hidden by a class": page(
        "<style>.pre{display:none}</style>"
        f'<div class="pre">Your order {ORDER} was refunded</div><p>{SAID}</p>'
    ),
}


@pytest.mark.parametrize("kind", CLOTHES)
def test_closed_order_is_read_in_all_its_clothes(kind: str) -> None:
    """The closing and its number are found, and nothing else in the mail is taken for news."""
    reading = RULES.read(parse(CLOTHES[kind]))

    assert reading.outcome is Outcome.RECOGNISED
    assert [(each.kind, each.order) for each in reading.findings] == [
        (EventKind.ORDER_CLOSED, ORDER)
    ]


@pytest.mark.parametrize("charset", WORDS)
def test_words_survive_their_charset(charset: str) -> None:
    """A text in a legacy charset comes out in its own letters."""
    assert parse(coded(charset, label=charset)).text.split("\n")[0] == WORDS[charset]


def test_footer_that_speaks_of_cancelling_decides_nothing() -> None:
    """A delivery with such a footer is a delivery, and a footer alone is no news."""
    shipped = VAGUE.replace(b"A notice from AliExpress", f"Order {ORDER}: order shipped".encode())
    mail = HEAD + shipped + PAGE + FOOTER.encode()
    assert [each.kind for each in RULES.read(parse(mail)).findings] == [EventKind.ORDER_SHIPPED]
    assert not RULES.read(parse(page(FOOTER))).findings
