"""What must stand in a text before a pattern can occur in it.

A few words sought first tell which patterns are worth a search: of those of twenty languages, a
mail has words of two or three.
"""

from collections.abc import Iterable

MOST = 40
"""Alternatives beyond which a pattern counts as one that anything may match."""

Literals = frozenset[str]

_REPEATS = {"*": 0, "?": 0, "+": 1}
_NO_WIDTH_OR_CLASS = frozenset("bBAzsSdDwWnrtfv")


class _UnknownSyntaxError(Exception):
    """A pattern is written in a way that is not read here."""


def required_literals(pattern: str) -> Literals | None:
    """Return texts of which one stands in whatever RE2's `pattern` matches, letter case apart.

    `None` where there are none, or where they cannot be told: then only a search can tell.
    """
    try:
        reader = _Reader(pattern)
        found = reader.read_alternatives()
    except (_UnknownSyntaxError, IndexError, ValueError):
        return None
    return found if reader.ended else None


def shortest_only(literals: Iterable[str]) -> tuple[str, ...]:
    """Leave out what has another of `literals` inside it."""
    kept: list[str] = []
    for each in sorted(set(literals), key=lambda each: (len(each), each)):
        if not any(shorter in each for shorter in kept):
            kept.append(each)
    return tuple(kept)


class _Reader:
    """Reads as much of RE2's syntax as tells what must be there, and refuses the rest."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._pattern)

    def read_alternatives(self) -> Literals | None:
        """Read up to the closing bracket of the group, or to the end."""
        found = self._read_sequence()
        while self._next() == "|":
            self._at += 1
            other = self._read_sequence()
            found = None if found is None or other is None else found | other
        return None if found is None or len(found) > MOST else found

    def _read_sequence(self) -> Literals | None:
        found: list[Literals] = []
        run = ""
        while self._next() not in {"", "|", ")"}:
            literal, inner = self._read_one()
            least, repeated = self._read_repeat()
            if literal and least:
                run += literal
            if inner is not None and least:
                found.append(inner)
            if repeated or not literal:
                found.append(frozenset({run}))
                run = ""
        found = [each for each in (*found, frozenset({run})) if "" not in each]
        # The longer the words, the fewer texts have one by chance.
        return max(found, key=lambda each: (min(map(_width, each)), -len(each)), default=None)

    def _read_one(self) -> tuple[str, Literals | None]:
        """Read a character (given back as it is), or something else, with what that requires."""
        one = self._pattern[self._at]
        self._at += 1
        match one:
            case "(":
                return "", self._read_group()
            case "[":
                self._skip_class()
                return "", None
            case "." | "^" | "$":
                return "", None
            case "\\":
                escaped = self._pattern[self._at]
                self._at += 1
                if escaped in _NO_WIDTH_OR_CLASS:
                    return "", None
                if escaped.isalnum():
                    raise _UnknownSyntaxError
                return escaped, None
            case "*" | "+" | "?" | "{":
                raise _UnknownSyntaxError
            case _:
                return one, None

    def _read_group(self) -> Literals | None:
        if self._next() == "?":
            if not self._pattern.startswith("?:", self._at):
                raise _UnknownSyntaxError
            self._at += 2
        inner = self.read_alternatives()
        if self._next() != ")":
            raise _UnknownSyntaxError
        self._at += 1
        return inner

    def _skip_class(self) -> None:
        start = self._at
        self._at += self._next() == "^"
        self._at += self._next() == "]"
        while (one := self._pattern[self._at]) != "]":
            self._at += 2 if one == "\\" else 1
        self._at += 1
        if "[:" in self._pattern[start : self._at]:
            raise _UnknownSyntaxError

    def _read_repeat(self) -> tuple[int, bool]:
        """Return how often at least the last thing must be there, and whether it may be oftener."""
        mark = self._next()
        if mark in _REPEATS:
            self._at += 1
            least = _REPEATS[mark]
        elif mark == "{":
            end = self._pattern.index("}", self._at)
            least = int(self._pattern[self._at + 1 : end].partition(",")[0])
            self._at = end + 1
        else:
            return 1, False
        self._at += self._next() == "?"
        return least, True

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]


def _width(literal: str) -> int:
    """Bytes: a character of a script with many says as much as several letters."""
    return len(literal.encode("utf-8", "replace"))
