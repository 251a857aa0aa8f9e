"""Text that strangers wrote, made safe to show on any channel."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 200
"""Characters of strangers' text that one alert shows at a stretch."""

# Look-alikes without a meaning to Slack, Discord, Telegram, Markdown or HTML. Escaping would be
# wrong on the channels that take plain text, and each service escapes in its own way.
_LOOKALIKES: Final = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "@": "＠",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "*": "∗",
        "`": "'",
        "|": "¦",
        "~": "∼",
        "\\": "∖",
    }
)
_KEPT_FORMAT: Final = frozenset("\u200c\u200d")  # joiners: Persian and emoji need them
_SCHEME: Final = re.compile(r"(?<=[^\W\d_]):(?=\S)")
# Between what may be the parts of a host name; 0.5 and 1,99 stay as they are.
_HOST_DOT: Final = re.compile(r"(?<=[\w)-])[.．｡](?=[^\W\d_]{2})|(?<=[A-Za-z0-9])。(?=[A-Za-z])")
_EDGE_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")


def make_inert(text: str) -> str:
    """`text` on one line, at most 200 characters, in which no channel finds a link or a mention.

    Mentions (`@everyone`, `<!channel>`), links in any notation, bare host names, bold, code and
    the marks that turn text around lose what makes them work and still read as written.
    """
    line = " ".join("".join(filter(_is_visible, text.replace("\t", " "))).split())
    line = line.translate(_LOOKALIKES)
    line = line.replace("://", "∶∕∕")
    line = _SCHEME.sub("∶", line)
    line = _HOST_DOT.sub("․", line)
    line = _EDGE_UNDERSCORE.sub(lambda match: "＿" * len(match[0]), line)
    if line.startswith("#"):
        line = "＃" + line[1:]
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _is_visible(character: str) -> bool:
    return (
        character.isspace()
        or character in _KEPT_FORMAT
        or not unicodedata.category(character).startswith("C")
    )
