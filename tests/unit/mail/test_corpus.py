"""The invented mails of `tests/corpus/`: each beside what it must read as."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import Message, RawMail
from watcher.domain.reading import Reading
from watcher.rules.ruleset import Ruleset

CORPUS = Path(__file__).parents[2] / "corpus"
MAILS = sorted(CORPUS.glob("*.eml"))
UNSTATED: Mapping[str, object] = {"refund": None, "store": None, "items": [], "ship_days": None}
"""What a mail must not say where the file beside it does not state it."""


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    """Load the shipped rules once."""
    return load_ruleset()


def as_json(message: Message, reading: Reading) -> dict[str, object]:
    """Put a reading into the words of the files beside the mails."""
    return {
        "outcome": reading.outcome.value,
        "authenticity": message.authenticity.value,
        "language": reading.language,
        "rule": reading.rule,
        "events": [
            {
                "kind": each.kind.value,
                "order": each.order,
                "reason": None if each.reason is None else each.reason.value,
                "amount": None if each.money is None else str(each.money.amount),
                "currency": None if each.money is None else each.money.currency,
                "refund": None if each.refund is None else each.refund.value,
                "store": each.store,
                "items": list(each.items),
                "ship_days": each.ship_days,
            }
            for each in reading.findings
        ],
    }


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_corpus_mail_reads_as_stated(path: Path, ruleset: Ruleset) -> None:
    """A mail of the corpus reads exactly as the file beside it says."""
    parser = MailParser(senders=ruleset.senders, trusted_authserv=("mx.example.org",))
    message = parser(RawMail(content=path.read_bytes(), received_at=None))
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    expected["events"] = [{**UNSTATED, **event} for event in expected["events"]]
    assert as_json(message, ruleset.read(message)) == expected


def test_every_corpus_mail_has_its_reading_and_the_other_way_round() -> None:
    """No mail lacks what it must read as, and no such file lacks its mail."""
    assert {path.stem for path in MAILS} == {path.stem for path in CORPUS.glob("*.json")}
    assert len(MAILS) >= 60
