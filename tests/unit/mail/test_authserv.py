"""Whose findings a mailbox's mails show, and that no sender can make up the answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from watcher.adapters.mail.authserv import Lesson, learn_servers
from watcher.adapters.rule_files import load_senders
from watcher.domain.message import RawMail

SENDERS = load_senders()
START = datetime(2026, 11, 2, 10, tzinfo=UTC)
GENUINE = "transaction@notice.aliexpress.com"
NAME = "mx.example.org"
STRANGERS = ("bob@friends.example", "news@paper.example", "shop@books.example")


def findings(name: str, verdict: str = "pass", domain: str = "aliexpress.com") -> str:
    """Write a line as a receiving server does."""
    return f"Authentication-Results: {name}; dkim={verdict} header.d={domain}\r\n"


def received(by: str = NAME) -> str:
    """Write the line that every server puts on top of what it gets."""
    return f"Received: from out.example by {by} with ESMTPS; Mon, 2 Nov 2026 10:00:00 +0000\r\n"


def mail(top: str, sender: str, day: int = 0) -> RawMail:
    """Write a mail's header behind `top`."""
    content = (
        f"{top}From: <{sender}>\r\nSubject: Mail {day}\r\nMessage-ID: <{day}@x.example>\r\n\r\n"
    )
    return RawMail(content=content.encode(), received_at=START + timedelta(days=day))


def from_strangers(top: str, number: int = 9, *, first: int = 10) -> list[RawMail]:
    """Write mails of several people, one a day."""
    return [mail(top, STRANGERS[day % 3], first + day) for day in range(number)]


def from_aliexpress(top: str, number: int = 3) -> list[RawMail]:
    """Write mails that name AliExpress, one a day."""
    return [mail(top, GENUINE, day) for day in range(number)]


def learn(*mails: Sequence[RawMail]) -> Lesson:
    """Learn from all these mails."""
    return learn_servers([one for group in mails for one in group], SENDERS)


def test_name_that_tops_every_mail_and_proves_aliexpress_is_proposed() -> None:
    """The line above the server's own Received is beyond a sender's reach."""
    others = findings(NAME, domain="friends.example") + received()
    lesson = learn(from_aliexpress(findings(NAME) + received()), from_strangers(others))
    assert lesson.servers == (NAME,)
    assert (lesson.proven, lesson.claiming) == (3, 3)


def test_results_below_the_servers_own_received_are_learnt() -> None:
    """Gmail writes its findings below its hand-over lines; they count, being on every mail."""
    top = "Received: by 2002:a05:6000 with SMTP id x; Mon, 2 Nov 2026 10:00:00 +0000\r\n"
    name = "mx.google.com"
    lesson = learn(
        from_aliexpress(top + findings(name) + received(name)),
        from_strangers(top + findings(name, domain="friends.example") + received(name)),
    )
    assert lesson.servers == (name,)


def test_name_that_only_mails_from_aliexpress_carry_is_not_proposed() -> None:
    """A server that writes nothing, and a forger who writes its name: nothing is proposed."""
    planted = received() + findings(NAME)
    lesson = learn(from_aliexpress(planted, 20), from_strangers(received(), 20))
    assert lesson.servers == ()
    assert "writes no Authentication-Results" in lesson.doubt


def test_forger_who_writes_under_many_names_does_not_make_a_common_one() -> None:
    """Even a third of the mailbox, under any From, is no nine tenths of it."""
    planted = received() + findings(NAME)
    lesson = learn(
        from_aliexpress(planted, 10),
        from_strangers(planted, 10),
        from_strangers(received(), 20, first=40),
    )
    assert lesson.servers == ()


def test_real_name_is_learnt_beside_planted_ones() -> None:
    """What was planted stands below what the server wrote, and is not even looked at."""
    planted = findings("mx.evil.example")
    lesson = learn(
        from_aliexpress(findings(NAME) + received() + planted),
        from_strangers(findings(NAME, domain="x.example") + received() + planted),
    )
    assert lesson.servers == (NAME,)
    assert lesson.heard == {NAME}


def test_servers_of_one_organisation_are_proposed_together() -> None:
    """Mails come in by any of several servers, each with a name of its own."""
    names = ("mx1.example.org", "mx2.example.org")
    lesson = learn(
        *(
            from_aliexpress(findings(name) + received(name), 1 + at)
            for at, name in enumerate(names)
        ),
        *(
            from_strangers(
                findings(name, domain="x.example") + received(name), 6, first=10 + at * 9
            )
            for at, name in enumerate(names)
        ),
    )
    assert lesson.servers == names


@pytest.mark.parametrize(
    ("others", "doubt"),
    [
        (from_strangers(findings(NAME) + received(), 4), "only 4 mails"),
        (
            [mail(findings(NAME) + received(), STRANGERS[0], 10 + day) for day in range(9)],
            "too few senders",
        ),
        (
            [
                RawMail(content=one.content, received_at=START)
                for one in from_strangers(findings(NAME) + received())
            ],
            "too short a time",
        ),
        (from_strangers(findings(NAME), 9), "only 0 mails"),
    ],
    ids=["few mails", "one sender", "one moment", "never travelled"],
)
def test_too_little_to_compare_with_is_said(others: list[RawMail], doubt: str) -> None:
    """No line is proposed on thin evidence, and the reason is given."""
    lesson = learn(from_aliexpress(findings(NAME) + received()), others)
    assert lesson.servers == ()
    assert doubt in lesson.doubt


def test_name_that_proves_no_mail_of_aliexpress_is_not_proposed() -> None:
    """A server that writes its lines and finds nothing would be of no use."""
    others = from_strangers(findings(NAME, domain="friends.example") + received())
    lesson = learn(from_aliexpress(findings(NAME, "none") + received()), others)
    assert lesson.servers == ()
    assert "proves 0 of 3" in lesson.doubt


def test_damaged_mails_are_passed_over() -> None:
    """A mail that cannot be read teaches nothing, and stops nothing."""
    damaged = RawMail(content=b"A: b\r\n" * 700 + b"\r\n", received_at=START)
    others = from_strangers(findings(NAME, domain="friends.example") + received())
    lesson = learn([damaged], from_aliexpress(findings(NAME) + received()), others)
    assert lesson.servers == (NAME,)
