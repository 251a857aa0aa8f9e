"""A mail's fields and text by mail-parser, which is asked in this one guarded place."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Part
from functools import lru_cache

import mailparser

from watcher.adapters.mail.charset import decode_text, decode_words
from watcher.adapters.mail.headers import MAX_FIELD_BYTES, Envelope
from watcher.adapters.mail.markup import MAX_TAGS, Markup, read_markup, read_plain
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Anchor
from watcher.rules.text import has_endless_marks, normalise, normalise_line

# The library logs header lines as they stand, and no text of a mail belongs into a log.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

MAX_TEXT = 220_000
"""Characters of visible text that are read. Normalising can make eighteen out of one of them."""
MAX_SUBJECT = 2_000
LARGE_PART = 50_000
"""Bytes from which a part is looked at before the parser sees it."""

MANY_SENDERS = 64

_READ = frozenset(
    {
        "date",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
    }
)
"""The fields mail-parser is shown. It works on every address and trace line it sees; these do."""


class _Unlisted(mailparser.MailParser):  # type: ignore[misc]  # no types there
    """mail-parser without its table of all fields, and with our own reading of charsets.

    The library makes the table twice for every mail, in a third of its time, and nobody here asks
    for it. Where a later version makes it by another name, reading is slower and the same.
    """

    def _make_mail(self, complete: bool = True) -> dict[str, object]:  # noqa: ARG002, FBT001, FBT002 -- the library's signature
        return {}

    def _decode_body_payload(
        self,
        part: Part,
        charset: str,
        part_index: int,  # noqa: ARG002 -- the library's signature
    ) -> str:
        """Return a part's text; the library believes every label, and knows fewer of them."""
        content = part.get_payload(decode=True)
        return decode_text(content, charset) if isinstance(content, bytes) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a mail says, before anyone asks who sent it."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    anchors: tuple[Anchor, ...] = field(repr=False)
    sent_at: datetime | None
    from_line: tuple[tuple[str, str], ...] = field(repr=False)
    """Names and addresses as mail-parser reads the From line."""
    digest: str


def parse(envelope: Envelope) -> Parsed:
    """Return the fields, the visible text and the links of a mail.

    Raises:
        UnreadableMail: the mail breaks the parser, or a limit.

    """
    try:
        return _parse(envelope)
    except UnreadableMail:
        raise
    except Exception as error:
        # The one guard: whatever a hostile mail does to the libraries, the next mail is read.
        raise UnreadableMail(f"the parser failed: {type(error).__name__}") from error


def _parse(envelope: Envelope) -> Parsed:
    content = envelope.only(_READ)
    if len(content) > LARGE_PART:
        _check_marks(content)
    mail = _Unlisted.from_bytes(content)
    sender = envelope.all("from")
    subjects = envelope.all("subject")
    line = subjects[0].value.strip()[:MAX_FIELD_BYTES] if subjects else b""
    label = None if line.isascii() else mail.message.get_content_charset()
    subject = normalise_line(decode_words(line, label)[:MAX_SUBJECT])
    text, links, anchors = _read_bodies(mail.text_html, mail.text_plain)
    return Parsed(
        subject=subject,
        text=text,
        links=links,
        anchors=anchors,
        sent_at=_in_utc(mail.date),
        from_line=_people(sender[0].value.strip()[:MAX_FIELD_BYTES]) if sender else (),
        digest=_digest(envelope, subject, text),
    )


@lru_cache(maxsize=MANY_SENDERS)
def _people(line: bytes) -> tuple[tuple[str, str], ...]:
    """Return mail-parser's reading of a From line, of which a mailbox's mails have very few."""
    return tuple(_Unlisted.from_bytes(b"from: " + line + b"\n\n").from_)


def _check_marks(content: bytes) -> None:
    """Refuse what the library, which normalises every part, would take quadratic time on."""
    for part in message_from_bytes(content).walk():
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes) or len(payload) < LARGE_PART:
            continue
        if has_endless_marks(decode_text(payload, part.get_content_charset())):
            raise UnreadableMail("more marks on a letter than any language writes")


def _read_bodies(pages: Sequence[str], plain: Sequence[str]) -> Markup:
    """Read what a person would see: the HTML where it says anything, else the plain text.

    Raises:
        UnreadableMail: the pages together have more elements than any mail that a person can read.

    """
    if sum(page.count("<") for page in pages) > MAX_TAGS:
        raise UnreadableMail(f"more than {MAX_TAGS} HTML tags")
    seen = [read_markup(_shifted(page)) for page in pages]
    text = _visible(seen)
    if not text:
        seen = [*seen, *(read_plain(_shifted(each)) for each in plain)]
        text = _visible(seen)
    links = tuple(link for _, links, _ in seen for link in links)
    return text, links, tuple(anchor for _, _, anchors in seen for anchor in anchors)


def _visible(seen: Sequence[Markup]) -> str:
    return normalise("\n".join(each for each, _, _ in seen)[:MAX_TEXT])[:MAX_TEXT]


def _shifted(text: str) -> str:
    """Decode ISO-2022 text, which mail-parser leaves as it is because it is ASCII on the wire."""
    if "\x1b$" not in text or not text.isascii():
        return text
    codec = "iso2022_kr" if "\x1b$)C" in text else "iso2022_jp_ext"
    return text.encode("ascii").decode(codec, "replace")


def _in_utc(date: datetime | None) -> datetime | None:
    if date is None:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _digest(envelope: Envelope, subject: str, text: str) -> str:
    """Identify a mail by what it says: a Message-ID alone could be made to hide another mail."""
    content = hashlib.sha256()
    own = [
        " ".join(each.text.split())
        for name in ("message-id", "from", "date")
        for each in envelope.all(name)[:1] or (None,)
        if each is not None
    ]
    for part in (*own, subject, text):
        encoded = part.encode("utf-8", "surrogatepass")
        content.update(b"%d:" % len(encoded))
        content.update(encoded)
    return content.hexdigest()
