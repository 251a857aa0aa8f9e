"""The From line, read strictly: exactly one plain address, or none at all."""

import re
from collections.abc import Sequence

from watcher.adapters.mail.headers import Envelope
from watcher.rules.text import normalise_line

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = r'[^\s"<>()@,;:\\\[\]]++'
_NAME = rf"(?:(?:{_QUOTED}|{_WORD})(?:\s+|(?=<)))*"
_FROM = re.compile(rf"\s*(?:(?P<bare>{_ADDRESS})|{_NAME}<(?P<angled>{_ADDRESS})>)\s*", re.ASCII)
"""A part of RFC 5322's `mailbox`: no comments, groups, routes, literals or second addresses."""

MAX_FROM = 1_000
_NAME_OF_ALIEXPRESS = "aliexpress"


def read_sender(envelope: Envelope, lenient: Sequence[tuple[str, str]]) -> str:
    """Return the From address in lower case, or '' where the line is not exactly one address.

    `lenient` is what mail-parser made of the same line: a reader that can be led to another
    address than a strict one is exactly what a forger looks for, so a difference counts as none.
    """
    lines = envelope.all("from")
    if len(lines) != 1 or len(lines[0].value) > MAX_FROM:
        return ""
    match = _FROM.fullmatch(lines[0].value.decode("utf-8", "replace"))
    if match is None or len(lenient) != 1:
        return ""
    address: str = (match["bare"] or match["angled"]).lower()
    return address if lenient[0][1].lower() == address else ""


def names_aliexpress(envelope: Envelope, lenient: Sequence[tuple[str, str]]) -> bool:
    """Tell whether any From line has AliExpress's name in it, as it stands or once decoded."""
    written = [each.text[:MAX_FROM] for each in envelope.all("from")]
    decoded = [part[:MAX_FROM] for pair in lenient for part in pair]
    return any(
        _NAME_OF_ALIEXPRESS in normalise_line(each).casefold() for each in (*written, *decoded)
    )
