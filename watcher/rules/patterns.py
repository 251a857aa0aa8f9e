r"""Patterns in linear time: RE2, and many of them in one pass over a text.

A mail is written by anybody, so no pattern may take more than linear time on it. What a rule file
may write beyond RE2's syntax:

- a blank matches any white space, also the end of a line;
- `{order}` an order number with whatever stands between it and the word before;
- `{parcel}` a parcel or tracking number, likewise;
- `{sep}` the colon, dash or blank between a subject's two halves.

Case does not matter. `\b` and `\w` know ASCII only: of no use for Cyrillic, Hangul and the like.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, cast

import re2

PATTERN_MEMORY = 4 * 2**20
"""Bytes that one set's automaton may grow to; it is built as texts need it."""

_NOTHING: frozenset[int] = frozenset()
_CANARY = r"\A"
"""Matches every text: where it does not, the automaton had no room, which RE2 tells nobody."""

_MACROS = {
    "{order}": r"[^0-9\n]{0,14}\n?[^0-9\n]{0,4}[0-9]{12,20}",
    "{parcel}": r"[:#№ ]{0,3}[a-z0-9-]{6,40}",
    "{sep}": r"[ :.,!–—-]{0,4}",
}


class Pattern(Protocol):
    """A compiled pattern, as far as the rules use it."""

    def search(self, string: str) -> re.Match[str] | None:
        """Find the first occurrence."""
        ...

    def finditer(self, string: str) -> Iterator[re.Match[str]]:
        """Find all occurrences."""
        ...


class BadPatternError(ValueError):
    """RE2 cannot compile a pattern."""


def expand(pattern: str) -> str:
    """Return a rule file's pattern in RE2's own syntax."""
    pattern = unicodedata.normalize("NFKC", pattern)
    for macro, meaning in _MACROS.items():
        pattern = pattern.replace(macro, meaning)
    return pattern.replace(" ", r"\s")


def compile_one(pattern: str) -> Pattern:
    """Compile one pattern of a rule file.

    Raises:
        BadPatternError: RE2 cannot.

    """
    try:
        return cast("Pattern", re2.compile(expand(pattern), _options()))
    except re2.error as error:
        raise BadPatternError(_reason(error)) from error


def compile_any(patterns: Iterable[str]) -> Pattern | None:
    """Compile patterns into one that matches where any of them does; `None` for no patterns."""
    joined = "|".join(f"(?:{each})" for each in patterns)
    return compile_one(joined) if joined else None


class PatternSet:
    """Tells which of many patterns occur in a text, in one pass.

    The automaton is built when the first text is searched: of twenty languages, most are never
    written to anybody in particular.
    """

    def __init__(self, patterns: Sequence[str], *, memory: int = PATTERN_MEMORY) -> None:
        """Try `patterns`, and keep them for the first text; `memory` is in bytes.

        Raises:
            BadPatternError: RE2 cannot compile one of them, or not in this memory.

        """
        self._patterns = tuple(patterns)
        self._memory = memory
        self._set: _Set | None = None
        self._search(self._compiled(), b"")

    def matches(self, encoded: bytes) -> frozenset[int]:
        """Return the indices of the patterns that occur in a text that was encoded by `encode`.

        Raises:
            BadPatternError: the text needs more memory than there is.

        """
        # Kept in hand: another thread may forget it meanwhile.
        compiled = self._set
        if compiled is None:
            compiled = self._set = self._compiled()
        return self._search(compiled, encoded)

    def forget(self) -> None:
        """Let the automaton go, with all that it grew to; the next text builds it anew."""
        self._set = None

    def _compiled(self) -> "_Set":
        compiled = cast("_Set", re2.Set.SearchSet(_options(self._memory)))
        try:
            for each in self._patterns:
                compiled.Add(expand(each))
            compiled.Add(_CANARY)
            compiled.Compile()
        except re2.error as error:
            raise BadPatternError(_reason(error)) from error
        return compiled

    def _search(self, compiled: "_Set", encoded: bytes) -> frozenset[int]:
        canary = len(self._patterns)
        found = compiled.Match(encoded)
        if found == [canary]:
            return _NOTHING
        if not found or canary not in found:
            raise BadPatternError(f"no room in {self._memory} bytes")
        return frozenset(found) - {canary}


class _Set(Protocol):
    """RE2's set, which ships no types."""

    def Add(self, pattern: str) -> int: ...  # noqa: N802 -- the library's name

    def Compile(self) -> None: ...  # noqa: N802 -- the library's name

    def Match(self, text: bytes) -> list[int] | None: ...  # noqa: N802 -- the library's name


def encode(text: str) -> bytes:
    """A text as the patterns read it; what has no encoding reads as a question mark."""
    return text.encode("utf-8", "replace")


def _options(memory: int = PATTERN_MEMORY) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    # Nobody asks for groups, and the binding would translate each of hundreds for every match.
    options.never_capture = True
    options.max_mem = memory
    return options


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else "cannot be compiled"
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
