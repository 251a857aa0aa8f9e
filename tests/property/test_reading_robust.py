"""Mails of any damage: read, or set aside, and always soon."""

import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import RawMail
from watcher.domain.reading import Outcome

RULESET = load_ruleset()
PARSER = MailParser(senders=RULESET.senders, trusted_authserv=("mx.example.org",))
CORPUS = [
    path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))
]
BAIT: st.SearchStrategy[bytes] = st.sampled_from(
    [
        b"\n\n",
        b"\r",
        b"\x00",
        b"--=_part",
        b"=?utf-8?b?",
        b"?=",
        b"<div style='display:none'>",
        b"</p>",
        b"<!--",
        b"&#x110000;",
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Authentication-Results: mx.example.org; dkim=pass (((\n",
        b"From: a@b.example\n",
        b"Subject: \n",
        b"\xff\xfe\x1b$B",
        ("９" * 20).encode(),
        "\u202e\u200b".encode(),
    ]
)
SECONDS = 10.0


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Cut, repeat, overwrite and spike a mail of the corpus."""
    mail = draw(st.sampled_from(CORPUS))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(mail)))
        length = draw(st.integers(0, 60))
        match draw(st.integers(0, 3)):
            case 0:
                mail = mail[:place] + draw(BAIT) + mail[place:]
            case 1:
                mail = mail[:place] + mail[place + length :]
            case 2:
                mail = mail[:place] + draw(st.binary(max_size=20)) + mail[place + length :]
            case _:
                mail = mail[:place] + mail[place : place + length] * 5 + mail[place + length :]
    return mail


def check(content: bytes) -> None:
    """Read one mail and hold what came out to the promises of a message and a reading."""
    started = time.monotonic()
    try:
        message = PARSER(RawMail(content=content, received_at=None))
    except UnreadableMail:
        return
    reading = RULESET.read(message)
    assert time.monotonic() - started < SECONDS
    message.text.encode()
    assert len(message.digest) == 64
    assert not reading.findings or reading.outcome is Outcome.RECOGNISED
    assert "\n" not in message.subject


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_mail_is_read_or_set_aside(content: bytes) -> None:
    """No damage to a real-looking mail raises anything but `UnreadableMail`."""
    check(content)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_set_aside(content: bytes) -> None:
    """Bytes that never were a mail are survived as well."""
    check(content)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_read(subject: str, text: str) -> None:
    """No subject and no text, in any script, stops the rules."""
    RULESET.fitting(subject, text)
    RULESET.reason(subject, text, "en")
