"""The shipped rules, held to their own samples."""

from dataclasses import replace

import pytest

from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Authenticity, Message
from watcher.rules.rule import Rule, Sample

RULESET = load_ruleset()
SAMPLES = [(rule, sample) for rule in RULESET.rules for sample in rule.samples]
NEAR_MISSES = [(rule, miss) for rule in RULESET.rules for miss in rule.near_misses]


def name(value: Rule | Sample) -> str:
    """Name a case of a table."""
    return value.id if isinstance(value, Rule) else value.subject or value.text


def message(sample: Sample) -> Message:
    """Make the sample a proven mail."""
    return Message(
        digest="d",
        sender="transaction@notice.aliexpress.com",
        subject=sample.subject,
        text=sample.text,
        sent_at=None,
        authenticity=Authenticity.PASS,
    )


@pytest.mark.parametrize(("rule", "sample"), SAMPLES, ids=name)
def test_sample_is_read_by_its_own_rule(rule: Rule, sample: Sample) -> None:
    """Each sample reaches the rule it stands beside, and no other rule shadows it."""
    fitting = RULESET.fitting(sample.subject, sample.text)
    assert fitting is not None
    assert fitting.id == rule.id


@pytest.mark.parametrize(
    ("rule", "sample"),
    [each for each in SAMPLES if replace(each[1], subject="", text="") != Sample()],
    ids=name,
)
def test_sample_gives_what_it_states(rule: Rule, sample: Sample) -> None:
    """The order, the reason, the amount, the things and the days that a sample states are found."""
    (finding,) = RULESET.read(message(sample)).findings
    assert finding.kind is rule.kind
    assert sample.order in (None, finding.order)
    assert sample.reason in (None, finding.reason)
    assert sample.amount in (None, str(finding.money))
    assert sample.refund in (None, finding.refund)
    assert sample.store in (None, finding.store)
    assert sample.items in ((), finding.items)
    assert sample.ship_days in (None, finding.ship_days)


@pytest.mark.parametrize(("rule", "miss"), NEAR_MISSES, ids=name)
def test_near_miss_is_not_read_by_the_rule(rule: Rule, miss: Sample) -> None:
    """What only looks like a rule's wording is not taken for it."""
    fitting = RULESET.fitting(miss.subject, miss.text)
    assert fitting is None or fitting.id != rule.id


def test_every_rule_has_a_sample_and_a_near_miss() -> None:
    """No rule is shipped that nothing shows to work, or to stop where it should."""
    assert [rule.id for rule in RULESET.rules if not (rule.samples and rule.near_misses)] == []


def test_languages_of_the_first_release_are_there() -> None:
    """English, German, Spanish, French, Korean and Portuguese are shipped."""
    assert {each.code for each in RULESET.languages} >= {"de", "en", "es", "fr", "ko", "pt"}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "ko", "pt"])
def test_language_knows_the_wordings_about_money(language: str) -> None:
    """Closing, cancelling, refunding, disputes and freezing are known in each language."""
    kinds = {str(rule.kind) for rule in RULESET.rules if rule.language == language}
    assert kinds >= {
        "order_closed",
        "order_cancelled",
        "refund_announced",
        "dispute_opened",
        "dispute_updated",
        "dispute_closed",
        "order_frozen",
    }
