"""What `doctor` says of an account's trust, for each thing that its mails may show."""

from pathlib import Path

import pytest

from watcher.adapters.mail.authserv import Lesson
from watcher.adapters.settings import MaildirSettings
from watcher.app.trust import judge_trust

LEARNT = Lesson(servers=("mx.example.org",), heard=frozenset({"mx.example.org"}), proven=3)
DOUBTED = Lesson(heard=frozenset({"mx.example.org"}), doubt="only 2 mails", claiming=2)
NOTHING = Lesson(doubt="the server writes no Authentication-Results", claiming=2)
EMPTY = Lesson(doubt="only 0 mails")
PROPOSAL = 'under [account.home] write: trusted_authserv = ["mx.example.org"]'
COMPARE = "compare with the first Authentication-Results line of a real mail"
OR_DKIM = f"{COMPARE}, or set dkim = true"
NAME_ONE = "name your mail server in trusted_authserv, or set dkim = true"


def account(trusted: tuple[str, ...], *, dkim: bool) -> MaildirSettings:
    """Write an account's settings."""
    return MaildirSettings(maildir=Path("/mail"), trusted_authserv=trusted, dkim=dkim)


@pytest.mark.parametrize(
    ("lesson", "trusted", "dkim", "ok", "fix"),
    [
        (LEARNT, (), True, True, PROPOSAL),
        (LEARNT, (), False, False, PROPOSAL),
        (LEARNT, ("MX.example.org",), True, True, ""),
        (LEARNT, ("mx.example.org", "old.example.org"), True, True, ""),
        (LEARNT, ("mx.example.net",), True, False, PROPOSAL),
        (DOUBTED, ("mx.example.org",), False, True, ""),
        (NOTHING, ("mx.example.org",), True, True, COMPARE),
        (NOTHING, ("mx.example.org",), False, False, OR_DKIM),
        (EMPTY, ("mx.example.org",), False, True, OR_DKIM),
        (NOTHING, (), True, True, ""),
        (NOTHING, (), False, False, NAME_ONE),
        (DOUBTED, (), True, True, ""),
    ],
)
def test_settings_are_held_against_what_the_mails_show(
    lesson: Lesson, trusted: tuple[str, ...], dkim: bool, ok: bool, fix: str
) -> None:
    """It is a fault where nothing would be proven; the line is proposed only beyond doubt."""
    check = judge_trust("home", account(trusted, dkim=dkim), lesson)
    assert (check.ok, check.fix) == (ok, fix)
    assert check.detail


def test_server_that_is_believed_and_speaks_stays_in_the_line() -> None:
    """One more server of the same mailbox is added to those that are right already."""
    names = ("mx1.example.org", "mx2.example.org")
    lesson = Lesson(servers=names, heard=frozenset(names), proven=4, claiming=4)
    check = judge_trust("home", account(("mx1.example.org",), dkim=False), lesson)
    assert check.ok
    assert check.fix.endswith('trusted_authserv = ["mx1.example.org", "mx2.example.org"]')


def test_section_is_named_as_the_settings_file_writes_it() -> None:
    """A name beyond ASCII stands between quotes in TOML."""
    check = judge_trust("büro", account((), dkim=True), LEARNT)
    assert check.fix.startswith('under [account."büro"] write: ')
