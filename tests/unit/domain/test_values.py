"""The small values: what they refuse, and what they keep to themselves."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from unit.domain.examples import ORDER, START, acted, euros, told
from watcher.domain.alert import Alert, DeliveryOutcome, Severity
from watcher.domain.errors import Problem, UserError
from watcher.domain.event import (
    PERSONAL_KINDS,
    Event,
    EventKind,
    Witness,
    is_order_number,
)
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.money import Money
from watcher.domain.reading import Finding, Outcome, Reading

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 -- a time without a zone is what is refused


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("8012345678901234", True),
        ("123456789012", True),
        ("12345678901234567890", True),
        ("12345678901", False),
        ("123456789012345678901", False),
        ("80123456789o1234", False),
        ("٨٠١٢٣٤٥٦٧٨٩٠١٢٣٤", False),
        ("", False),
    ],
)
def test_order_numbers_are_12_to_20_ascii_digits(text: str, is_one: bool) -> None:
    """Parcel numbers with letters, foreign digits and telephone numbers are none."""
    assert is_order_number(text) is is_one


def test_event_needs_an_order_number() -> None:
    """Nothing can be told of no order."""
    with pytest.raises(ValueError, match="not an order number"):
        told(EventKind.ORDER_CLOSED, order="12")


def test_event_needs_a_zone() -> None:
    """A time without a zone is anybody's guess."""
    with pytest.raises(ValueError, match="time zone"):
        Event(
            order=ORDER,
            kind=EventKind.ORDER_CLOSED,
            at=NAIVE,
            witness=Witness.MAIL,
            authenticity=Authenticity.PASS,
        )


@pytest.mark.parametrize("kind", sorted(PERSONAL_KINDS))
def test_no_mail_can_act_for_the_person(kind: EventKind) -> None:
    """Only the person receives, snoozes, dismisses, reopens, notes or does a step."""
    with pytest.raises(ValueError, match="no mail can say"):
        told(kind)
    with pytest.raises(ValueError, match="no mail can say"):
        Finding(kind=kind, order=ORDER)


def test_proof_is_a_good_signature_or_the_person() -> None:
    """A failed check proves no more than none at all."""
    kind = EventKind.ORDER_CLOSED
    assert told(kind).proven
    assert not told(kind, proof=Authenticity.UNKNOWN).proven
    assert not told(kind, proof=Authenticity.FAIL).proven
    assert acted(EventKind.CASE_DISMISSED).proven


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "Infinity"])
def test_money_is_a_real_amount(amount: str) -> None:
    """No debt below nothing, and none without a number."""
    with pytest.raises(ValueError, match="not an amount"):
        euros(amount)


@pytest.mark.parametrize("currency", ["€", "eur", "EURO", "", "ÉUR"])
def test_currency_is_an_iso_code(currency: str) -> None:
    """Signs and names are translated where mails are read."""
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(amount=Decimal(1), currency=currency)


def test_money_reads_as_amount_and_currency() -> None:
    """As a log or a table shows it."""
    assert str(euros("12.50")) == "12.50 EUR"


def test_mail_needs_a_zone_where_it_has_a_time() -> None:
    """The server's time comes with a zone, or not at all."""
    with pytest.raises(ValueError, match="time zone"):
        RawMail(content=b"", received_at=NAIVE)
    assert RawMail(content=b"", received_at=None).received_at is None


def test_findings_come_only_from_a_recognised_mail() -> None:
    """A mail that no rule knows says nothing of an order."""
    finding = Finding(kind=EventKind.ORDER_CLOSED, order=ORDER)
    assert Reading(outcome=Outcome.RECOGNISED, findings=(finding,)).findings == (finding,)
    with pytest.raises(ValueError, match="only a recognised"):
        Reading(outcome=Outcome.UNRECOGNISED, findings=(finding,))


def test_claims_come_only_from_a_strangers_mail() -> None:
    """What AliExpress itself says are findings."""
    order = (ORDER,)
    assert Reading(outcome=Outcome.FOREIGN, claims=order).claims == order
    with pytest.raises(ValueError, match="only a foreign"):
        Reading(outcome=Outcome.RECOGNISED, claims=order)


def test_severities_are_in_order() -> None:
    """A notice is less than an action, and an action less than what is urgent."""
    notice, action, urgent = Severity
    assert notice < action < urgent
    assert urgent > action > notice
    assert notice <= Severity.NOTICE <= urgent
    assert urgent >= Severity.URGENT >= notice
    assert max(action, urgent, notice) is urgent


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "two\u2028lines"])
def test_title_of_an_alert_is_one_line(title: str) -> None:
    """Channels show it on one, and some refuse an empty one."""
    with pytest.raises(ValueError, match="exactly one line"):
        Alert(title=title, body="b", severity=Severity.NOTICE)


def test_only_what_was_taken_is_settled() -> None:
    """Everything else is tried again, or told."""
    settled = [outcome for outcome in DeliveryOutcome if outcome.settled]
    assert settled == [DeliveryOutcome.DELIVERED]


def test_finding_needs_an_order_number() -> None:
    """A parcel's number is not taken for an order's."""
    with pytest.raises(ValueError, match="not an order number"):
        Finding(kind=EventKind.ORDER_CLOSED, order="AP00824363068180")


def test_private_text_stays_out_of_repr() -> None:
    """A trace or a log shows no subject, no text, no note and no mail."""
    secret = "my flat at 5, Rue"
    values = [
        RawMail(content=secret.encode(), received_at=START),
        Message(
            digest="d",
            sender="",
            subject=secret,
            text=secret,
            links=(secret,),
            sent_at=None,
            authenticity=Authenticity.PASS,
        ),
        KeptMail(
            digest="d",
            account="home",
            folder="INBOX",
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
            outcome=None,
            subject=secret,
            content=secret.encode(),
        ),
        acted(EventKind.NOTE_ADDED, note=secret),
    ]
    for value in values:
        assert secret not in repr(value)


def test_user_error_names_every_problem_with_its_place_and_its_cure() -> None:
    """The operator mends all at once and starts once."""
    error = UserError(
        Problem(place="a.toml: tls", what="unknown value", fix="use 'tls'"),
        Problem(place="b.toml", what="is missing"),
    )
    assert str(error) == "a.toml: tls: unknown value\n    fix: use 'tls'\nb.toml: is missing"
    assert len(error.problems) == 2
