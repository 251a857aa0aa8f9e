"""Rule files: the shipped ones, the person's own over them, and what is said of wrong ones."""

from pathlib import Path

import pytest

from watcher.adapters.rule_files import LARGEST_FILE, load_ruleset
from watcher.domain.errors import UserError
from watcher.domain.event import EventKind, RefundForm
from watcher.domain.message import Authenticity, Message
from watcher.domain.reading import Finding
from watcher.rules.senders import Role

GOOD = """
language = "en"
[[rule]]
id = "en.order-closed"
kind = "order_frozen"
evidence = "guess"
subject = ['^brrr']
samples = [{ subject = "brrr" }]
[[rule]]
id = "en.mine"
kind = "ignored"
evidence = "told"
subject = ['^zzz']
samples = [{ subject = "zzz", amount = "1 EUR" }]
"""


def complaints(folder: Path) -> list[str]:
    """Load the folder and return what is wrong, each with place and fix."""
    with pytest.raises(UserError) as refusal:
        load_ruleset([folder])
    return [str(problem) for problem in refusal.value.problems]


def test_own_rules_add_to_and_replace_the_shipped_ones(tmp_path: Path) -> None:
    """A rule of a shipped id replaces it, a new one joins; the rest stays."""
    (tmp_path / "en.toml").write_text(GOOD)
    shipped, both = load_ruleset(), load_ruleset([tmp_path])
    assert len(both.rules) == len(shipped.rules) + 1
    mine = both.fitting("zzz", "")
    assert mine is not None
    assert (mine.id, mine.kind) == ("en.mine", None)
    replaced = next(rule for rule in both.rules if rule.id == "en.order-closed")
    assert replaced.kind is EventKind.ORDER_FROZEN


def test_new_language_needs_one_file_and_no_code(tmp_path: Path) -> None:
    """A language that nobody shipped is read once its file is there."""
    (tmp_path / "nl.toml").write_text(
        'language = "nl"\n[words]\norder = ["bestelnummer"]\n[[rule]]\nid = "nl.closed"\n'
        "kind = 'order_closed'\nevidence = 'guess'\nsubject = ['gesloten']\n"
        "samples = [{ subject = 'gesloten' }]\n"
    )
    fitting = load_ruleset([tmp_path]).fitting("Bestelling gesloten", "")
    assert fitting is not None
    assert fitting.id == "nl.closed"


def test_own_senders_and_currencies_add_to_the_shipped_ones(tmp_path: Path) -> None:
    """A national shop's domain is one line in the person's own file."""
    (tmp_path / "senders.toml").write_text(
        'domains = ["AliExpress.us"]\ntransactional = ["transaction@notice.aliexpress.us"]\n'
    )
    (tmp_path / "currencies.toml").write_text('[symbols]\n"₿" = "XBT"\n')
    senders = load_ruleset([tmp_path]).senders
    assert senders.role("transaction@notice.aliexpress.us") is Role.TRANSACTIONAL
    assert senders.role("transaction@notice.aliexpress.com") is Role.TRANSACTIONAL


def test_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    """Nobody needs rules of their own."""
    assert len(load_ruleset([tmp_path / "none"]).rules) == len(load_ruleset().rules)


def test_every_problem_is_told_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    """Unknown keys, kinds, patterns and missing samples of all files come in one refusal."""
    (tmp_path / "a.toml").write_text("langage = ")
    (tmp_path / "b.toml").write_text(
        'language = "en"\nhint = []\n[[rule]]\nid = "en.x"\nkind = "order_close"\n'
        'evidence = "heard"\nsbject = []\nsamples = [{ subjct = "" }]\n'
    )
    (tmp_path / "c.toml").write_text(
        'language = "en"\n[words]\norder = ["("]\n[[rule]]\nid = "de.x"\nkind = "ignored"\n'
        "evidence = 'seen'\nsubject = ['(?=x)']\nsamples = []\n"
        "[[rule]]\nid = 'en.y'\nkind = 'ignored'\nevidence = 'seen'\nsamples = [{}]\n"
        "[[rule]]\nid = 'en.y'\nkind = 'ignored'\nevidence = 'seen'\n"
        "subject = ['y']\nsamples = [{}]\n"
    )
    (tmp_path / "d.toml").write_bytes(b"\xff")
    (tmp_path / "senders.toml").write_text("domain = []\n[links]\nordrs = []\n")
    (tmp_path / "currencies.toml").write_text('codes = ["euro"]\n')
    told = "\n".join(complaints(tmp_path))
    for expected in (
        "a.toml: not TOML",
        "b.toml: hint: unknown key, did you mean 'hints'?",
        "no kind of event: 'order_close', did you mean 'order_closed'?",
        "b.toml: rule.0.evidence: expected 'seen', 'told' or 'guess'",
        "b.toml: rule.0.sbject: unknown key, did you mean 'subject'?",
        "b.toml: rule.0.samples.0.subjct: unknown key, did you mean 'subject'?",
        "c.toml: words.order: not a pattern",
        "c.toml: rule de.x: subject: not a pattern",
        "c.toml: rule de.x: the id does not name its language",
        'fix: id = "en.x"',
        "c.toml: rule de.x: no sample",
        "c.toml: rule en.y: neither subject nor text",
        "c.toml: rule en.y: this id stands here twice",
        "d.toml: is not UTF-8 text",
        "senders.toml: domain: unknown key, did you mean 'domains'?",
        "senders.toml: links.ordrs: unknown key, did you mean 'orders'?",
        "currencies.toml: codes.0",
    ):
        assert expected in told


