"""Every mail of the corpus as a sample: the same reading, and nobody's data."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.private_things import name_things
from watcher.adapters.mail.scrub import scrub
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import Message, RawMail

RULES = load_ruleset()
PARSER = MailParser(senders=RULES.senders, trusted_authserv=("mx.example.org",))
MAILS = sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))
NUMBER = re.compile(r"[0-9]{8,}")


def parse(content: bytes) -> Message:
    """Read as the corpus is read."""
    return PARSER(RawMail(content=content, received_at=None))


def decoded(content: bytes) -> str:
    """Everything that a mail holds: its bytes, its decoded fields and parts, and what is read."""
    mail = message_from_bytes(content)
    shown = [content.decode("utf-8", "replace")]
    for part in mail.walk():
        shown += [str(make_header(decode_header(str(value)))) for value in part.values()]
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            shown.append(payload.decode("utf-8", "replace"))
    message = parse(content)
    return "\n".join([*shown, message.subject, message.text, *message.links])


def outline(content: bytes) -> list[tuple[str, str | None, str | None]]:
    """The parts of a mail, with charset and transfer encoding."""
    return [
        (part.get_content_type(), part.get_content_charset(), part["content-transfer-encoding"])
        for part in message_from_bytes(content).walk()
    ]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_sample_reads_the_same_and_holds_nothing_private(path: Path) -> None:
    """Outcome, rule, kinds and amounts are the original's; its numbers and people are gone."""
    content = path.read_bytes()
    original = parse(content)
    names = name_things(RULES.things(original), original.anchors)
    made = scrub(content, things=names)
    sample = parse(made)
    read, again = RULES.read(original), RULES.read(sample)
    assert (again.outcome, again.language, again.rule) == (read.outcome, read.language, read.rule)
    assert sample.authenticity is original.authenticity
    assert [(each.kind, each.reason, each.money) for each in again.findings] == [
        (each.kind, each.reason, each.money) for each in read.findings
    ]
    assert [len(each.order) for each in again.findings] == [
        len(each.order) for each in read.findings
    ]
    assert [(len(each.items), bool(each.store)) for each in again.findings] == [
        (len(each.items), bool(each.store)) for each in read.findings
    ]
    for name in names:
        assert name.lower() not in f"{sample.subject}\n{sample.text}".lower()
    assert not {each.order for each in again.findings} & {each.order for each in read.findings}
    assert outline(made) == outline(content)
    everything = decoded(made)
    written = "\n".join([original.subject, original.text, *original.links])
    for number in set(NUMBER.findall(written)):
        assert number not in everything
    mail = message_from_bytes(content)
    for name, address in getaddresses(mail.get_all("to", [])):
        assert address.lower() not in everything.lower()
        assert not name or name not in everything


@given(name=st.from_regex(r"[A-Z][a-zäöüéñ]{3,12}zq [A-Z][a-zß]{3,12}qz", fullmatch=True))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_name_survives(name: str) -> None:
    """Whoever the mail was for, in the field, the greeting and the subject: the name is gone."""
    first, last = name.split()
    content = (
        f"To: {name} <{first.lower().encode('ascii', 'ignore').decode()}@home.example>\n"
        f"X-Note: {last}\nSubject: {first}, your order is closed\n"
        f"Content-Type: text/plain; charset=utf-8\n\nHi {name},\n{last.upper()} {first}\n"
    ).encode()
    everything = decoded(scrub(content)).lower()
    assert first.lower() not in everything
    assert last.lower() not in everything


@given(
    mail=st.sampled_from(MAILS),
    cuts=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 40)), max_size=4),
    spike=st.sampled_from(
        [b"", b"\x00", b"\xff\xfe", b"=?utf-8?b?", b"<!--", b"--=_part", b"&#x110000;"]
    ),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_mail_is_scrubbed_or_refused(
    mail: Path, cuts: list[tuple[int, int]], spike: bytes
) -> None:
    """Whatever a mail looks like, it becomes a sample or is refused with the one error for it."""
    content = mail.read_bytes()
    for place, length in cuts:
        content = content[:place] + spike + content[place + length :]
    try:
        made = scrub(content)
    except UnreadableMail:
        return
    assert len(made) <= 4 * len(content) + 2_000
