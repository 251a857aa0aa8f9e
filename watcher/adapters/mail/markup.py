"""HTML as a person sees it: visible text in lines, and where its links lead."""

import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from watcher.adapters.mail.stylesheet import hidden_classes, shows_itself
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Anchor
from watcher.rules.targets import names_a_thing

MAX_TAGS = 20_000
"""The parser's time grows with the square of the nesting: 20,000 nested elements take 0.8 s."""
MAX_ATTRIBUTE_COST = 500_000_000
"""Its time grows with the square of an element's attributes too: 20,000 of them take 0.8 s."""
LARGE_PAGE = 50_000
MAX_LINKS = 2_000
MAX_ANCHORS = 60
"""Links whose text is kept; the things of one order have two or three each."""
MAX_ANCHOR_TEXT = 1_000
MAX_ANCHORS_TEXT = 200_000
"""Characters in all of them: links inside links would give the page as often."""

_EVERYBODY = frozenset({"", "all", "screen"})
_BLOCK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figure"
    r"|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead"
    r"|tr|ul)\b)",
    re.IGNORECASE,
)
_SOURCE_BREAK = re.compile(r"[\t\n\f\r]+")
_UNREAD = "head,title,style,script,template,noscript,noframes,iframe,object,svg,math"
_UNREAD_TAGS = frozenset(_UNREAD.split(","))
_MAYBE_UNSEEN = (
    f"{_UNREAD},[hidden],"
    '[style*="none" i],[style*="hidden" i],[style*="hide" i],[style*="opacity" i],'
    '[style*="font-size:0" i],[style*="font-size: 0" i],[style*="max-height" i],'
    '[class*="preheader" i],[id*="preheader" i]'
)
_HIDDEN = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|mso-hide:all"
    r"|font-size:0(?:\.0+)?(?:px|pt|em|rem|%)?|opacity:0(?:\.0+)?|max-height:0(?:px)?)"
    r"(?:!important)?(?:;|$)"
)
_STYLE_BLANK = re.compile(r"\s+|/\*.*?\*/")
_URL = re.compile(r"https?://[^\s<>\"']{1,4000}", re.IGNORECASE)


Markup = tuple[str, tuple[str, ...], tuple[Anchor, ...]]
"""The text, the targets of all links, and those links whose text matters."""


def read_markup(source: str) -> Markup:
    """Return the visible text of an HTML page, block elements on lines of their own, and its links.

    Raises:
        UnreadableMail: the page has more elements than any mail that a person can read.

    """
    if source.count("<") > MAX_TAGS:
        raise UnreadableMail(f"more than {MAX_TAGS} HTML tags")
    if len(source) > LARGE_PAGE and _attribute_cost(source) > MAX_ATTRIBUTE_COST:
        raise UnreadableMail("an HTML tag of too many attributes")
    # Line breaks of the source are blanks; those put before block elements are the only ones left.
    page = LexborHTMLParser(_BLOCK.sub("\n<", _SOURCE_BREAK.sub(" ", source)))
    body = page.body
    if body is None:
        return "", (), ()
    _drop_hidden(body, _classes_hidden_in(page))
    linked = [
        (node, target)
        for node in body.css("a[href],area[href]")
        if (target := node.attributes.get("href"))
    ][:MAX_LINKS]
    naming = islice((each for each in linked if names_a_thing(each[1])), MAX_ANCHORS)
    return body.text(), tuple(target for _, target in linked), tuple(_anchors(naming))


def _anchors(linked: Iterable[tuple[LexborNode, str]]) -> Iterator[Anchor]:
    room = MAX_ANCHORS_TEXT
    for node, target in linked:
        text = node.text()
        room -= len(text)
        image = node.css_first("img[alt]")
        alt = None if image is None else image.attributes.get("alt")
        yield Anchor(
            target=target, text=text[:MAX_ANCHOR_TEXT], image=(alt or "")[:MAX_ANCHOR_TEXT]
        )
        if room <= 0:
            return


def read_plain(source: str) -> Markup:
    """Return plain text as it is, and the links that stand in it, HTML entities decoded."""
    return source, tuple(html.unescape(found) for found in _urls(source)), ()


def _attribute_cost(source: str) -> int:
    """Bound the cost of attributes by what separates them, wherever a tag may end."""
    return sum(sum(map(piece.count, " \t\n\f\r/\"'")) ** 2 for piece in source.split("<"))


def _urls(source: str) -> Iterator[str]:
    for count, found in enumerate(_URL.finditer(source)):
        if count >= MAX_LINKS:
            return
        yield found.group()


def _classes_hidden_in(page: LexborHTMLParser) -> frozenset[str]:
    sheets = [
        node.text()
        for node in page.css("style")
        if (node.attributes.get("media") or "").strip().lower() in _EVERYBODY
    ]
    return hidden_classes("\n".join(sheets))


def _drop_hidden(body: LexborNode, classes: frozenset[str]) -> None:
    maybe = ",".join((_MAYBE_UNSEEN, *(f".{each}" for each in classes)))
    doomed = {node.mem_id: node for node in body.css(maybe) if _is_unseen(node, classes)}
    if not doomed:
        return
    # A node inside a dropped one must not be touched again: its memory is gone.
    clear: set[int] = set()
    outermost = [node for node in doomed.values() if not _inside(node, doomed, clear)]
    for node in outermost:
        node.decompose()


def _inside(node: LexborNode, doomed: dict[int, LexborNode], clear: set[int]) -> bool:
    """Tell whether an ancestor is doomed; `clear` collects those known not to be below one."""
    path: list[int] = []
    parent = node.parent
    while parent is not None and parent.mem_id not in clear:
        if parent.mem_id in doomed:
            return True
        path.append(parent.mem_id)
        parent = parent.parent
    clear.update(path)
    return False


def _is_unseen(node: LexborNode, classes: frozenset[str]) -> bool:
    if node.tag in _UNREAD_TAGS:
        return True
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    own = attributes.get("class") or ""
    if "preheader" in f"{own} {attributes.get('id') or ''}".lower():
        return True
    style = _STYLE_BLANK.sub("", (attributes.get("style") or "").lower())
    if classes and not shows_itself(style) and not classes.isdisjoint(own.split()):
        return True
    return _HIDDEN.search(style) is not None
