"""What the rules make of a message as a whole."""

from dataclasses import replace
from typing import Any

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.domain.event import EventKind, Evidence, Reason
from watcher.domain.message import Authenticity, Message
from watcher.domain.reading import Outcome
from watcher.rules.currencies import Currencies
from watcher.rules.pattern_groups import PatternGroups
from watcher.rules.patterns import BadPatternError, PatternSet, compile_any, compile_one, encode
from watcher.rules.rule import Language, Rule
from watcher.rules.ruleset import Ruleset
from watcher.rules.text import has_endless_marks

RULESET = load_ruleset()
ORDER = "8012345678901234"
CLOSED = Message(
    digest="d",
    sender="transaction@notice.aliexpress.com",
    subject=f"Your order {ORDER} is closed",
    text=f"Your order {ORDER} has been closed.",
    sent_at=None,
    authenticity=Authenticity.PASS,
)


def ruleset(*rules: Rule) -> Ruleset:
    """Make a set of one language."""
    return Ruleset(
        languages=(Language(code="xx", rules=rules),),
        senders=RULESET.senders,
        currencies=Currencies(),
    )


def rule(number: int, **changes: Any) -> Rule:
    """Make a rule that fits the subject "closed"."""
    base = Rule(
        id=f"xx.{number}",
        language="xx",
        kind=EventKind.ORDER_CLOSED,
        evidence=Evidence.GUESS,
        subject=("closed",),
    )
    return replace(base, **changes)


def test_closed_order_is_recognised() -> None:
    """The key mail gives one finding with its order, its rule and its evidence."""
    reading = RULESET.read(CLOSED)
    assert reading.outcome is Outcome.RECOGNISED
    assert (reading.rule, reading.language, reading.evidence) == (
        "en.order-closed",
        "en",
        Evidence.SEEN,
    )
    assert [(each.kind, each.order) for each in reading.findings] == [
        (EventKind.ORDER_CLOSED, ORDER)
    ]


def test_unproven_mail_is_read_all_the_same() -> None:
    """A mail that nobody vouches for is read; only a failed one is not."""
    unproven = replace(CLOSED, authenticity=Authenticity.UNKNOWN)
    assert RULESET.read(unproven).outcome is Outcome.RECOGNISED


@pytest.mark.parametrize(
    "changes",
    [
        {"authenticity": Authenticity.FAIL},
        {"sender": "transaction@notice.aliexpress.com.example.net"},
        {"sender": "transaction@notaliexpress.com"},
        {"sender": ""},
    ],
)
def test_imitation_is_foreign(changes: dict[str, Any]) -> None:
    """A forged or look-alike sender says nothing, whatever the subject."""
    reading = RULESET.read(replace(CLOSED, **changes))
    assert (reading.outcome, reading.findings) == (Outcome.FOREIGN, ())


def test_marketing_is_ignored_even_when_it_looks_like_an_order_mail() -> None:
    """An advertiser's address is never read further."""
    reading = RULESET.read(replace(CLOSED, sender="sale@deals.aliexpress.com"))
    assert reading.outcome is Outcome.IGNORED


def test_seller_address_speaks_for_sellers_only() -> None:
    """Whatever the wording, mail of the sellers' address is a seller's message."""
    reading = RULESET.read(replace(CLOSED, sender="notice@info.aliexpress.com"))
    assert [each.kind for each in reading.findings] == [EventKind.SELLER_MESSAGE]
    silent = replace(CLOSED, sender="notice@info.aliexpress.com", subject="Hello", text="")
    assert RULESET.read(silent).outcome is Outcome.IGNORED


def test_unknown_wording_of_the_transactional_sender_is_reported() -> None:
    """A mail that no rule knows is unrecognised, not dropped."""
    strange = replace(CLOSED, subject="Grmpf", text="Brabbel")
    assert RULESET.read(strange).outcome is Outcome.UNRECOGNISED


def test_unlisted_address_is_reported_only_where_it_speaks_of_an_order() -> None:
    """An unlisted AliExpress address with no order number is of no interest."""
    strange = replace(CLOSED, sender="x@new.aliexpress.com", subject="Grmpf", text="Brabbel")
    assert RULESET.read(strange).outcome is Outcome.IGNORED
    about_order = replace(strange, text=f"Order {ORDER}")
    assert RULESET.read(about_order).outcome is Outcome.UNRECOGNISED


