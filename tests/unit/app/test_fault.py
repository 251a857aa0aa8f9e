"""What the log says of a bug."""

import pytest

from watcher.app.fault import describe_fault

SUBJECT = "Your order 8012345678901234 was closed"


def _break() -> None:
    known: dict[str, str] = {}
    try:
        known[SUBJECT]
    except KeyError as error:
        raise ValueError(f"unknown: {SUBJECT}") from error


def test_a_bug_is_placed_by_its_traceback_and_quotes_no_mail() -> None:
    """Kind, cause and line, never the value that an error's message quotes."""
    with pytest.raises(ValueError, match="unknown") as caught:
        _break()
    said = describe_fault(caught.value)
    assert "builtins.ValueError" in said
    assert "builtins.KeyError" in said
    assert "in _break" in said
    assert SUBJECT not in said
