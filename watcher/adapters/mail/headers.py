"""The header block of a mail, split once, so that every reader sees the same fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from watcher.domain.errors import UnreadableMail

MAX_BYTES = 6_000_000
MAX_LINES = 120_000
MAX_HEADER_BYTES = 400_000
MAX_FIELDS = 500
MAX_FIELD_BYTES = 10_000
"""More of a field is not shown to the parser, whose time on it is not linear."""
MAX_MULTIPARTS = 60
MAX_BOUNDARIES = 1_000

_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)", re.DOTALL)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_NO_HEAD = re.compile(rb"\r?\n(?:\r?\n)?")
_CONTROL = re.compile(rb"[\x00\r]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One header field: its name in lower case, its value unfolded."""

    name: str
    value: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The value as text; bytes that are no UTF-8 become U+FFFD."""
        return self.value.decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A mail cut at the first empty line."""

    fields: tuple[Field, ...] = field(repr=False)
    """In the order of the mail: what the last server wrote stands first."""
    body: bytes = field(repr=False)

    def all(self, name: str) -> tuple[Field, ...]:
        """Return the fields called `name` (lower case), topmost first."""
        return tuple([each for each in self.fields if each.name == name])

    def only(self, names: frozenset[str]) -> bytes:
        """Return a mail with the fields in `names` alone and the body untouched."""
        kept = (
            f"{each.name}: ".encode() + each.value.strip()[:MAX_FIELD_BYTES]
            for each in self.fields
            if each.name in names
        )
        return b"\n".join((*kept, b"", self.body))


def open_envelope(content: bytes) -> Envelope:
    """Split a mail into header fields and body.

    Lines that are no field (an mbox separator, damage) are left out rather than taken for the
    end of the header, and a bare carriage return is a blank: so there is no second way to read
    the same bytes.

    Raises:
        UnreadableMail: the mail is larger, longer or deeper than any that AliExpress sends.

    """
    _check_bounds(content)
    end = _NO_HEAD.match(content) or _BLANK_LINE.search(content)
    head = content if end is None else content[: end.start()].removesuffix(b"\r")
    if len(head) > MAX_HEADER_BYTES:
        raise UnreadableMail(f"header larger than {MAX_HEADER_BYTES} bytes")
    fields = tuple(_fields(head))
    if len(fields) > MAX_FIELDS:
        raise UnreadableMail(f"more than {MAX_FIELDS} header fields")
    return Envelope(fields=fields, body=b"" if end is None else content[end.end() :])


def _check_bounds(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise UnreadableMail(f"larger than {MAX_BYTES} bytes")
    # The libraries work line by line and part by part; counting first is a hundred times cheaper.
    if content.count(b"\n") + content.count(b"\r") > 2 * MAX_LINES:
        raise UnreadableMail(f"more than {MAX_LINES} lines")
    if content.count(b"\n--") + content.count(b"\r--") > MAX_BOUNDARIES:
        raise UnreadableMail(f"more than {MAX_BOUNDARIES} parts")
    lowered = content.lower()
    if lowered.count(b"multipart/") + lowered.count(b"message/") > MAX_MULTIPARTS:
        raise UnreadableMail(f"more than {MAX_MULTIPARTS} nested parts")


def _fields(head: bytes) -> Iterator[Field]:
    lines = head.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b"\t")
    for line in lines.split(b"\n"):
        match = _FIELD.match(line)
        if match is not None:
            name, value = match.groups()
            if _CONTROL.search(value):
                value = _CONTROL.sub(b" ", value)
            yield Field(name=name.decode("ascii").lower(), value=value)