def test_closing_without_an_order_number_is_reported() -> None:
    """A closing that names no order must be seen by a person; a parcel's news need not."""
    closing = replace(CLOSED, subject="Order closed", text="")
    assert RULESET.read(closing).outcome is Outcome.UNRECOGNISED
    parcel = replace(CLOSED, subject="Package AP00824363068180: at customs", text="")
    assert RULESET.read(parcel).outcome is Outcome.IGNORED


def test_vague_subject_gives_way_to_what_the_text_says_of_the_order() -> None:
    """A "delivery update" whose text cancels the order is a cancellation."""
    update = replace(
        CLOSED,
        subject=f"Order {ORDER}: delivery update",
        text=f"Your order {ORDER} has been cancelled.",
    )
    assert [each.kind for each in RULESET.read(update).findings] == [EventKind.ORDER_CANCELLED]


def test_text_is_not_asked_where_the_subject_decides() -> None:
    """A footer about cancelled orders does not change what the subject says."""
    shipped = replace(
        CLOSED,
        subject=f"Order {ORDER}: order shipped",
        text=f"Your order {ORDER} has been cancelled.",
    )
    assert [each.kind for each in RULESET.read(shipped).findings] == [EventKind.ORDER_SHIPPED]


def test_text_that_lists_many_reasons_gives_none() -> None:
    """A text that explains how orders get cancelled does not say why this one was."""
    text = "out of stock; customs refused it, by customs; invalid tracking number; fraud"
    assert RULESET.reason("", text, "en") is None
    assert RULESET.reason("", "The item is out of stock", "en") is Reason.SELLER
    assert RULESET.reason("", "Nothing", "en") is None


def test_sum_is_not_given_to_several_orders() -> None:
    """One total over two orders is nobody's amount."""
    two = replace(
        CLOSED,
        subject=f"2 orders confirmed: {ORDER}",
        text=f"Order {ORDER}\nOrder 8012345678901235\nOrder total\n€ 5,00",
    )
    findings = RULESET.read(two).findings
    assert [each.money for each in findings] == [None, None]


def test_seen_wording_wins_over_a_guess_and_priority_over_chance() -> None:
    """Evidence decides between two rules that fit, then priority, then the id."""
    guess, seen = rule(1, priority=9), rule(2, evidence=Evidence.SEEN)
    low, high = rule(3), rule(4, priority=1)
    assert ruleset(guess, seen).fitting("closed", "") is seen
    assert ruleset(low, high).fitting("closed", "") is high
    assert ruleset(rule(6), rule(5)).fitting("closed", "") == rule(5)


def test_subject_and_text_are_both_needed_where_a_rule_names_both() -> None:
    """A rule with both fits only where both fit, and then beats one with the subject alone."""
    both, one = rule(2, text=("body",)), rule(1)
    assert ruleset(both).fitting("closed", "else") is None
    assert ruleset(both, one).fitting("closed", "a body") is both


def test_veto_takes_a_rule_out() -> None:
    """`unless` is asked of the subject, or of the text where a rule has no subject."""
    by_subject = rule(1, unless=("not",))
    by_text = rule(2, subject=(), text=("closed",), unless=("not",))
    assert ruleset(by_subject).fitting("not closed", "") is None
    assert ruleset(by_text).fitting("", "closed") is by_text
    assert ruleset(by_text).fitting("", "not closed") is None


@pytest.mark.parametrize(
    "text",
    [
        "It is closed.\nWhen it is not closed, wait.",
        "It is closed. When it is not closed, wait.",
        "It is not closed\n\nclosed",
        "not closed yesterday\nNow closed",
    ],
)
def test_veto_of_another_sentence_leaves_a_text_rule_alone(text: str) -> None:
    """What one sentence says outright is heard, whatever a footer says under a condition."""
    by_text = rule(1, subject=(), text=("closed",), unless=("not closed",))
    assert ruleset(by_text).fitting("", text) is by_text


