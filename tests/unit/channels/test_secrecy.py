"""What is written down about a channel holds none of its secrets."""

import pytest

from watcher.adapters.channels.secrecy import scrub

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#orders"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (SLACK, ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ")),
        ("mailto://maria:p%40ss-w0rd@example.org", ("maria", "p%40ss-w0rd", "p@ss-w0rd")),
        ("json://bob:pw1@host.example/", ("bob", "pw1", "host.example")),
        ("json://host/hooks/9f8e7d6c5b4a", ("9f8e7d6c5b4a",)),
        ("https://discord.com/api/webhooks/123456/abc-DEF_ghi", ("123456", "abc-DEF_ghi")),
        ("ntfy://host/topic?token=tk_abcdef123", ("tk_abcdef123",)),
        ("json://h/[broken:port/segment-token", ("segment-token",)),
        ("just-some-words", ("just-some-words",)),
    ],
)
def test_no_part_of_the_address_is_left(url: str, secrets: tuple[str, ...]) -> None:
    """Tokens, names and passwords go, as written, decoded, and in another case."""
    for secret in secrets:
        text = scrub(f"Failed at {url} with {secret}, {secret.upper()}.", url)
        assert secret.casefold() not in text.casefold()
        assert text.startswith("Failed at ")


def test_the_rest_is_left_as_it_is() -> None:
    """What went wrong can still be read, the service's name included."""
    url = "discord://123456789012345678/abcdefghijklmnop"
    assert (
        scrub("Failed to send to Discord: Not Found", url) == "Failed to send to Discord: Not Found"
    )


def test_text_is_one_short_line() -> None:
    """A page of HTML from a service becomes one line of at most 200 characters."""
    text = scrub("<html>\n\n" + "x " * 500, SLACK)
    assert len(text) == 200
    assert "\n" not in text