def test_pattern_alone_is_enough_to_be_refused(tmp_path: Path) -> None:
    """A file whose only fault is one pattern is refused with that pattern."""
    (tmp_path / "en.toml").write_text(GOOD.replace("^zzz", "(z"))
    (told,) = complaints(tmp_path)
    assert "en.toml: rule en.mine: subject: not a pattern" in told
    assert "(z" in told


def test_control_character_in_a_pattern_is_refused(tmp_path: Path) -> None:
    """TOML makes a backspace of a word's end between double quotes: it would never match."""
    (tmp_path / "en.toml").write_text(GOOD.replace("'^zzz'", '"\\bzzz"'))
    (tmp_path / "currencies.toml").write_text('[symbols]\n"\\u007f" = "EUR"\n')
    told = "\n".join(complaints(tmp_path))
    assert "en.toml: rule.1.subject.0: a control character ('\\x08')" in told
    assert "single quotes" in told
    assert "currencies.toml: symbols" in told


def test_samples_are_spelt_as_parsed_mails_are(tmp_path: Path) -> None:
    """A sample pasted from a mail, with its blanks and digits, is what the rules would see."""
    pasted = '{ subject = "\uff3azz\u00a0\u0661", text = "a\u200bb\\n\\n c" }'
    (tmp_path / "en.toml").write_text(GOOD.replace('{ subject = "zzz", amount = "1 EUR" }', pasted))
    mine = next(each for each in load_ruleset([tmp_path]).rules if each.id == "en.mine")
    assert [(each.subject, each.text) for each in mine.samples] == [("Zzz 1", "ab\nc")]


def test_own_words_for_things_join_the_shipped_ones(tmp_path: Path) -> None:
    """Forms, labels and days to ship of a person's own file are heard beside the shipped ones."""
    (tmp_path / "en.toml").write_text(
        "language = 'en'\n[refund_forms]\npartial = ['a bit of it']\n"
        "[things]\nstore = ['emporium']\n[shipping]\nwithin = ['off we go in {days} sleeps']\n"
        "by = ['off we go on']\n"
    )
    (tmp_path / "currencies.toml").write_text(
        "three_decimals = ['XTS']\n[symbols]\n'₮' = 'XTS'\n"
        "[shared]\n'¤' = { USD = ['dollar'], EUR = ['euro'] }\n"
    )
    rules = load_ruleset([tmp_path])
    order = "8012345678901234"

    def read(subject: str, text: str) -> Finding:
        (finding,) = rules.read(
            Message(
                digest="d",
                sender="transaction@notice.aliexpress.com",
                subject=subject,
                text=text,
                sent_at=None,
                authenticity=Authenticity.PASS,
            )
        ).findings
        return finding

    confirmed = read(
        f"Order {order}: order confirmed",
        "Emporium: Bright\nOff we go in 9 sleeps\nOrder total 1.234 ₮",
    )
    assert (confirmed.store, confirmed.ship_days) == ("Bright", 9)
    assert str(confirmed.money) == "1.234 XTS"
    refund = read(f"Your refund for order {order} has been processed", "A bit of it: ¤ 5 in euro")
    assert (refund.refund, str(refund.money)) == (RefundForm.PARTIAL, "5 EUR")


def test_wrong_patterns_of_the_new_tables_are_named(tmp_path: Path) -> None:
    """Each table's patterns are tried, `{days}` filled in; a wrong currency pattern too."""
    (tmp_path / "en.toml").write_text("language = 'en'\n[refund_forms]\nfull = ['(']\nhalf = []\n")
    assert any("did you mean" in each or "known here" in each for each in complaints(tmp_path))
    (tmp_path / "en.toml").write_text(
        "language = 'en'\n[refund_forms]\nfull = ['(a']\n[things]\nstore = ['(b']\n"
        "[shipping]\nwithin = ['({days}']\n"
    )
    (tmp_path / "currencies.toml").write_text("[shared]\n'¤' = { USD = ['(c'] }\n")
    told = "\n".join(complaints(tmp_path))
    for place in ("refund_forms.full", "things.store", "shipping.within", "shared.¤.USD"):
        assert f"{place}: not a pattern" in told


def test_unreadable_and_oversized_files_are_named(tmp_path: Path) -> None:
    """A folder in a file's place, or megabytes, are problems of their own."""
    (tmp_path / "x.toml").mkdir()
    (tmp_path / "y.toml").write_bytes(b"#" * (LARGEST_FILE + 1))
    told = complaints(tmp_path)
    assert any("x.toml: cannot be read" in each for each in told)
    assert any("y.toml: too big" in each for each in told)
