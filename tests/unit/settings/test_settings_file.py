"""The settings file: what it may say, and what is said to somebody who wrote it wrong."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from watcher.adapters.settings import (
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    Settings,
    load_settings,
)
from watcher.domain.alert import Severity
from watcher.domain.errors import Problem, UserError

SECRET = "k7-this-never-shows"
ACCOUNT = '[account.home]\nhost="imap.example.org"\nuser="me"\npassword={file="pw"}\n'
FULL = """
zone = "Europe/Berlin"
language = "de"

[account.home]
host = "imap.example.org"
user = "me@example.org"
password = { file = "imap-password" }
tls = "starttls"
folders = ["INBOX", "Junk"]
trusted_authserv = ["mx.example.org"]
dkim = false
poll = "90s"
history = "2w"
ca_file = "ca.pem"

[account.maildir]
maildir = "/var/mail/me"

[account.takeout]
mbox = "takeout.mbox"

[channel.phone]
url = { file = "phone-url" }
for = ["action", "urgent"]

[channel.chat]
url = "ntfy://localhost/topic"

[refund]
working_days = 15
holidays = ["CN", "DE"]
"""

Load = Callable[[str], Settings]
Refuse = Callable[[str], tuple[Problem, ...]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write the text as a settings file and load it."""

    def write_and_load(text: str) -> Settings:
        path = tmp_path / "aliwatch.toml"
        path.write_text(text, encoding="utf-8")
        return load_settings(path, environ={"TZ": "Asia/Seoul"})

    return write_and_load


@pytest.fixture
def refuse(load: Load, tmp_path: Path) -> Refuse:
    """Load settings that must be refused, and return the problems with bare keys as places."""

    def load_wrong(text: str) -> tuple[Problem, ...]:
        with pytest.raises(UserError) as caught:
            load(text)
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
        place = f"{tmp_path / 'aliwatch.toml'}: "
        assert all(problem.place.startswith(place) for problem in caught.value.problems)
        return tuple(
            Problem(place=problem.place.removeprefix(place), what=problem.what, fix=problem.fix)
            for problem in caught.value.problems
        )

    return load_wrong


def test_every_setting_of_a_full_file_arrives(load: Load, tmp_path: Path) -> None:
    """All keys that may be written are read, relative paths from beside the file."""
    settings = load(FULL)
    assert (settings.zone.key, settings.language) == ("Europe/Berlin", "de")
    home = settings.accounts["home"]
    assert isinstance(home, ImapSettings)
    assert (home.name, home.host, home.user) == ("home", "imap.example.org", "me@example.org")
    assert (home.tls, home.port, home.folders) == ("starttls", 143, ("INBOX", "Junk"))
    assert (home.trusted_authserv, home.dkim) == (("mx.example.org",), False)
    assert (home.poll, home.history) == (timedelta(seconds=90), timedelta(days=14))
    assert home.ca_file == tmp_path / "ca.pem"
    maildir, takeout = settings.accounts["maildir"], settings.accounts["takeout"]
    assert isinstance(maildir, MaildirSettings)
    assert maildir.maildir == Path("/var/mail/me")
    assert isinstance(takeout, MboxSettings)
    assert takeout.mbox == tmp_path / "takeout.mbox"
    phone, chat = settings.channels["phone"], settings.channels["chat"]
    assert (phone.name, phone.severities) == ("phone", (Severity.ACTION, Severity.URGENT))
    assert chat.url.resolve() == "ntfy://localhost/topic"
    assert (settings.refund.working_days, settings.refund.holidays) == (15, ("CN", "DE"))


def test_four_lines_are_enough(load: Load, tmp_path: Path) -> None:
    """Everything but one account has a default, and the defaults are the documented ones."""
    settings = load(ACCOUNT)
    home = settings.accounts["home"]
    assert isinstance(home, ImapSettings)
    assert (settings.zone.key, settings.language) == ("Asia/Seoul", "en")
    assert (home.tls, home.port, home.folders, home.dkim) == ("tls", 993, (), True)
    assert (home.poll, home.history) == (timedelta(minutes=5), timedelta(days=180))
    assert (settings.channels, settings.rules) == ({}, tmp_path / "rules")
    assert (settings.refund.working_days, settings.refund.holidays) == (20, ("CN",))