@pytest.mark.parametrize(
    "text",
    [
        "It is not\nclosed",
        "We would tell you at once if there were anything at all to tell, and it is not\n8 closed",
        "not. 8 closed",
        "not closed. Not closed\n\nnot closed",
    ],
)
def test_sentence_that_is_broken_over_lines_keeps_its_veto(text: str) -> None:
    """A line break, or a full stop before a number, does not cut a condition off."""
    by_text = rule(1, subject=(), text=("closed",), unless=(r"not[\W0-9]*closed",))
    assert ruleset(by_text).fitting("", text) is None


def test_order_in_groups_of_digits_is_read_like_any_other() -> None:
    """A number that is written like a bank card's is the order's where an order word says so."""
    text = "Your order 8012 3456 7890 1234 has been cancelled."
    reading = RULESET.read(replace(CLOSED, subject="News", text=text))
    assert [(each.kind, each.order) for each in reading.findings] == [
        (EventKind.ORDER_CANCELLED, ORDER)
    ]


def test_broken_pattern_is_named() -> None:
    """A pattern that RE2 cannot compile is refused with RE2's reason."""
    with pytest.raises(BadPatternError, match="missing"):
        compile_one("(a")
    with pytest.raises(BadPatternError, match="failed to add"):
        PatternSet(["a", "(a"])
    with pytest.raises(BadPatternError, match=r"perl operator|invalid"):
        compile_one("(?=a)")


def test_no_pattern_matches_nothing() -> None:
    """Empty lists of patterns are silent."""
    assert PatternSet([]).matches(b"a") == frozenset()
    assert compile_any([]) is None


def test_set_finds_what_each_pattern_finds_alone() -> None:
    """The one pass over a text loses no match, even of a long and hostile one."""
    for language in RULESET.languages:
        patterns = [each for rule in language.rules for each in (*rule.subject, *rule.text)]
        together = PatternSet(patterns)
        for text in ("order " * 300 + ORDER + " cancelled refund", "1" * 5_000, CLOSED.subject):
            alone = {place for place, each in enumerate(patterns) if compile_one(each).search(text)}
            assert together.matches(encode(text)) == alone, language.code


@pytest.mark.parametrize("subject", [f"Заказ №{ORDER} закрыт", f"Order No{ORDER} is closed"])
def test_number_right_behind_its_sign_is_an_order(subject: str) -> None:
    """The Russian and Ukrainian way of writing it, which normalises to letters."""
    message = replace(CLOSED, subject=subject, text="")
    assert [finding.order for finding in RULESET.read(message).findings] == [ORDER]


def test_what_was_forgotten_is_built_anew() -> None:
    """Between two polls the automata go, and the next mail reads as the last one did."""
    ruleset = load_ruleset()
    message = Message(
        digest="d",
        sender="transaction@notice.aliexpress.com",
        subject="Your refund for order 8012345678901234 has been processed",
        text="We have refunded € 49,90 to your AliExpress balance.",
        sent_at=None,
        authenticity=Authenticity.PASS,
    )
    before = ruleset.read(message)
    ruleset.forget()
    assert ruleset.read(message) == before
    assert before.findings


def test_language_alone_needs_no_choice_of_languages() -> None:
    """One language's patterns are searched without asking for its words first, and forgotten."""
    groups = PatternGroups.of([("en", ["cancel+ed"])])
    groups.forget()
    assert groups.hits("it was cancelled") == [0]


def test_automaton_without_room_is_told_of() -> None:
    """RE2 says "nothing found" where it had no room; that must never pass for an answer."""

    class Crowded:
        """A set whose automaton had no room."""

        def Match(self, _: bytes) -> list[int]:  # noqa: N802 -- the library's name
            """Find nothing, not even what is in every text."""
            return []

    patterns = PatternSet(["a"])
    patterns._set = Crowded()  # type: ignore[assignment]
    with pytest.raises(BadPatternError, match="no room"):
        patterns.matches(b"a")


@pytest.mark.parametrize("letter", ["e", "\u0435", "\U0001d41e"])
def test_endless_marks_are_found_on_any_letter(letter: str) -> None:
    """Thousands of accents on one letter are no writing."""
    assert has_endless_marks(letter + "\u0301" * 3000)
    assert not has_endless_marks(letter + "\u0301")
    assert not has_endless_marks("e")
