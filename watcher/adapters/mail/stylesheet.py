"""Which classes a page's own stylesheet hides."""

import re
from collections.abc import Iterator

MAX_STYLES = 200_000
"""Characters of stylesheets that are read; mails that people get have a tenth."""
MAX_HIDDEN = 50
"""Classes that are looked for on a page; each costs a look at every element."""

_BRACE = re.compile(r"[{}]")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CLASS = re.compile(r"\*?\.([a-z_][\w-]{0,99})", re.IGNORECASE | re.ASCII)
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([a-z-]+)", re.IGNORECASE)


def hidden_classes(styles: str) -> frozenset[str]:
    """Return the classes that plain rules (`.x {display: none}`) hide from everybody.

    A class that a later rule shows again, or one for some screens only (`@media`), is left out:
    there are people who see it. Takes linear time.
    """
    if "none" not in styles.lower():
        return frozenset()
    hidden: dict[str, None] = {}
    shown: set[str] = set()
    for selectors, declarations, everywhere in _rules(_COMMENT.sub(" ", styles[:MAX_STYLES])):
        displays = _DISPLAY.findall(declarations)
        if not displays:
            continue
        for selector in selectors.split(","):
            found = _CLASS.fullmatch(selector.strip())
            if found is None:
                # Whatever `.a .x` or `p.x` shows, somebody may see.
                if displays[-1].lower() != "none":
                    shown.update(_CLASS.findall(selector))
            elif displays[-1].lower() != "none":
                shown.add(found[1])
            elif everywhere:
                hidden[found[1]] = None
    return frozenset([each for each in hidden if each not in shown][:MAX_HIDDEN])


def shows_itself(style: str) -> bool:
    """Tell whether an element's own style says that it is displayed."""
    return any(each.lower() != "none" for each in _DISPLAY.findall(style))


def _rules(styles: str) -> Iterator[tuple[str, str, bool]]:
    """Yield selectors, declarations, and whether the rule stands outside of any other."""
    preludes: list[str] = []
    end = 0
    for brace in _BRACE.finditer(styles):
        text, end = styles[end : brace.start()], brace.end()
        if brace.group() == "{":
            preludes.append(text.rpartition(";")[2])
        elif preludes:
            yield preludes.pop(), text, not preludes
