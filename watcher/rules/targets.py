"""Where links to a store or to a thing that is sold lead.

Source: AliExpress's own pages: `/item/<digits>.html`, on the phone `/i/<digits>.html`, and
`/store/<digits>`. A tracking link carries the real one in a parameter, escaped.
"""

import re
from urllib.parse import unquote

MAX_TARGET = 8_000

_MAYBE = re.compile(r"(?:/|%2f)(?:item|i|store)(?:/|%2f)|[?&;]store(?:id|num)=", re.IGNORECASE)
_ITEM = re.compile(r"/(?:item|i)/(?:[^/?#\s]{1,200}/)?([0-9]{6,20})(?![0-9])", re.IGNORECASE)
_STORE = re.compile(
    r"/store/(?:[a-z-]{1,40}/){0,3}([0-9]{4,20})(?![0-9])|[?&;]store(?:id|num)=([0-9]{4,20})",
    re.IGNORECASE,
)


def names_a_thing(target: str) -> bool:
    """Tell quickly whether a link may lead to a store or to a thing; wrong only with a yes."""
    return _MAYBE.search(target, 0, MAX_TARGET) is not None


def item_of(target: str) -> str | None:
    """Return the number of the thing that a link leads to, `None` where it leads elsewhere."""
    found = _ITEM.search(_plain(target))
    return None if found is None else found[1]


def store_of(target: str) -> str | None:
    """Return the number of the store that a link leads to, `None` where it leads elsewhere."""
    found = _STORE.search(_plain(target))
    return None if found is None else found[1] or found[2]


def _plain(target: str) -> str:
    # Twice: a tracking link wraps the real one in a parameter of its own.
    return unquote(unquote(target[:MAX_TARGET]))
