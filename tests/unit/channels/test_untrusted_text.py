"""Text that strangers wrote can neither link, mention nor mark up anything."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.untrusted_text import LONGEST, make_inert

FRAGMENTS = ("<!here>", "@everyone", "https://", "www.evil.example", "[x](y)", "**b**", "`c`", "\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel>", "‹!channel›"),
        ("@everyone", "＠everyone"),
        ("[x](http://evil.example)", "(x)(http∶∕∕evil․example)"),
        ("<https://evil.example|click>", "‹https∶∕∕evil․example¦click›"),
        ("www.evil.example/a", "www․evil․example/a"),
        ("mailto:me", "mailto∶me"),
        ("*bold* _italic_ __under__", "∗bold∗ ＿italic＿ ＿＿under＿＿"),
        ("# heading", "＃ heading"),
        ("one\r\ntwo\tthree", "one two three"),
        ("turned \u202eback\u202c and hid\u200bden\x00", "turned back and hidden"),
    ],
)
def test_live_marks_become_look_alikes(text: str, shown: str) -> None:
    """Each kind of markup is shown as written and does nothing."""
    assert make_inert(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "USB-C cable, 0.5 m, 1,99 € (2 pcs.) 100% #1 & more",
        "contact_seller",
        "8012345678901234",
        "Ihre Bestellung: 12:30 Uhr",
        "주문 결제 완료",
        "Größe 3.5.",
    ],
)
def test_ordinary_text_stays_readable(text: str) -> None:
    """Prices, sizes, times and other scripts come through unchanged."""
    assert make_inert(text) == text


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=12).map("".join))
def test_nothing_live_is_ever_left(text: str) -> None:
    """Whatever is put together, no mention, link, mark or line break comes through."""
    inert = make_inert(text)
    assert not set("<>@[]*`|~\\\n\r\u202e") & set(inert)
    assert "://" not in inert
    assert not re.search(r"[a-z]\.[a-z]{2}", inert)
    assert len(inert) <= LONGEST
    assert make_inert(inert) == inert
