"""What the sending process is told and what it answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.channels import sender
from watcher.adapters.channels.exchange import Answer, Request
from watcher.domain.alert import Alert, DeliveryOutcome, Severity


@given(title=st.from_regex(r"[\w <>\"\\]*\w", fullmatch=True), body=st.text())
def test_alert_survives_the_way_to_the_process(title: str, body: str) -> None:
    """Any text arrives in the sending process as it was, on one line of ASCII."""
    alert = Alert(title=title.split("\n", maxsplit=1)[0], body=body, severity=Severity.URGENT)
    request = Request(url="json://häuschen", alert=alert, timeout=3.5)
    line = request.to_json()
    assert line.isascii()
    assert "\n" not in line
    assert Request.from_json(line) == request


def test_secrets_and_letters_stay_out_of_repr() -> None:
    """Neither the address nor the alert's text shows in a trace."""
    alert = Alert(title="t", body="dear seller", severity=Severity.NOTICE)
    shown = repr(Request(url="slack://token", alert=alert, timeout=1))
    assert "token" not in shown
    assert "dear seller" not in shown


@pytest.mark.parametrize("output", [b"", b"Traceback", b"[]", b'{"outcome": "odd"}', b"\xff"])
def test_garbage_is_a_failure(output: bytes) -> None:
    """A sending process that broke off is a failure like any other."""
    answer = sender._read(output, code=1)
    assert answer.outcome is DeliveryOutcome.FAILED
    assert "exit 1" in answer.reason


def test_killed_process_leaves_the_delivery_uncertain() -> None:
    """A sending process that was killed may have sent before."""
    assert sender._read(b"", code=-9).outcome is DeliveryOutcome.UNCERTAIN


def test_answer_survives_the_way_back() -> None:
    """The answer is read as it was written."""
    answer = Answer(outcome=DeliveryOutcome.REFUSED, reason="…", service="Slack", recipients=2)
    assert Answer.from_json(answer.to_json()) == answer
