"""What became of a failed send, by what the plugin wrote about it."""

import pytest

from watcher.adapters.channels.verdict import judge
from watcher.domain.alert import Delivery, DeliveryOutcome

FAILED, UNCERTAIN = DeliveryOutcome.FAILED, DeliveryOutcome.UNCERTAIN
URL = "json://host/secret-token"


def verdict(warnings: list[str], details: list[str]) -> Delivery:
    """The judgement on a send through the JSON plugin."""
    return judge(warnings, details, service="JSON", url=URL)


@pytest.mark.parametrize(
    ("detail", "outcome"),
    [
        ("Socket Exception: HTTPConnectionPool: Read timed out. (read timeout=4.0)", UNCERTAIN),
        ("Socket Exception: ('Connection aborted.', RemoteDisconnected('closed'))", UNCERTAIN),
        ("I/O Exception: [Errno 104] Connection reset by peer", UNCERTAIN),
        ("Socket Exception: Connection to h timed out. (connect timeout=4.0)", FAILED),
        ("Socket Exception: [Errno 111] Connection refused", FAILED),
        ("Socket Exception: Failed to resolve 'h' ([Errno -2] Name or service not known)", FAILED),
        ("Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED] unable to get issuer", FAILED),
        ("Socket Exception: Unable to connect to proxy", FAILED),
    ],
)
def test_faults_tell_whether_the_message_may_have_left(
    detail: str, outcome: DeliveryOutcome
) -> None:
    """Only a fault that proves that nothing was sent counts as a plain failure."""
    assert verdict(["A Connection error occurred."], [detail]).outcome is outcome


def test_message_text_is_not_taken_for_a_fault() -> None:
    """A letter that speaks of a connection reset does not change the judgement."""
    delivery = verdict(
        ["Failed to send JSON notification: Gone, error=410."],
        ['JSON Payload: {"message": "Exception: Connection reset, Read timed out"}'],
    )
    assert delivery == Delivery(outcome=FAILED, reason="HTTP 410 from JSON: Gone")


def test_uncertainty_outweighs_a_failure() -> None:
    """Where one try may have arrived, the whole send may have."""
    faults = ["Socket Exception: Connection refused", "Socket Exception: Read timed out."]
    assert verdict([], faults).outcome is UNCERTAIN


def test_http_status_is_named_without_secrets() -> None:
    """The service's own words are told with the address taken out."""
    delivery = verdict(["Failed: no hook secret-token here, error=404."], [])
    assert delivery.reason == "HTTP 404 from JSON: no hook *** here"


def test_unknown_failure_quotes_the_last_warning() -> None:
    """A failure of a kind that nobody has seen is told in the plugin's words."""
    assert verdict(["first", "no secret-token"], []).reason == "JSON: no ***"
    assert verdict(["odd answer, error=200."], []).reason == "JSON: odd answer, error=200."
    assert verdict([], []).reason == "JSON: it did not take the message"
    assert verdict([], ["Socket Exception: odd"]).outcome is FAILED
