"""What becomes of a raw mail: text, links, sender, date and identity, within bounds."""

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from watcher.adapters.mail.markup import MAX_TAGS, read_markup, read_plain
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Authenticity, Message, RawMail

PARSER = MailParser(senders=load_ruleset().senders)
FROM = "From: AliExpress <transaction@notice.aliexpress.com>"
HOSTILE_SECONDS = 10.0
"""Ten times what a hostile mail may take; a parser without bounds takes minutes."""


def parse(content: str | bytes) -> Message:
    """Parse one mail."""
    raw = content if isinstance(content, bytes) else content.encode()
    return PARSER(RawMail(content=raw, received_at=None))


def html(body: str) -> Message:
    """Parse a mail of one HTML part."""
    return parse(f"{FROM}\nContent-Type: text/html; charset=utf-8\n\n{body}")


def test_visible_text_keeps_its_blocks_as_lines() -> None:
    """Cells and paragraphs are lines of their own, and numbers inside tags stay whole."""
    message = html(
        "<table><tr><td>Order total</td>\n<td>1,99&nbsp;&euro;</td></tr></table>"
        "<p>Order <b>8012</b><i>345678901234</i><br>next\nline</p>"
    )
    assert message.text.split("\n") == [
        "Order total",
        "1,99 €",
        "Order 8012345678901234",
        "next line",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">x</div>',
        '<div style="DISPLAY : NONE !important">x</div>',
        '<div style="color:red;visibility:hidden">x</div>',
        '<span style="font-size:0">x</span>',
        '<span style="font-size: 0px;line-height:1">x</span>',
        '<div style="mso-hide:all">x</div>',
        '<div style="opacity:0">x</div>',
        '<div style="max-height:0px;overflow:hidden">x</div>',
        '<div class="Preheader">x</div>',
        '<div id="preheader">x</div>',
        "<p hidden>x</p>",
        '<div style="display:none"><p><span style="display:none">x</span></p></div>',
        "<style>x</style>",
        "<script>x</script>",
        "<!--[if mso]><p>x</p><![endif]-->",
        "<title>x</title>",
        "<template>x</template>",
    ],
)
def test_hidden_text_is_not_read(hidden: str) -> None:
    """What a person cannot see, the rules do not see either."""
    assert html(f"<html><body>a{hidden}b</body></html>").text.replace("\n", "") == "ab"


@pytest.mark.parametrize(
    "style", ["font-size:0.9em", "max-height:0.5em", "overflow:hidden", "opacity:0.5", "margin:0"]
)
def test_small_text_is_read(style: str) -> None:
    """A style that only resembles a hiding one hides nothing."""
    assert html(f'<p style="{style}">seen</p>').text == "seen"


@pytest.mark.parametrize(
    "style",
    [
        ".x{display:none}",
        ".y , .x { color : red ; DISPLAY : none !important }",
        "@import url(a.css);/* } */.x{display:none}@media print{.y{display:block}}",
        "<!-- .x{display:none} -->",
        ".x{display:block;display:none}",
    ],
)
def test_text_of_a_class_that_the_page_hides_is_not_read(style: str) -> None:
    """What a plain rule of the page's own stylesheet hides, nobody sees."""
    page = f'<head><style>{style}</style></head><p class="a x">no</p><p class="xx">yes</p>'
    assert html(page).text == "yes"


@pytest.mark.parametrize(
    "style",
    [
        "<style>@media print{.x{display:none}}</style>",
        '<style media="print">.x{display:none}</style>',
        "<style>.x{display:none}@media(max-width:9em){.x{display:block}}</style>",
        "<style>.x{display:none}.x{display:block}</style>",
        "<style>.x{display:none}table.x{display:table}</style>",
        "<style>.a .x{display:none}.x:hover{display:none}.x{color:red}</style>",
        "<style>/* .x{display:none} */</style>",
        "<style>.x{display:none</style>",
        "<style>.z{display:none}</style>",
    ],
)
def test_text_of_a_class_that_somebody_sees_is_read(style: str) -> None:
    """A rule for print or some screens, one taken back, or one of a place hides nothing."""
    assert html(f'{style}<p class="x">seen</p>').text == "seen"


def test_elements_own_style_is_above_the_pages() -> None:
    """An element that says itself that it is displayed is read, whatever its class."""
    page = '<style>.x{display:none}</style><p class="x" style="display: block">seen</p>'
    assert html(page).text == "seen"


def test_links_are_decoded_and_hidden_ones_left_out() -> None:
    """Targets come with their entities decoded, from HTML and from plain text."""
    message = html(
        '<a href="https://a.example/?b=1&amp;o_ids=2">x</a>'
        '<div style="display:none"><a href="https://hidden.example/">y</a></div><a name="z">z</a>'
    )
    assert message.links == ("https://a.example/?b=1&o_ids=2",)
    plain = parse(f"{FROM}\n\nSee <https://a.example/?b=1&amp;c=2>.")
    assert plain.links == ("https://a.example/?b=1&c=2",)
    assert len(read_plain("https://a.example/ " * 3_000)[1]) == 2_000


