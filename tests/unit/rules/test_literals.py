"""What is sought before a pattern is: it must never hide a match."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.rule_files import load_ruleset
from watcher.rules.literals import required_literals, shortest_only
from watcher.rules.pattern_groups import PatternGroups
from watcher.rules.patterns import BadPatternError, PatternSet, compile_one, encode, expand

RULESET = load_ruleset()
CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("order", {"order"}),
        ("order|refund", {"order", "refund"}),
        ("(?:your )?order", {"order"}),
        ("(a|bc)def", {"def"}),
        ("(abcd|efgh)x", {"abcd", "efgh"}),
        ("ab+cd", {"ab"}),
        ("ab?cd", {"cd"}),
        ("ab*", {"a"}),
        ("a{0,3}bc", {"bc"}),
        ("a{2,3}", {"a"}),
        ("(abc){2}d?", {"abc"}),
        (r"\border\b.*x", {"order"}),
        (r"[^\]a-z]x|[]]y", {"x", "y"}),
        (r"a\.b\s+c", {"a.b"}),
        ("取消.{0,9}订单", {"取消"}),
        ("^abc$", {"abc"}),
        ("abc??d", {"ab"}),
    ],
)
def test_literals_are_those_that_must_be_there(pattern: str, literals: set[str]) -> None:
    """Of several that must be there, the longest tell most."""
    assert required_literals(pattern) == frozenset(literals)


@pytest.mark.parametrize(
    "pattern",
    [
        "a?",
        "a*b?",
        "[ab]",
        ".",
        "",
        "order|",
        "(?i)order",
        "(?P<x>order)",
        r"\pL+order",
        r"\x41order",
        r"\Qa|b\E",
        "[[:alpha:]]order",
        "a**",
        "a{,5}",
        "a{b",
        "a)",
        "(a",
        "[a",
        "a\\",
        "|".join(f"word{n}" for n in range(50)),
    ],
)
def test_pattern_that_is_not_understood_requires_nothing(pattern: str) -> None:
    """Where no literal is certain, the pattern itself is always sought."""
    assert required_literals(pattern) is None


def test_a_text_with_one_inside_another_is_sought_once() -> None:
    """The shorter stands wherever the longer does."""
    assert shortest_only(["order", "reorder", "refund", "order"]) == ("order", "refund")


@given(
    st.from_regex(r"\A(?:[a-cÄ]|\.|\(a\|b\)|\[ab\]|[ab][?*+]|a\{0,2\}|b\|c){1,6}\Z"),
    st.text("abcä.|", max_size=8),
)
def test_a_pattern_never_matches_without_its_literals(pattern: str, text: str) -> None:
    """Whatever the pattern: where it matches, one of its literals stands, letter case apart."""
    literals = required_literals(pattern)
    if compile_one(pattern).search(text) and literals is not None:
        assert any(each.lower() in text.lower() for each in literals)


def test_search_by_words_finds_what_a_search_in_all_languages_finds() -> None:
    """In every mail of the corpus and every sample, with the languages sought one by one."""
    codes = [each.code for each in RULESET.languages]
    texts = {
        text
        for rule in RULESET.rules
        for each in (*rule.samples, *rule.near_misses)
        for text in (each.subject, each.text, each.subject.upper())
    }
    subjects = PatternGroups.of((rule.language, rule.subject) for rule in RULESET.rules)
    bodies = PatternGroups.of((rule.language, rule.text) for rule in RULESET.rules)
    for text in texts:
        for groups in (subjects, bodies):
            assert sorted(groups.hits(text)) == sorted(groups.hits(text, codes)), text


def test_every_shipped_pattern_has_words_of_its_own() -> None:
    """None makes its language be sought in every mail, which takes time and memory."""
    patterns = [each for rule in RULESET.rules for each in (*rule.subject, *rule.text)]
    assert [each for each in patterns if required_literals(expand(each)) is None] == []


def test_pattern_without_words_of_its_own_is_sought_in_every_text() -> None:
    """A person's own rule may match digits alone."""
    groups = PatternGroups.of([("en", ["[0-9]{4}"]), ("de", ["bestellung"]), ("fr", [])])
    assert groups.hits("1234") == [0]
    assert groups.hits("Bestellung") == [1]
    assert groups.hits("Bestellung 1234", ["de"]) == [1]


def test_set_without_room_says_so() -> None:
    """RE2 answers "nothing" when memory runs out; here it is an error, when the set is made."""
    patterns = [f"(a|b).{{0,60}}x{n}.{{0,60}}y" for n in range(20)]
    assert PatternSet(patterns).matches(encode("a x7 y")) == {7}
    with pytest.raises(BadPatternError, match=r"no room|failed to compile"):
        PatternSet(patterns, memory=100_000)


def test_set_with_room_for_hardly_more_than_itself_loses_nothing() -> None:
    """Over and over without room for its states, the automaton still finds what is there."""
    patterns = [f"(a|b).{{0,20}}x{n}" for n in range(8)]
    sizes = (20_000 * n for n in range(1, 60))
    text = encode("a b " * 500 + "x3" + "b a " * 500 + "x5")
    made = 0
    for size in sizes:
        try:
            small = PatternSet(patterns, memory=size)
        except BadPatternError:
            continue
        made += 1
        assert small.matches(text) == {3, 5}
        if made == 3:
            return
    raise AssertionError("no size was large enough")
