"""Severities, alerts and outcomes."""

from itertools import pairwise

import pytest

from watcher.domain.alert import Alert, DeliveryOutcome, Severity


def test_severities_are_ordered_by_how_much_they_ask() -> None:
    """A notice is less than an action, which is less than something urgent."""
    ladder = (Severity.NOTICE, Severity.ACTION, Severity.URGENT)
    assert sorted(Severity) == list(ladder)
    for lower, higher in pairwise(ladder):
        assert lower < higher
        assert lower <= higher
        assert higher > lower
        assert higher >= lower
        assert lower <= lower  # noqa: PLR0124 -- equality is part of the order


@pytest.mark.parametrize("title", ["", "  ", "two\nlines"])
def test_title_is_one_line(title: str) -> None:
    """An alert without a title, or with one that breaks the line, cannot be made."""
    with pytest.raises(ValueError, match="one line"):
        Alert(title=title, body="b", severity=Severity.NOTICE)


def test_body_stays_out_of_repr() -> None:
    """A trace or a log shows no letter."""
    alert = Alert(title="t", body="dear seller", severity=Severity.NOTICE)
    assert "dear seller" not in repr(alert)


def test_only_a_delivered_alert_is_settled() -> None:
    """Everything but the service's yes leaves the alert to be sent."""
    settled = [outcome for outcome in DeliveryOutcome if outcome.settled]
    assert settled == [DeliveryOutcome.DELIVERED]
