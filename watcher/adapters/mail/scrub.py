"""A mail as a sample that can be shared: the wording and the structure, and nobody's data."""

import quopri
from base64 import encodebytes
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.generator import BytesGenerator
from email.message import Message as Part
from io import BytesIO
from typing import Any, Final

from watcher.adapters.mail.flat_text import flatten, flatten_markup
from watcher.adapters.mail.headers import open_envelope
from watcher.adapters.mail.private_header import (
    PEOPLE,
    PrivateHeader,
    find_people,
    find_receiver,
)
from watcher.adapters.mail.private_text import PrivateText
from watcher.adapters.mail.private_things import ThingNames
from watcher.adapters.mail.private_words import Names, load_vocabulary
from watcher.adapters.mail.pseudonyms import Pseudonyms
from watcher.domain.errors import UnreadableMail

_IDS = frozenset({"message-id", "in-reply-to", "references", "resent-message-id"})
_BROKEN = (AssertionError, AttributeError, LookupError, MessageError, RecursionError, TypeError)
_SHIFTED = {b"\x1b$)C": "iso2022_kr", b"\x1b$": "iso2022_jp_ext"}

# Pythons that can refuse a header that is not well formed do so by default; mails have such.
_UNVERIFIED: Final[dict[str, Any]] = (
    {"verify_generated_headers": False}
    if hasattr(policy.compat32, "verify_generated_headers")
    else {}
)


def scrub(content: bytes, *, things: Iterable[str] = ()) -> bytes:
    """Return a mail that reads the same and tells nothing of the person.

    Replaced are names, mail and postal addresses, telephone, order and parcel numbers (the same
    by the same, of the same length), a card's last digits, numbers of identity papers, `things`
    (the names of what was bought and of the store, by their shape), tokens in links, signatures,
    the servers on the way, every field that is not known to be harmless, and what is attached.
    Kept are the wording, amounts, dates, the MIME structure, charsets and transfer encodings. The
    server that received the mail is called `mx.example.org` in every sample.

    Raises:
        UnreadableMail: the mail cannot be taken apart, or is beyond the bounds of any mail.

    """
    open_envelope(content)
    try:
        return _Scrubber(message_from_bytes(content), things).run(crlf=b"\r\n" in content)
    except (*_BROKEN, ValueError) as error:
        raise UnreadableMail(f"cannot be taken apart: {type(error).__name__}") from error


class _Scrubber:
    """One mail with its stand-ins."""

    def __init__(self, mail: Part, things: Iterable[str]) -> None:
        self._mail = mail
        fields = [(name.lower(), _text(value)) for name, value in mail.raw_items()]
        results = [value for name, value in fields if name == "authentication-results"]
        received = [value for name, value in fields if name == "received"]
        vocabulary = load_vocabulary()
        names = Names(vocabulary)
        pseudonyms = Pseudonyms(find_receiver(results, received))
        self._names = names
        self._text = PrivateText(pseudonyms, names, ThingNames(things, vocabulary.known))
        self._header = PrivateHeader(pseudonyms, names, self._text)
        self._ids: dict[str, str] = {}

    def run(self, *, crlf: bool) -> bytes:
        """Replace everything, and write the mail down."""
        parts = list(self._mail.walk())
        for part in parts:
            self._learn(part)
        for part in parts:
            self._replace_header(part)
            if not part.is_multipart():
                self._replace_body(part)
            elif part.get_content_maintype() == "multipart":
                # Between the parts, where no reader looks.
                part.preamble = part.preamble and "Several parts.\n"
                part.epilogue = part.epilogue and "\n"
        written = BytesIO()
        rules = policy.compat32.clone(
            max_line_length=None, linesep="\r\n" if crlf else "\n", **_UNVERIFIED
        )
        BytesGenerator(written, mangle_from_=False, policy=rules).flatten(self._mail)
        return written.getvalue()

    def _learn(self, part: Part) -> None:
        for name, value in part.raw_items():
            if name.lower() in PEOPLE and "aliexpress" not in _text(value).lower():
                for each in find_people(_text(value)):
                    self._names.add(each)
        if part.is_multipart() or part.get_content_maintype() != "text":
            return
        text, _ = _decode(part)
        if part.get_content_subtype() == "html":
            text = flatten_markup(text, change_tag=str, change_style=str).seen
        else:
            text = flatten(text).seen
        self._names.learn("\n".join(line.strip() for line in text.split("\n")))

    def _replace_header(self, part: Part) -> None:
        fields = list(part.raw_items())
        for name in {name for name, _ in fields}:
            del part[name]
        for name, value in fields:
            lowered = name.lower()
            made = (
                self._id(_text(value)) if lowered in _IDS else self._header(lowered, _text(value))
            )
            part[name] = made.encode("utf-8", "surrogateescape").decode("ascii", "surrogateescape")

    def _id(self, value: str) -> str:
        return " ".join(
            self._ids.setdefault(each, f"<sample{len(self._ids) + 1}@host.example>")
            for each in value.split()
        )

    def _replace_body(self, part: Part) -> None:
        if part.get_content_maintype() != "text":
            _set_body(part, b"")
            return
        text, charset = _decode(part)
        html = part.get_content_subtype() == "html"
        made = self._text.markup(text) if html else self._text.text(text)
        _set_body(part, made.encode(charset, "xmlcharrefreplace" if html else "replace"))


def _text(value: object) -> str:
    """Return a field's raw value as text; bytes that are no UTF-8 stay as they are."""
    return str(value).encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")


def _decode(part: Part) -> tuple[str, str]:
    """Return a part's text, and the charset that gives its bytes back."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    for charset in _charsets(part, raw):
        try:
            text = raw.decode(charset)
            if text.encode(charset) == raw or charset.startswith("iso2022"):
                return text, charset
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1"), "latin-1"


def _charsets(part: Part, raw: bytes) -> Iterator[str]:
    declared = str(part.get_content_charset() or "utf-8")
    for mark, charset in _SHIFTED.items():
        if mark in raw and raw.isascii():
            yield charset
            return
    # What is UTF-8 by its bytes is nothing else by accident, whatever the mail says of itself.
    yield "utf-8"
    yield declared


def _set_body(part: Part, raw: bytes) -> None:
    match str(part.get("content-transfer-encoding", "")).strip().lower():
        case "base64":
            encoded = encodebytes(raw)
        case "quoted-printable":
            encoded = quopri.encodestring(raw)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            del part["content-transfer-encoding"]
            encoded = raw
        case _:
            encoded = raw
    part.set_payload(encoded.decode("ascii", "surrogateescape"))