def test_html_is_what_a_person_sees_of_an_alternative() -> None:
    """Of a plain and an HTML part the HTML is read; an empty one gives way to the plain."""
    mail = (
        FROM + '\nContent-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: '
        "text/plain\n\nplain\n--b\nContent-Type: text/html\n\n{}\n--b--\n"
    )
    assert parse(mail.format("<p>rich</p>")).text == "rich"
    assert parse(mail.format("<p> </p>")).text == "plain"


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Subject: best=?utf-8?q?=C3=A4tigt?=", "bestätigt"),
        (
            "Subject: Bestellauftrag =?utf-8?q?best=C3=A4tig?=\n =?utf-8?q?t?=",
            "Bestellauftrag bestätigt",
        ),
        ("Subject: =?koi8-r?B?+sHLwdo=?=", "Заказ"),
        ("Subject: =?no-such?q?abc?=", "abc"),
        ("Subject: first\nSubject: second", "first"),
        ("Subject:", ""),
        ("X: y", ""),
        ("Subject: Grüße", "Grüße"),
    ],
)
def test_subject_is_decoded(line: str, subject: str) -> None:
    """Encoded words, folding, raw UTF-8 and a doubled line all give one subject."""
    assert parse(f"{FROM}\n{line}\n\nx").subject == subject


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("; charset=koi8-r", "koi8-r"),
        ("; charset=euc-kr", "euc-kr"),
        ("; charset=gb18030", "gb18030"),
        ("; charset=iso-2022-jp", "iso-2022-jp"),
        ("", "utf-8"),
        ("; charset=nonsense", "utf-8"),
        ("; charset=us-ascii", "utf-8"),
    ],
)
def test_text_survives_its_charset(charset: str, encoding: str) -> None:
    """Legacy charsets are decoded; a wrong or missing one falls back to UTF-8."""
    text = {"euc-kr": "주문", "iso-2022-jp": "注文"}.get(encoding, "Заказ")
    raw = f"{FROM}\nContent-Type: text/plain{charset}\n\n".encode() + text.encode(encoding)
    assert parse(raw).text == text


def test_undecodable_bytes_do_not_lose_the_rest() -> None:
    """A byte that fits no charset is replaced, and the order number beside it is read."""
    assert "8012345678901234" in parse(FROM.encode() + b"\n\n\xff\xfe 8012345678901234").text


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("a@b.example", "a@b.example"),
        ("<A@B.example>", "a@b.example"),
        ("Ali Express <a@b.example>", "a@b.example"),
        ('"x@y.example" <a@b.example>', "a@b.example"),
        ("=?utf-8?q?Ali?= <a@b.example>", "a@b.example"),
        ("Ali\n <a@b.example>", "a@b.example"),
        ("a@b.example, c@d.example", ""),
        ("a@b.example <c@d.example>", ""),
        ("<a@b.example> <c@d.example>", ""),
        ("<a@b.example> x", ""),
        ("group: a@b.example;", ""),
        ("a@b.example (comment)", ""),
        ("<@r.example:a@b.example>", ""),
        ("a@[192.0.2.1]", ""),
        ("a@b", ""),
        ("a@bé.example", ""),
        ("a b@c.example", ""),
        ("", ""),
        ("<a@b.example" + "x" * 2000 + ">", ""),
    ],
)
def test_sender_is_exactly_one_address_or_none(line: str, address: str) -> None:
    """Whatever could be read in two ways names nobody."""
    assert parse(f"From: {line}\n\nx").sender == address


def test_two_from_lines_name_nobody() -> None:
    """A second From line leaves the sender open, so it counts as none."""
    assert parse(f"{FROM}\n{FROM}\n\nx").sender == ""
    assert parse("Subject: x\n\nx").sender == ""


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("Date: Tue, 20 Aug 2024 13:51:31 -0700", datetime(2024, 8, 20, 20, 51, 31, tzinfo=UTC)),
        ("Date: Tue, 15 Jul 2025 07:02:26 +0000", datetime(2025, 7, 15, 7, 2, 26, tzinfo=UTC)),
        ("Date: yesterday", None),
        ("X: y", None),
    ],
)
def test_date_is_in_utc_or_missing(line: str, moment: datetime | None) -> None:
    """The Date line is read with its zone; what is no date is none."""
    assert parse(f"{FROM}\n{line}\n\nx").sent_at == moment


def test_identity_is_of_the_content() -> None:
    """The way a mail took does not change its identity; anything it says does."""
    head = f"{FROM}\nMessage-ID: <1@x>\nDate: Tue, 20 Aug 2024 13:51:31 -0700\nSubject: s\n"
    base = parse(f"{head}\ntext").digest
    travelled = f"Delivered-To: a@b.example\nReceived: from x by y; now\n{head}\r\ntext"
    assert parse(travelled).digest == base
    assert parse(f"{head}\ntext".replace("\n", "\r\n")).digest == base
    for old, new in (("<1@x>", "<2@x>"), ("Subject: s", "Subject: t"), ("\n\ntext", "\n\nelse")):
        assert parse(f"{head}\ntext".replace(old, new)).digest != base


