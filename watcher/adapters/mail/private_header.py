"""Header fields without what they tell of a person, their structure kept."""

import re
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.utils import getaddresses
from inspect import signature

from watcher.adapters.mail.private_text import PrivateText
from watcher.adapters.mail.private_words import FIRST_NAME, LAST_NAME, Names
from watcher.adapters.mail.pseudonyms import Pseudonyms, shape

PEOPLE = frozenset(
    {
        "from", "to", "cc", "bcc", "reply-to", "sender", "return-path", "delivered-to",
        "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to", "x-forwarded-for",
        "x-delivered-to", "resent-from", "resent-to", "resent-sender", "apparently-to",
        "errors-to", "disposition-notification-to",
    }
)  # fmt: skip
_PLAIN = frozenset(
    {
        "mime-version", "content-transfer-encoding", "date", "resent-date", "delivery-date",
        "precedence", "auto-submitted", "importance", "priority", "x-priority", "content-language",
    }
)  # fmt: skip
_TEXT = frozenset({"subject", "thread-topic", "comments", "keywords"})
_TYPED = frozenset({"content-type", "content-disposition"})
_SIGNED = frozenset(
    {"dkim-signature", "arc-message-signature", "arc-seal", "x-google-dkim-signature"}
)
_TRACE = frozenset(
    {
        "received", "x-received", "authentication-results", "arc-authentication-results",
        "received-spf", *_SIGNED,
    }
)  # fmt: skip

_ENCODED = re.compile(r"=\?[^?\s]*\?[bq]\?", re.IGNORECASE)
# Pythons that have it are strict by default; the others never were.
_LENIENT = {"strict": False} if "strict" in signature(getaddresses).parameters else {}
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++@[\w-]+(?:\.[\w-]+)+")
_NAME_PART = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[^\s<>,;:\"@]+(?:[ \t]+[^\s<>,;:\"@]+)*(?=\s*<)")
_FILE_NAME = re.compile(r"((?:file)?name\*?[0-9]*\*?\s*=\s*)(\"[^\"]*\"|[^;\s]+)", re.IGNORECASE)
_WHERE = re.compile(
    r"(?P<person>[\w.!#$%&'*+/=?^`{|}~-]*[\w.!#$%&'*+/?^`{|}~-]@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w.:])(?P<ip>(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{0,4}|[0-9a-f:]*::[0-9a-f:]+)"
    r"|(?<![\w.])(?P<ip4>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w.])"
    r"|(?<![\w-])(?P<host>(?:[\w-]+\.)++[a-z]{2,24})(?![\w-])(?!\s*=)",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r"(?:(?:smtp|header|policy)\.[a-z-]+|envelope-from|client-ip|identity|helo|mailfrom|[a-z]{1,2})=",
    re.IGNORECASE,
)
"""`smtp.mailfrom=a@b`: what stands before is the field's own word, not a part of the address."""
_MACHINE = re.compile(r"(?<=\b(?:from|helo|ehlo)[ =])[\w-]+(?=[\s)])", re.IGNORECASE)
_MARK = re.compile(
    r"(\bid\s+|\bheader\.b=|\bauthenticated sender:?\s*|\buser=)([^\s;)]+)", re.IGNORECASE
)
_SIGNATURE = re.compile(r"((?:^|;)\s*bh?\s*=)([^;]*)", re.IGNORECASE)
_SERVER = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:[0-9]\s*)?;")
_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.IGNORECASE)


def find_receiver(results: list[str], received: list[str]) -> str | None:
    """Return the name under which the receiving server signs its results, the most likely one."""
    servers = [found[1].lower() for each in results if (found := _SERVER.match(each))]
    for line in received:
        written_by = _BY.search(line)
        for server in servers:
            organisation = server.partition(".")[2] if server.count(".") > 1 else server
            if written_by and f".{written_by[1].lower()}".endswith(f".{organisation}"):
                return server
    return servers[0] if servers else None