def test_a_channel_carries_every_severity_unless_told_otherwise(load: Load) -> None:
    """Without `for` nothing is kept back from the person."""
    settings = load(ACCOUNT + '[channel.a]\nurl="json://localhost"')
    assert settings.channels["a"].severities == tuple(Severity)


def test_the_value_cannot_be_changed(load: Load) -> None:
    """Settings are one frozen value, tables and maps included."""
    settings = load(FULL)
    with pytest.raises(ValidationError):
        settings.language = "fr"  # type: ignore[misc] # the attempt is the test
    with pytest.raises(TypeError):
        settings.accounts["other"] = settings.accounts["home"]  # type: ignore[index] # likewise


def test_neither_a_url_nor_the_user_shows_in_a_repr(load: Load) -> None:
    """A channel's URL written in plain is accepted and hidden, like the account's user."""
    settings = load(FULL.replace("ntfy://localhost/topic", f"ntfy://{SECRET}@localhost/topic"))
    shown = repr(settings) + str(settings.channels["chat"])
    assert SECRET not in shown
    assert "me@example.org" not in shown
    assert settings.channels["chat"].url.resolve() == f"ntfy://{SECRET}@localhost/topic"


def test_every_problem_is_told_at_once(refuse: Refuse) -> None:
    """One run names all mistakes, in every section, so that one edit can cure them."""
    problems = refuse(f"""
zone = "Europe/Berlinn"
langauge = "en"
[account.home]
host = "imap.example.org:993"
password = "{SECRET}"
tls = "ssl"
pol = "5m"
[account.other]
mbox = "a.mbox"
pasword = "{SECRET}"
[channel.phone]
url = "{SECRET}"
for = ["urgent", "loud"]
[refund]
working_days = "20"
holidays = ["CN", "XX"]
""")
    assert {problem.place for problem in problems} == {
        "zone",
        "langauge",
        "account.home.host",
        "account.home.user",
        "account.home.password",
        "account.home.tls",
        "account.home.pol",
        "account.other.pasword",
        "channel.phone.url",
        "channel.phone.for (entry 2)",
        "refund.working_days",
        "refund.holidays (entry 2)",
    }


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("langauge = 'en'\n" + ACCOUNT, "langauge", "did you mean language?"),
        (ACCOUNT + "folder = ['INBOX']", "account.home.folder", "did you mean folders?"),
        (ACCOUNT + "PORT = 1", "account.home.PORT", "did you mean port?"),
        ("host = 'x'\n" + ACCOUNT, "host", "host belongs into [account.…]"),
        (ACCOUNT + "url = 'json://a'", "account.home.url", "url belongs into [channel.…]"),
        (ACCOUNT + "mbox = 'a'", "account.home.host", "does not go together with mbox ="),
        (ACCOUNT + "xyz = 1", "account.home.xyz", "known here: trusted_authserv, dkim, poll"),
        (ACCOUNT + "[channel.a]\nurls='x'\nurl='json://a'", "channel.a.urls", "did you mean url?"),
        ("zone = 'UTC'", "account", "add a section [account.home]"),
        ("[account]", "account", "no account to watch"),
        ("account = 3", "account", "expected a table"),
        ("[account]\nhost = 'x'", "account.host", "expected a table"),
        ("[account.'a b']\nmbox='a'", 'account."a b"', "up to 40 letters"),
        ("[account.a]\nuser='u'\npassword={env='A'}", "account.a.host", "maildir = …"),
        ("[account.a]\nhost='h'\nuser='u'", "account.a.password", "write password ="),
        (ACCOUNT.replace('"me"', '""'), "account.home.user", "expected a text that is not empty"),
        (ACCOUNT.replace('"me"', '"a\\nb"'), "account.home.user", "control character"),
        (ACCOUNT.replace("imap.", "me@imap."), "account.home.host", "expected a host name"),
        (ACCOUNT + "tls='none'", "account.home.tls", "would send the password in the clear"),
        (ACCOUNT + "tls='ssl'", "account.home.tls", "expected 'tls', 'starttls' or 'none'"),
        (ACCOUNT + "port = 0", "account.home.port", "greater than or equal to 1"),
        (ACCOUNT + "port = '993'", "account.home.port", "a whole number, without quotes"),
        (ACCOUNT + "dkim = 'no'", "account.home.dkim", "expected true or false"),
        (ACCOUNT + "poll = '29s'", "account.home.poll", "expected 30s to 1d, got '29s'"),
        (ACCOUNT + "poll = 300", "account.home.poll", 'such as "5m"'),
        (ACCOUNT + "poll = '5 minutes'", "account.home.poll", 'such as "5m"'),
        (ACCOUNT + "history = '0d'", "account.home.history", "expected 1d to 3660d"),
        (ACCOUNT + "folders = 'INBOX'", "account.home.folders", "expected a list of folders"),
        (ACCOUNT + "folders = ['A', 'A']", "account.home.folders", "names one twice"),
        (ACCOUNT + "folders = ['']", "account.home.folders (entry 1)", "not empty"),
        (ACCOUNT + "[channel.a]\nurl='json://a'\nfor=[]", "channel.a.for", "at least 1"),
        (ACCOUNT + "[channel.a]\nurl='json://a'\nfor='all'", "channel.a.for", "a list of"),
        (ACCOUNT + "[channel.a]", "channel.a.url", "missing"),
        ("zone = 'Berlin'\n" + ACCOUNT, "zone", "got 'Berlin'"),
        ("zone = '../../etc/passwd'\n" + ACCOUNT, "zone", "such as"),
        ("zone = 2\n" + ACCOUNT, "zone", "such as"),
        ("language = 'xx'\n" + ACCOUNT, "language", "expected one of ar, cs, de, en"),
        (ACCOUNT + "[refund]\nworking_days = 366", "refund.working_days", "less than or equal"),
        (ACCOUNT + "[refund]\nholidays = ['China']", "refund.holidays (entry 1)", '"CN"'),
        (ACCOUNT + "[refund]\nworkingdays = 3", "refund.workingdays", "mean working_days?"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_the_way_out(
    refuse: Refuse, text: str, place: str, words: str
) -> None:
    """Each mistake names its key, what was expected, and the nearest known key or the fix."""
    (problem, *_) = (found for found in refuse(text) if found.place == place)
    assert words in f"{problem.what}; {problem.fix}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_plain_text_is_allowed_on_this_machine_only(load: Load, host: str) -> None:
    """`tls = "none"` stands where the password cannot leave the machine."""
    home = load(ACCOUNT.replace("imap.example.org", host) + "tls='none'").accounts["home"]
    assert isinstance(home, ImapSettings)
    assert (home.tls, home.port) == ("none", 143)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"zone = \n", "line 1"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"a = 1\nb = '\xff'\n", "line 2 is not UTF-8"),
        (b"#" * 1_000_001, "too big"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """A slip of the syntax is one problem with the line to look at."""
    path = tmp_path / "aliwatch.toml"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_settings(path)
    (problem,) = caught.value.problems
    assert problem.place == str(path)
    assert words in problem.what


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file saved by a Windows editor is read."""
    path = tmp_path / "aliwatch.toml"
    path.write_bytes(b"\xef\xbb\xbf" + ACCOUNT.encode())
    assert load_settings(path).accounts["home"].name == "home"


@pytest.mark.parametrize(("name", "words"), [("none.toml", "no such"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(
    tmp_path: Path, name: str, words: str
) -> None:
    """A wrong path is the operator's to mend."""
    with pytest.raises(UserError, match=words):
        load_settings(tmp_path / name)