def test_mail_that_names_nobody_known_is_unknown() -> None:
    """Authenticity of a stranger's mail is not asked for."""
    assert parse("From: a@b.example\n\nx").authenticity is Authenticity.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\n\n\n",
        b"no header at all",
        b": \n\n",
        b"\x00" * 100,
        b"From: \xff\xfe\n\n\xff",
        b"From:\n \n\n",
        b"Content-Type: multipart/mixed\n\nx",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n--",
        b"headers_json: x\nParse: y\n\nz",
        b"Content-Transfer-Encoding: base64\n\n!!!!",
        b"Content-Type: text/html; charset=undefined\n\n<p>x",
        b"Content-Type: text/html; charset=idna\n\n\xff",
        b"Subject: =?utf-8?b?!!!?=\n\nx",
        b"Date: Tue, 99 Foo 99999 99:99:99 +9999\n\nx",
    ],
)
def test_damaged_mail_is_read_or_set_aside(content: bytes) -> None:
    """Damage gives a message or `UnreadableMail`, never anything else."""
    try:
        message = parse(content)
    except UnreadableMail:
        return
    assert message.digest


def test_mail_that_breaks_the_parser_is_set_aside() -> None:
    """What the library fails on becomes `UnreadableMail`, without the mail's text in it."""
    broken = (
        f"{FROM}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: text/plain; charset*=\x00''x\n\nsecret\n--b--\n"
    )
    with pytest.raises(UnreadableMail, match=r"^the parser failed: ValueError$"):
        parse(broken)


def test_parser_logs_no_text_of_a_mail(caplog: pytest.LogCaptureFixture) -> None:
    """A header that cannot be decoded does not end in the log."""
    with caplog.at_level(logging.DEBUG, logger=""):
        parse(f"{FROM}\nSubject: =?utf-8?b?secret!!!a?=\nContent-Type: x/secret\n\nsecret")
    assert "secret" not in caplog.text


HOSTILE = {
    "nested parts": FROM
    + "\n"
    + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2_000)),
    "many parts": FROM + "\nContent-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 50_000,
    "many headers": FROM + "\n" + "".join(f"X-{n}: y\n" for n in range(50_000)) + "\nx",
    "a long header": FROM + "\nX: " + "y" * 1_000_000 + "\n\nx",
    "many lines": FROM + "\n\n" + "\n" * 3_000_000,
    "nested elements": FROM + "\nContent-Type: text/html\n\n" + "<div>" * 200_000,
    "too large": FROM + "\n\n" + "x" * 7_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_oversized_mail_is_refused_at_once(kind: str) -> None:
    """A mail beyond what any person's mail needs is set aside before it costs time."""
    started = time.monotonic()
    with pytest.raises(UnreadableMail):
        parse(HOSTILE[kind])
    assert time.monotonic() - started < HOSTILE_SECONDS


ODD = {
    "digits": "x\n\n" + "1" * 5_000_000,
    "spaces": "x\n\n" + " " * 5_000_000 + "x",
    "links": "x\n\n" + "https://" * 500_000,
    "brackets in From": "x\nFrom: " + "(" * 100_000 + "\n\nx",
    "quotes in From": 'x\nFrom: "' + '\\"' * 50_000 + "\n\nx",
    "encoded words": "x\nSubject: " + "=?utf-8?q?=41?= " * 20_000 + "\n\nx",
    "order words": "x\n\n" + "order " * 500_000,
    "hidden classes": "x\nContent-Type: text/html\n\n<style>"
    + "".join(f".c{n}{{display:none}}" for n in range(20_000))
    + "</style>"
    + '<b class="z">x</b>' * 9_000,
    "open rules": "x\nContent-Type: text/html\n\n<style>.x{display:none}"
    + ".a{" * 1_000_000
    + "</style>x",
    "open comments": "x\nContent-Type: text/html\n\n<style>.x{display:none}"
    + "/*" * 1_000_000
    + "</style>x",
    "divs": "x\nContent-Type: text/html\n\n" + "<div>" * (MAX_TAGS - 10),
    "hidden siblings": "x\nContent-Type: text/html\n\n"
    + "<div>" * 6_000
    + '<b style="display:none">x</b>' * 6_000,
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_mail_takes_no_time(kind: str) -> None:
    """Megabytes of bait within the bounds are read, or refused, in about a second."""
    rules = load_ruleset()
    started = time.monotonic()
    with suppress(UnreadableMail):
        rules.read(parse(FROM + "\nX: " + ODD[kind]))
    assert time.monotonic() - started < HOSTILE_SECONDS


def test_page_with_too_many_tags_is_refused() -> None:
    """The HTML parser's time is bounded by the number of tags."""
    with pytest.raises(UnreadableMail, match="tags"):
        read_markup("<p>" * (MAX_TAGS + 1))
    assert read_markup("") == ("", (), ())