def find_people(value: str) -> list[str]:
    """Return the names in a field of addresses, and the local parts of the addresses."""
    plain = decode_words(value)[0]
    named = getaddresses([plain], **_LENIENT)
    locals_ = [each.partition("@")[0] for each in _ADDRESS.findall(plain)]
    return [*(name for name, _ in named if name), *locals_]


def decode_words(value: str) -> tuple[str, str]:
    """Return a field's text, and the charset of its first encoded word (`utf-8` where none)."""
    if not _ENCODED.search(value):
        return value, "utf-8"
    parts: list[str] = []
    charset = ""
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value, "utf-8"
    for piece, written_in in pieces:
        if isinstance(piece, str):
            parts.append(piece)
            continue
        charset = charset or (written_in or "")
        try:
            parts.append(piece.decode(written_in or "utf-8"))
        except (LookupError, UnicodeDecodeError):
            parts.append(piece.decode("utf-8", "replace"))
    return re.sub(r"\r?\n(?=[ \t])", "", "".join(parts)), charset or "utf-8"


def encode_words(text: str, charset: str) -> str:
    """Return a field's text as it may stand in a header."""
    if text.isascii():
        return text
    for each in (charset, "utf-8"):
        try:
            return Header(text, each, maxlinelen=70, header_name="Subject").encode()
        except (LookupError, UnicodeError, HeaderParseError):
            continue
    return shape(text)


class PrivateHeader:
    """Replaces what is private in header fields by the pseudonyms of one mail."""

    def __init__(self, pseudonyms: Pseudonyms, names: Names, text: PrivateText) -> None:
        self._pseudonyms = pseudonyms
        self._names = names
        self._text = text

    def __call__(self, name: str, value: str) -> str:
        """Return the value of the field `name` (lower case); an unknown field's form."""
        if name in _PLAIN:
            return value
        if name in _TEXT:
            return self._words(value)
        if name in PEOPLE:
            return self._people(value)
        if name in _TYPED:
            return _FILE_NAME.sub(_other_file, value)
        if name in _TRACE:
            return self._trace(name, value)
        return shape(value)

    def _words(self, value: str) -> str:
        plain, charset = decode_words(value)
        made = self._text.text(plain)
        return value if made == plain else encode_words(made, charset)

    def _people(self, value: str) -> str:
        plain, charset = decode_words(value)
        named = _NAME_PART.sub(_other_name, plain)
        # Each piece once: a stand-in must not be taken for a person.
        end, made = 0, ""
        for found in _ADDRESS.finditer(named):
            made += self._text.text(named[end : found.start()])
            made += self._pseudonyms.address(found.group())
            end = found.end()
        made += self._text.text(named[end:])
        return value if made == plain else encode_words(made, charset)

    def _trace(self, name: str, value: str) -> str:
        if name in _SIGNED:
            value = _SIGNATURE.sub(lambda m: m[1] + re.sub(r"[A-Za-z0-9+/=]", "A", m[2]), value)
        date = value.rpartition(";")[2] if name.endswith("received") else ""
        body = value.removesuffix(date)
        body = _MARK.sub(lambda m: m[1] + shape(m[2]), body)
        body = _WHERE.sub(self._elsewhere, body)
        body = _MACHINE.sub(lambda found: self._pseudonyms.single_label(found.group()), body)
        return body + date

    def _elsewhere(self, found: re.Match[str]) -> str:
        if found["person"]:
            prefix = _PROPERTY.match(found["person"])
            start = prefix.end() if prefix else 0
            return found["person"][:start] + self._pseudonyms.address(found["person"][start:])
        if found["host"]:
            return self._pseudonyms.host(found["host"])
        return self._pseudonyms.ip(found.group())


def _other_file(found: re.Match[str]) -> str:
    name, dot, ending = found[2].strip('"').rpartition(".")
    return f'{found[1]}"{shape(name)}{dot}{ending if dot else shape(ending)}"'


def _other_name(found: re.Match[str]) -> str:
    written = found.group()
    if "aliexpress" in written.lower():
        return written
    quoted = '"' if written.startswith('"') else ""
    return f"{quoted}{FIRST_NAME} {LAST_NAME}{quoted}"
