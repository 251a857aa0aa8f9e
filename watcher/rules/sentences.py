"""A text's sentences, as far as lines, blank lines and full stops tell them."""

import re
from collections.abc import Iterator

MAX_SENTENCES = 200
"""Sentences that are told apart in one mail; AliExpress's longest has a third of it."""

_WRAPPED = 50
"""A line of fewer characters was not broken for its length."""

_STOP = re.compile(r"[.!?:;。]$")
# No digit behind it: "Order no. 8012…" goes on.
_BETWEEN = re.compile(r"(?<=[.!?。])\s+(?=\D)|(?<=。)(?=\D)")


def split_sentences(text: str) -> Iterator[str]:
    """Yield the first `MAX_SENTENCES` sentences; takes time linear in the length.

    A line that goes on in the next one is joined with it by the line break. A heading without a
    full stop is a sentence of its own.
    """
    count = 0
    for passage in _passages(text):
        for sentence in _BETWEEN.split(passage):
            if count == MAX_SENTENCES:
                return
            count += 1
            yield sentence


def _passages(text: str) -> Iterator[str]:
    held: list[str] = []
    for line in map(str.strip, text.split("\n")):
        if held and not (line and _goes_on(held[-1], line)):
            yield "\n".join(held)
            held = []
        if line:
            held.append(line)
    if held:
        yield "\n".join(held)


def _goes_on(line: str, following: str) -> bool:
    first = following[0]
    if _STOP.search(line) or first.isupper():
        return False
    # A script without capitals does not tell; then only a long line counts as broken.
    return first.islower() or first.isdigit() or len(line) >= _WRAPPED
