"""A mail that a person forwarded by hand: what was forwarded, as far as it can still be told."""

import binascii
import re
import tomllib
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message as Part

from watcher.adapters.mail.headers import open_envelope
from watcher.adapters.mail.parse import Parsed, parse
from watcher.adapters.mail.sender import read_sender
from watcher.adapters.mail.written_date import Months, list_months, read_written_date
from watcher.adapters.shipped_files import shipped_text
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Anchor
from watcher.rules.senders import Senders

MAX_SOUGHT = 400
"""Lines in which the header of a forwarded mail is sought; a person writes less above it."""
MAX_HEADER = 16
MAX_LINE = 1_000
"""Characters of a header's line that are looked at."""
MAX_ATTACHED = 10

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
_ADDRESS = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++@[\w-]+(?:\.[\w-]+)+")
_QUOTE = re.compile(r"^(?:> ?)+")
_LINE = re.compile(r"[*_]{0,2}(?P<label>[^\d:*<>@]{1,30}?)[ *_]*:[ *_]*(?P<value>.*)")
_BROKEN = (AssertionError, AttributeError, LookupError, MessageError, RecursionError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What was forwarded. Nobody proves it: the forwarder could have typed all of it."""

    sender: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    links: tuple[str, ...] = field(repr=False)
    anchors: tuple[Anchor, ...] = field(repr=False)
    sent_at: datetime | None
    """`None` where the forwarder's program gives no date that can be read."""


class ForwardOpener:
    """Finds AliExpress's mail inside the mails of the people who forward it."""

    def __init__(self, *, forwarders: Sequence[str], senders: Senders) -> None:
        """Take whose mails are opened: whole addresses, letter case ignored."""
        self._forwarders = frozenset(each.lower() for each in forwarders)
        self._senders = senders
        self._words, self._months = _load_words()

    def __call__(self, content: bytes, sender: str, parsed: Parsed) -> Forwarded | None:
        """Return the mail of AliExpress's inside a mail from `sender`.

        `None` where the sender is no listed forwarder, or forwards nobody's mail or somebody
        else's. Opened once: a forward inside a forward stays closed.

        Raises:
            UnreadableMail: what is attached breaks the parser, or its limits.

        """
        if sender not in self._forwarders:
            return None
        found = self._attached(content) or self._inline(parsed)
        if found is None or found.sent_at is None or parsed.sent_at is None:
            return found
        # A date without a zone may come out after the forward itself, which it cannot be.
        return replace(found, sent_at=min(found.sent_at, parsed.sent_at))

    def _attached(self, content: bytes) -> Forwarded | None:
        for inner in _attached_mails(content):
            envelope = open_envelope(inner)
            parsed = parse(envelope)
            sender = read_sender(envelope, parsed.from_line)
            if self._senders.role(sender) is not None:
                return Forwarded(
                    sender=sender,
                    subject=parsed.subject,
                    text=parsed.text,
                    links=parsed.links,
                    anchors=parsed.anchors,
                    sent_at=parsed.sent_at,
                )
        return None

    def _inline(self, parsed: Parsed) -> Forwarded | None:
        lines = [_QUOTE.sub("", line) for line in parsed.text.split("\n")]
        for start in range(min(len(lines), MAX_SOUGHT)):
            header, end = self._read_header(lines, start)
            if "from" in header and "subject" in header:
                sender = _only_address(header["from"])
                if self._senders.role(sender) is None:
                    return None
                return Forwarded(
                    sender=sender,
                    subject=header["subject"],
                    text="\n".join(line for line in lines[end:] if line),
                    links=parsed.links,
                    anchors=parsed.anchors,
                    sent_at=read_written_date(header.get("date", ""), self._months),
                )
        return None

    def _read_header(self, lines: Sequence[str], start: int) -> tuple[dict[str, str], int]:
        """Return the header that begins at a line, and where it ends; empty where none does."""
        header: dict[str, str] = {}
        place, last = start, ""
        while place < min(len(lines), start + MAX_HEADER):
            name, value = self._label(lines[place])
            if name is None:
                # A value stands in the cell after its label, or goes on after a long list of
                # people; a text that begins is followed by no further label.
                beside = (
                    bool(last) and not header[last] and (last != "other" or "@" in lines[place])
                )
                if not (beside or (last and self._label_follows(lines, place, start + MAX_HEADER))):
                    break
                header[last] = f"{header[last]} {lines[place][:MAX_LINE]}".strip()
            elif name in header and name != "other":
                break
            else:
                header[name], last = value, name
            place += 1
        return header, place

    def _label_follows(self, lines: Sequence[str], place: int, end: int) -> bool:
        following = lines[place + 1 : min(place + 3, end)]
        return any(self._label(line)[0] is not None for line in following)

    def _label(self, line: str) -> tuple[str | None, str]:
        found = _LINE.match(line[:MAX_LINE])
        if found is None:
            return None, ""
        label = found["label"].strip().lower()
        return self._words.get(label), found["value"].strip()


def _only_address(written: str) -> str:
    """Return the address of a From line as a person sees it; '' where it names none or several."""
    found = {each.lower() for each in _ADDRESS.findall(written)}
    return found.pop() if len(found) == 1 else ""


def _load_words() -> tuple[Mapping[str, str], Months]:
    table = tomllib.loads(shipped_text("forwarding.toml"))
    words = {word: name for name in ("other", "date", "subject", "from") for word in table[name]}
    return words, list_months(table["languages"])


def _attached_mails(content: bytes) -> Iterable[bytes]:
    """Return the mails that are attached to a mail, outermost only.

    Raises:
        UnreadableMail: the library cannot take the mail apart.

    """
    try:
        return list(_find_attached(message_from_bytes(content)))
    except (*_BROKEN, ValueError) as error:
        raise UnreadableMail(f"cannot be taken apart: {type(error).__name__}") from error


def _find_attached(root: Part) -> Iterator[bytes]:
    pending, found = [root], 0
    while pending and found < MAX_ATTACHED:
        part = pending.pop(0)
        payload = part.get_payload()
        if part.get_content_type() in {"message/rfc822", "message/global"}:
            found += 1
            yield _whole(part)
        elif (part.get_filename() or "").lower().endswith(".eml") and not part.is_multipart():
            found += 1
            yield _bytes(part.get_payload(decode=True))
        elif part.is_multipart() and isinstance(payload, list):
            pending.extend(each for each in payload if isinstance(each, Part))


def _whole(part: Part) -> bytes:
    payload = part.get_payload()
    if not isinstance(payload, list) or not payload or not isinstance(payload[0], Part):
        return _bytes(part.get_payload(decode=True))
    inner = payload[0]
    encoded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
    if encoded and not inner.keys():
        # Not allowed (RFC 2046, 5.2.1), and done all the same: the library left it encoded.
        try:
            return b64decode(_bytes(inner.get_payload(decode=True)))
        except binascii.Error:
            return b""
    return inner.as_bytes(policy=inner.policy.clone(max_line_length=None))


def _bytes(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else b""
