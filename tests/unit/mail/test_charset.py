"""Bytes become the text they were written as, whatever their label says."""

import time
from base64 import b64encode

import pytest

from watcher.adapters.mail.charset import META_WITHIN, decode_text, decode_words
from watcher.adapters.mail.headers import open_envelope
from watcher.adapters.mail.parse import parse

ORDER = "8012345678901234"
SAID = {
    "ar": f"تم إلغاء الطلب {ORDER}",
    "cs": f"Objednávka {ORDER} byla zrušena",
    "fr": f"Votre commande {ORDER} a été annulée",
    "he": f"הזמנה {ORDER} בוטלה",
    "ja": f"ご注文 {ORDER} がキャンセルされました",
    "ko": f"주문 {ORDER}이 취소되었습니다",
    "pl": f"Twoje zamówienie {ORDER} zostało anulowane",
    "ru": f"Ваш заказ {ORDER} отменён",
    "th": f"คำสั่งซื้อ {ORDER} ถูกยกเลิก",
    "tr": f"Siparişiniz {ORDER} iptal edildi",
    "zh": f"订单 {ORDER} 已取消",
}
BOUND = 10.0
"""Seconds; a hundred times what any of it takes."""


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize(
    "label", [None, "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "koi8-r", "x-nosuch"]
)
def test_utf8_is_read_under_any_label(label: str | None, language: str) -> None:
    """Bytes that make UTF-8 are UTF-8, whatever they are called."""
    assert decode_text(SAID[language].encode(), label) == SAID[language]


@pytest.mark.parametrize("label", ["gbk", "gb18030", "big5", "euc-kr", "shift_jis"])
@pytest.mark.parametrize("language", ["ja", "ko", "th", "zh"])
def test_utf8_of_three_bytes_is_read_under_a_label_of_two(label: str, language: str) -> None:
    """East Asian text in UTF-8 is told from that in two bytes a character."""
    assert decode_text(SAID[language].encode(), label) == SAID[language]


def test_short_text_of_two_bytes_a_character_is_what_its_label_says() -> None:
    """A word of Chinese can make UTF-8 by chance; the label decides then."""
    content = "一".encode("gbk")
    assert decode_text(content, "gbk") == "一"
    assert decode_text(content, None) == content.decode("utf-8")


@pytest.mark.parametrize(
    ("label", "written", "language"),
    [
        ("x-sjis", "shift_jis", "ja"),
        ("windows-31j", "cp932", "ja"),
        ("x-euc-jp", "euc-jp", "ja"),
        ("ISO-2022-JP", "iso-2022-jp", "ja"),
        ("x-gbk", "gbk", "zh"),
        ("gb_2312-80", "gb2312", "zh"),
        ("gb2312", "gb18030", "zh"),
        ("hz-gb-2312", "hz", "zh"),
        ("cp936", "gbk", "zh"),
        ("x-windows-949", "cp949", "ko"),
        ("ks_c_5601-1987", "cp949", "ko"),
        ("iso-2022-kr", "iso-2022-kr", "ko"),
        ("windows-874", "cp874", "th"),
        ("tis-620", "cp874", "th"),
        ("iso-8859-8-i", "iso-8859-8", "he"),
        ("logical", "iso-8859-8", "he"),
        ("iso-8859-9", "cp1254", "tr"),
        ("windows1251", "cp1251", "ru"),
        ("x-cp1251", "cp1251", "ru"),
        ("cp-1251", "cp1251", "ru"),
        ("'windows-1251'", "cp1251", "ru"),
        ("x-mac-cyrillic", "mac-cyrillic", "ru"),
        ("koi8-r*ru", "koi8-r", "ru"),
        ("unicode", "utf-16", "ru"),
        ("utf-16le", "utf-16-le", "ru"),
        ("utf-7", "utf-7", "ru"),
    ],
)
def test_charset_is_known_by_all_its_names(label: str, written: str, language: str) -> None:
    """Names that only mail programs use, and misspelt ones, mean the charset they stand for."""
    assert decode_text(SAID[language].encode(written), label) == SAID[language]


def test_euro_sign_is_read_under_the_label_of_latin_1() -> None:
    """What is called ISO-8859-1 is written in Windows-1252."""
    assert decode_text(b"\x80 30,50 f\xfcr", "iso-8859-1") == "€ 30,50 für"


@pytest.mark.parametrize("label", [None, "us-ascii", "utf-8", "x-nosuch"])
def test_page_says_its_charset_itself(label: str | None) -> None:
    """Without a label that holds, the page's own meta tag is asked."""
    for meta in (
        '<meta charset="windows-1251">',
        '<META http-equiv="Content-Type" content="text/html; charset = windows-1251">',
    ):
        page = f"<html><head>{meta}</head><p>{SAID['ru']}"
        assert decode_text(page.encode("cp1251"), label) == page


def test_label_of_the_part_is_above_the_pages_own() -> None:
    """A mail program that changed the charset changed the label, and left the page as it was."""
    page = f"<meta charset=windows-1251>{SAID['ru']}"
    assert decode_text(page.encode("koi8-r"), "koi8-r") == page


def test_one_damaged_byte_leaves_the_charset_as_it_is() -> None:
    """Text with a byte that does not fit is read but for that byte."""
    for written, label in (("utf-8", "utf-8"), ("utf-8", None), ("euc-kr", "euc-kr")):
        text = decode_text(SAID["ko"].encode(written) + b" \xff " + b"<meta charset=cp1251>", label)
        assert text.startswith(SAID["ko"])
        assert "\ufffd" in text


@pytest.mark.parametrize(
    "label", ["", "idna", "punycode", "unicode_escape", "base64", "rot13", "undefined", "\0", "é"]
)
def test_what_is_no_charset_of_mails_is_not_obeyed(label: str) -> None:
    """A label that names another codec, or nothing at all, changes no text."""
    assert decode_text(b"\\u0041 xn--80ak6aa92e", label) == "\\u0041 xn--80ak6aa92e"
    assert decode_text(b"\\u0041 \xc3\xbc", label) == "\\u0041 ü"


def test_half_characters_never_come_out() -> None:
    """UTF-7 can write half a character; the text can be written as UTF-8 all the same."""
    assert decode_text(b"+2AA- x", "utf-7").encode()


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "unknown-8bit", "utf-8"])
def test_subject_is_read_under_any_label(charset: str, language: str) -> None:
    """An encoded word of UTF-8 is UTF-8, whatever it says of itself."""
    word = b64encode(SAID[language].encode()).decode()
    assert decode_words(f"A =?{charset}?b?{word}?=".encode()) == f"A {SAID[language]}"


