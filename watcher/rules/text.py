"""Text as the rules see it: one spelling for everything that looks the same."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Soft hyphens, zero-width characters, direction marks, fillers, variation selectors, tags."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")

_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S \n]")

_NATIVE_DIGIT = re.compile(r"(?![0-9])\d")

_BEYOND = 0x10000
_RARE = re.compile(f"[{chr(_BEYOND)}-\U0010ffff]")


def _marks(end: int) -> str:
    codes = (code for code in range(0x300, end) if unicodedata.combining(chr(code)))
    return "".join(re.escape(chr(code)) for code in codes)


_USUAL_MARKS, _MARKS = _marks(_BEYOND), _marks(0x1F000)
"""The usual ones are a table to Python's engine, which the rare ones make a long list."""

_MANY_USUAL_MARKS = re.compile(f"([{_USUAL_MARKS}]{{30}})[{_USUAL_MARKS}]+")
_MANY_MARKS = re.compile(f"([{_MARKS}]{{30}})[{_MARKS}]+")
"""More marks on one letter than any language writes: putting them in order takes quadratic time.

Source: UAX #15, 13, "Stream-Safe Text Format".
"""

_ENDLESS_USUAL_MARKS = re.compile(f"[{_USUAL_MARKS}]{{2000}}")
_ENDLESS_MARKS = re.compile(f"[{_MARKS}]{{2000}}")


def has_endless_marks(text: str) -> bool:
    """Tell whether a letter of `text` carries thousands of combining marks."""
    if text.isascii():
        return False
    endless = _ENDLESS_MARKS if _RARE.search(text) else _ENDLESS_USUAL_MARKS
    return endless.search(text) is not None


def normalise(text: str) -> str:
    """Return `text` in NFKC, without invisible characters, with plain spaces and ASCII digits.

    Line breaks stay; blanks at the ends of lines and empty lines go.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        text = _CONTROL.sub(" ", text)
    else:
        text = _INVISIBLE.sub("", text)
        many = _MANY_MARKS if _RARE.search(text) else _MANY_USUAL_MARKS
        text = many.sub(r"\1", text)
        text = unicodedata.normalize("NFKC", text)
        # NFKC spells some blanks and fillers out of characters that were not there before.
        text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
        text = _NATIVE_DIGIT.sub(_ascii_digit, text)
    text = _BLANKS.sub(" ", text)
    return "\n".join([line for each in text.split("\n") if (line := each.strip())])


def normalise_line(text: str) -> str:
    """Return `text` normalised, on one line."""
    return normalise(text).replace("\n", " ")


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match.group()))
