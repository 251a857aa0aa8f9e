"""Bytes as text: by what they are, then by what their label, or the page itself, says they are.

Senders label wrongly, or not at all. Bytes that make UTF-8 are UTF-8, whatever the label: no text
of another charset does so by chance, unless it is very short.
"""

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from functools import lru_cache

META_WITHIN = 4_000
"""Bytes of a page in which its own `<meta charset>` is looked for."""
MANY_LABELS = 256
FLAWS = 8
"""Text of which one byte beyond ASCII in so many is damaged is of its charset still."""

_META = re.compile(
    rb"<meta[^>]{0,200}?\bcharset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{2,40})", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?:x-)?(?:cp|windows|win|ms)[-_]?(\d{3,4})")
_HIGH = bytes(range(0x80, 0x100))
_ALIASES = {
    "gb_2312-80": "gb18030",
    "iso-8859-6-e": "iso8859-6",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "ks_c_5601-1989": "cp949",
    "logical": "iso8859-8",
    "unicode": "utf-16",
    "visual": "iso8859-8",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "x-sjis": "cp932",
    "x-windows-949": "cp949",
}
"""Labels that Python does not know. Source: WHATWG Encoding Standard, 4.2, and RFC 1556."""
_WIDER = {
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso2022_jp": "iso2022_jp_ext",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
"""What is really written under a charset's name. Source: WHATWG Encoding Standard, 4.2."""
_NOT_OF_MAILS = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
)
_PAIRS = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp"})
"""Two bytes a character: a few of those can make UTF-8 of two bytes each, but not of three."""
_SHIFTING = frozenset({"utf-7", "hz"})
"""They write everything in ASCII, without an escape."""
_LAST_OF_TWO = "\u07ff"


def decode_text(content: bytes, label: str | None) -> str:
    """Return `content` as text; what fits no charset becomes U+FFFD. Takes linear time."""
    codec = _codec(label or "")
    if content.isascii():
        # Escapes and sixteen bits a character are ASCII on the wire, and rare.
        plain = b"\x1b" not in content and b"\0" not in content and codec not in _SHIFTING
        text = content.decode("ascii") if plain else _try(content, codec)
        return content.decode("ascii") if text is None else text
    if codec is not None and codec.startswith(("utf-16", "utf-32")) and b"\0" in content:
        text = _try(content, codec)
        if text is not None:
            return text
    text = _try(content, "utf-8-sig")
    if text is None:
        return _by_label(content, codec)
    if codec in _PAIRS and max(text) <= _LAST_OF_TWO:
        return _try(content, codec) or text
    return text


def decode_words(line: bytes, label: str | None = None) -> str:
    """Return a header field's text, its encoded words (RFC 2047) decoded, each by its charset.

    `label` is that of the mail's text: what stands in a field as it is, is likely written so too.
    """
    if b"=?" not in line:
        return decode_text(line, label)
    try:
        # As Latin-1 each byte comes through the library as it is.
        words = decode_header(line.decode("latin-1"))
    except (HeaderParseError, ValueError):
        return decode_text(line, label)
    return "".join(
        decode_text(word if isinstance(word, bytes) else word.encode("latin-1"), charset)
        for word, charset in words
    )


def _by_label(content: bytes, codec: str | None) -> str:
    damaged = content.decode("utf-8", "replace")
    high = len(content) - len(content.translate(None, _HIGH))
    bearable = high // FLAWS
    if damaged.count("\ufffd") <= bearable:
        return damaged
    meta = _META.search(content, 0, META_WITHIN)
    stated = (codec, None if meta is None else _codec(meta[1].decode("ascii")))
    likely = [each for each in stated if each is not None and not each.startswith("utf")]
    texts = [content.decode(each, "replace") for each in likely]
    found = (text for text in texts if text.count("\ufffd") <= bearable)
    return next(found, texts[0] if texts else damaged)


def _try(content: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        text = content.decode(codec)
        # Some codecs make half characters, which nothing behind here can write.
        text.encode("utf-8")
    except (LookupError, UnicodeError):
        return None
    return text


@lru_cache(maxsize=MANY_LABELS)
def _codec(label: str) -> str | None:
    """Return the codec that a label means, `None` for ASCII, and for one that nobody knows."""
    name = label.partition("*")[0].strip(" \t\"'").lower()
    name = _ALIASES.get(name, name)
    numbered = _NUMBERED.fullmatch(name)
    try:
        found = codecs.lookup(f"cp{numbered[1]}" if numbered else name)
    except (LookupError, ValueError):
        return None
    known = getattr(found, "_is_text_encoding", False) and found.name not in _NOT_OF_MAILS
    return _WIDER.get(found.name, found.name) if known and found.name != "ascii" else None