@pytest.mark.parametrize(
    "line", [b"=?utf-8?b?a?= \xc3\xbc", "=?utf-8?b?ü?= ü".encode(), b"=?utf-8?q? \xc3\xbc"]
)
def test_damaged_word_is_read_as_it_stands(line: bytes) -> None:
    """What is no encoded word is text."""
    assert "ü" in decode_words(line)


def test_mail_is_read_in_the_charset_it_is_written_in() -> None:
    """Subject and page are read by what they are, and by the page's own tag."""
    subject = b64encode(SAID["zh"].encode()).decode()
    head = f"Subject: =?iso-8859-1?b?{subject}?=\nContent-Type: text/html\n"
    page = f"<meta charset=windows-1251><p>{SAID['ru']}</p>".encode("cp1251")

    for body in (b"\n" + page, b"Content-Transfer-Encoding: base64\n\n" + b64encode(page)):
        parsed = parse(open_envelope(head.encode() + body))

        assert parsed.subject == SAID["zh"]
        assert parsed.text == SAID["ru"]


def test_raw_subject_is_read_in_the_charset_of_the_text() -> None:
    """A subject that is no encoded word is written as the mail's own text is, or in UTF-8."""
    head = b"Content-Type: text/plain; charset=koi8-r\nSubject: "

    for written in ("koi8-r", "utf-8"):
        content = head + SAID["ru"].encode(written) + b"\n\n" + SAID["ru"].encode("koi8-r")
        assert parse(open_envelope(content)).subject == SAID["ru"]


@pytest.mark.parametrize(
    "content",
    [
        b"<meta " * 1_000_000 + b"\xff",
        b"<meta charset" * 400_000 + b"\xff",
        b"\xff\xfe" * 2_000_000,
        b"\xc3" * 5_000_000,
        b"+" * 5_000_000 + b"\xff",
    ],
)
@pytest.mark.parametrize("label", ["utf-8", "utf-7", "punycode", "gb18030", "iso-2022-jp"])
def test_megabytes_of_bait_take_no_time(label: str, content: bytes) -> None:
    """Time grows with the length alone."""
    started = time.monotonic()
    decode_text(content, label)
    assert time.monotonic() - started < BOUND


def test_tag_far_down_in_a_page_is_not_looked_for() -> None:
    """A page says its charset in its head, or not at all."""
    page = b" " * META_WITHIN + b"<meta charset=koi8-r>\xff"
    assert decode_text(page, None).endswith("\ufffd")
