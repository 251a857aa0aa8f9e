"""Alerts sent by the real Apprise plugins, from the real sending process, to local servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from receivers.catcher import Catcher, catcher
from receivers.http import Receiver, http_receiver
from watcher.adapters.channels.sender import Channel, check_url
from watcher.adapters.untrusted_text import make_inert
from watcher.domain.alert import Alert, DeliveryOutcome, Severity

ALERT = Alert(
    title="Order 8012345678901234 closed: €12.34 to get back",
    body="Last day: Dec 1.\n\nNow: https://example.org/?a=1&b=2",
    severity=Severity.ACTION,
)
SLACK = "slack://TAAAAAAAA/BAAAAAAAA/abcdefghijklmnopqrstuvwx"
DISCORD = "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz0123456789"
TELEGRAM = "tgram://123456789:abcdefghijklmnopqrstuvwxyzABCDEFGHI/12345"
EVIL = "<!channel> *bold* <https://evil.example|click> @everyone [x](http://evil.example)"


def channel(url: str, *, timeout: float = 60.0) -> Channel:
    """A channel called phone."""
    return Channel(name="phone", url=lambda: url, timeout=timeout)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A local HTTP server."""
    with http_receiver() as running:
        yield running


@pytest.fixture
def caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catcher]:
    """Slack, Discord and Telegram, played by a local server that this process's children reach."""
    hosts = ("hooks.slack.com", "discord.com", "api.telegram.org")
    with catcher(tmp_path, *hosts) as running:
        running.receiver.answers["hooks.slack.com"] = b"ok"
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def test_json_channel_gets_title_body_and_severity(receiver: Receiver) -> None:
    """A JSON webhook receives the alert word for word, once."""
    delivery = channel(f"json://{receiver.address}/hook").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    (post,) = receiver.posts
    assert post.path == "/hook"
    assert post.json()["title"] == ALERT.title
    assert post.json()["message"] == ALERT.body
    assert post.json()["type"] == "warning"


def test_ntfy_channel_gets_the_alert_on_its_topic(receiver: Receiver) -> None:
    """An ntfy server of one's own receives the alert under the topic of the URL."""
    delivery = channel(f"ntfy://{receiver.address}/orders").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    (post,) = receiver.posts
    message = post.json()
    assert message["topic"] == "orders"
    assert message["title"] == ALERT.title
    assert message["message"] == ALERT.body


def test_slack_channel_gets_the_alert_as_literal_text(caught: Catcher) -> None:
    """Slack's webhook receives title and body with Slack's own marks escaped."""
    delivery = channel(SLACK).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    (post,) = caught.receiver.posts
    assert (post.host, post.path) == (
        "hooks.slack.com",
        "/services/TAAAAAAAA/BAAAAAAAA/abcdefghijklmnopqrstuvwx",
    )
    assert post.json()["mrkdwn"] is False
    (attachment,) = post.json()["attachments"]
    assert attachment["title"] == ALERT.title
    assert attachment["text"] == ALERT.body.replace("&", "&amp;")


def test_telegram_channel_gets_the_alert_as_literal_text(caught: Catcher) -> None:
    """Telegram receives the text with HTML's marks escaped: a letter may say `a < b`."""
    alert = Alert(title="t", body="a <b>x</b> & c", severity=Severity.NOTICE)
    delivery = channel(TELEGRAM).send(alert)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    (post,) = caught.receiver.posts
    assert "a &lt;b&gt;x&lt;/b&gt; &amp; c" in post.json()["text"]


@pytest.mark.parametrize("url", [SLACK, DISCORD, TELEGRAM])
def test_text_from_a_mail_is_inert_on_services_with_markup(caught: Catcher, url: str) -> None:
    """An item's hostile name neither mentions anyone nor links anywhere on Slack and the like."""
    inert = make_inert(EVIL)
    alert = Alert(title=inert, body=f"Item: {inert}", severity=Severity.NOTICE)
    delivery = channel(url).send(alert)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    (post,) = caught.receiver.posts
    text = repr(post.json())
    assert "channel" in text
    for live in ("<!", "<http", "@everyone", "](", "://evil", "*bold*", "evil.example"):
        assert live not in text


def test_text_from_a_mail_is_inert_in_json(receiver: Receiver) -> None:
    """A webhook that passes the text on to a chat passes nothing live on."""
    inert = make_inert(EVIL)
    channel(f"json://{receiver.address}").send(
        Alert(title="t", body=inert, severity=Severity.NOTICE)
    )
    message = receiver.posts[0].json()["message"]
    assert message == inert
    assert not set("<>@[]*") & set(message)
    assert "evil.example" not in message


def test_unproven_certificate_is_a_failure(
    tmp_path: Path, caught: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose certificate nobody vouches for gets no alert."""
    other = tmp_path / "other"
    other.mkdir()
    with catcher(other, "unused.example") as stranger:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", stranger.environment["REQUESTS_CA_BUNDLE"])
        delivery = channel(SLACK).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert delivery.reason == "Slack: its certificate is not valid"
    assert not caught.receiver.posts


def test_those_that_have_the_message_are_not_sent_it_again(caught: Catcher) -> None:
    """Where one of several recipients failed, the second try leaves the others out."""
    caught.receiver.script(200, 500, 200)
    delivery = channel(f"{SLACK}/#first/#second").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    rooms = [post.json()["channel"] for post in caught.receiver.posts]
    assert sorted(set(rooms)) == ["#first", "#second"]
    assert rooms[1] == rooms[2]
    assert len(rooms) == 3


def test_partly_failed_send_says_that_some_may_have_it(caught: Catcher) -> None:
    """A URL with several recipients of which one keeps failing is told as such."""
    caught.receiver.script(200, 500, 500)
    delivery = channel(f"{SLACK}/#first/#second").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert "some of its 2 recipients may have the message" in delivery.reason


def test_long_alert_arrives_in_full(caught: Catcher) -> None:
    """An alert longer than the service takes is split up, not cut off."""
    lines = [f"line {number} of the letter, which goes on for a while" for number in range(80)]
    alert = Alert(title="long", body="\n".join(lines), severity=Severity.NOTICE)
    delivery = channel(DISCORD).send(alert)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason
    arrived = "\n".join(post.json()["content"] for post in caught.receiver.posts)
    assert len(caught.receiver.posts) > 1
    assert all(line in arrived for line in lines)


def test_check_tells_the_service_and_sends_nothing(receiver: Receiver) -> None:
    """The address is explained without a message being sent."""
    address = check_url(f"ntfy://{receiver.address}/first/second")
    assert (address.service, address.recipients, address.problem) == ("ntfy", 2, "")
    assert check_url("slack://bad").problem
    assert not receiver.posts


def test_severities_choose_the_channel() -> None:
    """A channel carries the severities it was given and no others."""
    loud = Channel(name="loud", url=str, severities=frozenset({Severity.URGENT}))
    assert [severity for severity in Severity if loud.carries(severity)] == [Severity.URGENT]
    assert "json" not in repr(channel("json://user:password@host"))
