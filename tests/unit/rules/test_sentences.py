"""Where a sentence of a mail starts and ends."""

import pytest

from watcher.rules.sentences import MAX_SENTENCES, split_sentences

LONG = "X" * 60


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("One\nTwo", ["One", "Two"]),
        ("one\ngoes on", ["one\ngoes on"]),
        ("one\n\ntwo", ["one", "two"]),
        ("one:\ntwo", ["one:", "two"]),
        ("Order no. 8012 is closed.", ["Order no. 8012 is closed."]),
        ("Order\n8012 is closed", ["Order\n8012 is closed"]),
        ("订单已取消。如果取消", ["订单已取消。", "如果取消"]),
        ("ยกเลิก\nหาก", ["ยกเลิก", "หาก"]),
        (f"{LONG}\nหาก", [f"{LONG}\nหาก"]),
    ],
)
def test_sentences_end_at_stops_blank_lines_and_headings(text: str, sentences: list[str]) -> None:
    """A line that goes on in the next stays with it, and nothing else does."""
    assert list(split_sentences(text)) == sentences


def test_no_more_sentences_are_told_apart_than_any_mail_needs() -> None:
    """A text of stops alone does not make endless work."""
    assert len(list(split_sentences("A. " * 5_000))) == MAX_SENTENCES
