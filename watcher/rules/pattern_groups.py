"""Patterns of many owners and languages: which owners' patterns occur in a text."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from watcher.rules.literals import Literals, required_literals, shortest_only
from watcher.rules.patterns import PatternSet, encode, expand

_ANY_TEXT = r"\A"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternGroups:
    """Patterns, each with the index of what it belongs to, in one set a language.

    The automaton of all languages in one set would outgrow its memory on a text that mixes them,
    and be ten times slower from there on.
    """

    by_language: tuple[tuple[str, tuple[int, ...], PatternSet], ...] = field(repr=False)
    """Each language's patterns, and the owner of each of them."""
    words: PatternSet | None = field(repr=False)
    """For each language, what one of stands in every text that a pattern of it occurs in."""

    @classmethod
    def of(cls, groups: Iterable[tuple[str, Sequence[str]]]) -> "PatternGroups":
        """Take the groups of patterns in their owners' order, each with its language.

        Raises:
            BadPatternError: a pattern that RE2 cannot compile.

        """
        owned: dict[str, list[tuple[int, str]]] = {}
        for owner, (language, group) in enumerate(groups):
            if group:
                owned.setdefault(language, []).extend((owner, each) for each in group)
        words = [_any_word(each for _, each in pairs) for pairs in owned.values()]
        return cls(
            words=PatternSet(words) if len(words) > 1 else None,
            by_language=tuple(
                (
                    language,
                    tuple(owner for owner, _ in pairs),
                    PatternSet([each for _, each in pairs]),
                )
                for language, pairs in owned.items()
            ),
        )

    def forget(self) -> None:
        """Let the automata go; the next text builds anew what it needs."""
        for patterns in (self.words, *(patterns for _, _, patterns in self.by_language)):
            if patterns is not None:
                patterns.forget()

    def hits(self, text: str, languages: Collection[str] | None = None) -> list[int]:
        """Return the owner of each pattern that occurs in `text`, once for each pattern.

        Of `languages` alone where they are given, else of those that the text has words of.
        """
        encoded = encode(text)
        if languages is not None:
            worth = [each for each in self.by_language if each[0] in languages]
        elif self.words is not None:
            worth = [self.by_language[place] for place in sorted(self.words.matches(encoded))]
        else:
            worth = list(self.by_language)
        return [
            owners[index] for _, owners, patterns in worth for index in patterns.matches(encoded)
        ]


def _any_word(patterns: Iterable[str]) -> str:
    """Write the pattern of a text in which one of `patterns` may occur."""
    words: set[str] = set()
    for each in patterns:
        required: Literals | None = required_literals(expand(each))
        if required is None:
            return _ANY_TEXT
        words |= required
    return "|".join(map(re.escape, shortest_only(words)))
