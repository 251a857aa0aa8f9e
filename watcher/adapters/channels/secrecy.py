"""Takes a channel's secrets out of what is written down about it."""

import re
from urllib.parse import quote, unquote, urlsplit

BLOT = "***"
_LONGEST_REASON = 200
_SEPARATORS = re.compile(r"[/:@?&=#,;+\s]+")
_SHORTEST_TOKEN = 6
_SHORTEST_CREDENTIAL = 3


def scrub(text: str, url: str) -> str:
    """`text` on one line, at most 200 characters, with no part of `url` left in it.

    Every piece of the address with six characters or more is blotted out, and user name and
    password from three characters on, as written and with `%xx` read. The scheme stays: it
    names the service. The host goes as well: Slack's first token stands in its place.
    """
    line = " ".join(text.split())
    for token in sorted(_tokens(url), key=len, reverse=True):
        line = re.sub(re.escape(token), BLOT, line, flags=re.IGNORECASE)
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _tokens(url: str) -> set[str]:
    address = url.strip()
    _, mark, rest = address.partition("://")
    if not mark:
        rest = address
    spellings = {rest, unquote(rest)}
    tokens = {
        piece
        for spelling in spellings
        for piece in (*_SEPARATORS.split(spelling), *re.split(r"[\s/?&=]+", spelling))
        if len(piece) >= _SHORTEST_TOKEN
    }
    tokens |= {part for part in _credentials(address) if len(part) >= _SHORTEST_CREDENTIAL}
    return tokens | {quote(token, safe="") for token in tokens}


def _credentials(address: str) -> set[str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return set()
    found = {part for part in (parts.username, parts.password) if part}
    return found | {unquote(part) for part in found}
