"""Links to stores and things: what of them a parsed mail keeps."""

import pytest

from watcher.adapters.mail.markup import MAX_ANCHOR_TEXT, MAX_ANCHORS, read_markup
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Anchor, RawMail

STORE = "https://www.aliexpress.com/store/1102345678"
ITEM = "https://www.aliexpress.com/item/1005001234567890.html"


def test_link_to_a_thing_is_kept_as_the_page_shows_it() -> None:
    """Its target, its text with the lines of its blocks, and what stands in for its image."""
    page = (
        f'<a href="{STORE}"><b>Bright</b> Home</a><a href="https://a.example/cart">Cart</a>'
        f'<a href="{ITEM}?a=1&amp;b=2"><img alt="Desk lamp"><div>Lamp</div></a>'
        f'<a href="{ITEM}" style="display:none">Hidden</a>'
    )
    text, links, anchors = read_markup(page)
    assert "Hidden" not in text
    assert links == (STORE, "https://a.example/cart", f"{ITEM}?a=1&b=2")
    assert [(each.target, each.text.split(), each.image) for each in anchors] == [
        (STORE, ["Bright", "Home"], ""),
        (f"{ITEM}?a=1&b=2", ["Lamp"], "Desk lamp"),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_links_of_many_pages_stay_bounded(count: int) -> None:
    """Long texts are cut, and a page of links gives so many and no more."""
    page = f'<a href="{ITEM}"><img alt="{"y" * 5_000}">{"x" * 2_000}</a>' * (80 * count)
    _, _, anchors = read_markup(page)
    assert 50 <= len(anchors) <= MAX_ANCHORS
    assert {len(each.text) for each in anchors} == {MAX_ANCHOR_TEXT}
    assert {len(each.image) for each in anchors} == {MAX_ANCHOR_TEXT}


def test_links_inside_links_do_not_multiply_the_page() -> None:
    """A page that nests its links gives its text once or twice, not once for each of them."""
    page = f'<table><tr><td><a href="{ITEM}">' * 50 + "x" * 150_000
    _, _, anchors = read_markup(page)
    assert 1 <= len(anchors) <= 3


def test_parsed_mail_has_the_links_and_hides_their_text() -> None:
    """They come with the message, and their text stays out of its `repr`."""
    mail = (
        "From: AliExpress <transaction@notice.aliexpress.com>\nSubject: Order\n"
        f'Content-Type: text/html\n\n<a href="{STORE}">Bright Home</a>'
    )
    parser = MailParser(senders=load_ruleset().senders)
    message = parser(RawMail(content=mail.encode(), received_at=None))
    assert message.anchors == (Anchor(target=STORE, text="Bright Home"),)
    assert "Bright" not in repr(message)
    assert "Bright" not in repr(message.anchors)
