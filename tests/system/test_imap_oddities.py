"""Servers that answer as some real ones do and the test machine's do not."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from servers.mailboxes import read_subject
from servers.scripted_imap import GREETING, OK, Answer, ScriptedImap, write_literal
from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.inspection import inspect_account
from watcher.adapters.imap.source import ImapSource
from watcher.domain.arrival import Arrival
from watcher.domain.errors import TransientError, UserError

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "gr33n-apple"


@contextmanager
def serving(
    changes: Mapping[str, Answer] | None = None, *, greeting: bytes = GREETING
) -> Iterator[ScriptedImap]:
    """Run a scripted server for a block."""
    server = ScriptedImap(changes, greeting=greeting)
    try:
        yield server
    finally:
        server.close()


def make_account(
    server: ScriptedImap, *, password: str = SECRET, user: str = "me@example.org"
) -> ImapAccount:
    """Answer the settings for a scripted server."""
    return ImapAccount(
        host=server.host,
        port=server.port,
        user=user,
        password=lambda: password,
        tls="none",
        folders=("INBOX",),
        timeout=10,
    )


def poll(server: ScriptedImap, cursors: dict[str, str] | None = None) -> list[Arrival]:
    """Poll a scripted server once."""
    return list(ImapSource(make_account(server)).poll(cursors or {}, since=SINCE))


def subjects(arrivals: list[Arrival]) -> list[str]:
    """Name the mails that came."""
    return [subject for arrival in arrivals if (subject := read_subject(arrival)) is not None]


def test_reads_a_server_without_uidnext_in_examine() -> None:
    """Courier's EXAMINE lacks UIDNEXT; STATUS has it, and all is read."""
    with serving() as server:
        arrivals = poll(server)
    assert subjects(arrivals) == ["1", "2"]
    assert [arrival.cursor for arrival in arrivals] == ["7:1", "7:2"]


def test_asks_nothing_more_when_nothing_is_new() -> None:
    """With nothing new a poll opens no folder and searches nothing."""
    with serving() as server:
        assert poll(server, {"INBOX": "7:2"}) == []
        assert not [one for one in server.commands if "SEARCH" in one or "EXAMINE" in one]


def test_ignores_the_last_mail_that_a_range_always_includes() -> None:
    """`3:*` answers with mail 2 when there is no third; it is not yielded again."""
    status = b"* STATUS INBOX (UIDNEXT 4 UIDVALIDITY 7)\r\n" + OK
    with serving({"STATUS": status, "UID SEARCH": b"* SEARCH 2\r\n" + OK}) as server:
        [step] = poll(server, {"INBOX": "7:2"})
    assert (step.mail, step.cursor) == (None, "7:3")


def test_searches_with_all_senders_and_no_charset() -> None:
    """The search is plain ASCII without CHARSET, which some servers refuse."""
    with serving() as server:
        account = ImapAccount(
            host=server.host,
            port=server.port,
            user="me",
            password=lambda: SECRET,
            tls="none",
            folders=("INBOX",),
            senders=("aliexpress", "forwarder", "a friend"),
        )
        list(ImapSource(account).poll({}, since=SINCE))
        [search] = [command for command in server.commands if "SEARCH" in command]
    terms = 'OR FROM aliexpress OR FROM forwarder FROM "a friend"'
    assert search == f"UID SEARCH SINCE 31-May-2026 {terms}"


@pytest.mark.parametrize("refusal", [b"TAG NO cannot search\r\n", b"TAG BAD no such thing\r\n"])
def test_reads_from_lines_where_search_fails(refusal: bytes) -> None:
    """A server that cannot search is asked for its From lines; only candidates are fetched."""
    headers = (
        b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] {24}\r\nFrom: a@example.org\r\n\r\n\r\n)\r\n"
        b"* 2 FETCH (UID 2 BODY[HEADER.FIELDS (FROM)] {24}\r\nFrom: b@ALIEXPRESS.com\r\n)\r\n"
    )
    size = b"* 2 FETCH (UID 2 RFC822.SIZE 90)\r\n"
    changes = {
        "UID SEARCH": refusal,
        "FETCH 1,2 (UID BODY.PEEK[HEADER": headers.replace(b"\r\n\r\n\r\n)", b"\r\n\r\n )") + OK,
        "UID FETCH 2 (RFC822.SIZE": size + OK,
    }
    with serving(changes) as server:
        arrivals = poll(server)
    assert subjects(arrivals) == ["2"]


def test_passes_a_mail_that_vanished_between_search_and_fetch() -> None:
    """A mail deleted meanwhile has no answer; the others come, and the cursor moves on."""
    with serving({"UID FETCH 1,2 (INTERNALDATE": write_literal(1) + OK}) as server:
        arrivals = poll(server)
    assert subjects(arrivals) == ["1"]
    assert arrivals[-1].cursor == "7:2"


def test_asks_again_when_an_unasked_answer_came_instead() -> None:
    """New flags told unasked do not stand in for the mail itself."""
    unasked = b"* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 9 FETCH (UID 99 FLAGS ())\r\n"
    with serving({"UID FETCH 1,2 (INTERNALDATE": write_literal(1) + unasked + OK}) as server:
        arrivals = poll(server)
    assert subjects(arrivals) == ["1", "2"]


def test_records_a_mail_the_server_cannot_deliver() -> None:
    """One mail that is broken on the server is refused by name; its neighbour is read."""
    broken = b"TAG NO [SERVERBUG] cannot read mail\r\n"
    changes = {"UID FETCH 1,2 (INTERNALDATE": broken, "UID FETCH 2 (INTERNALDATE": broken}
    with serving(changes) as server:
        arrivals = poll(server)
    assert subjects(arrivals) == ["1"]
    assert "cannot deliver" in str(arrivals[1].refusal)
    assert arrivals[1].cursor == "7:2"


def test_waits_when_the_server_gives_out_no_mail_for_now() -> None:
    """A passing trouble is not a mail's fault: nothing is refused, the poll is tried again."""
    busy = b"TAG NO [UNAVAILABLE] backend down\r\n"
    changes = {"UID FETCH 1,2 (INTERNALDATE": busy, "UID FETCH 1 (INTERNALDATE": busy}
    with serving(changes) as server, pytest.raises(TransientError):
        poll(server)


def test_refuses_a_mail_larger_than_the_server_said() -> None:
    """The limit holds even where RFC822.SIZE was wrong."""
    mail = b"From: x@aliexpress.com\r\n\r\n" + b"y" * 300
    body = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n" % (len(mail), mail)
    with serving({"UID FETCH 1,2 (INTERNALDATE": body + write_literal(2) + OK}) as server:
        account = ImapAccount(
            host=server.host,
            port=server.port,
            user="me",
            password=lambda: SECRET,
            tls="none",
            folders=("INBOX",),
            max_bytes=200,
        )
        arrivals = list(ImapSource(account).poll({}, since=SINCE))
    assert arrivals[0].refusal is not None
    assert subjects(arrivals) == ["2"]


def test_yields_a_mail_whose_date_is_none() -> None:
    """An INTERNALDATE that is no date leaves the mail readable, without a time."""
    odd = write_literal(1).replace(b"02-Nov-2026", b"99-Foo-2026")
    with serving({"UID FETCH 1,2 (INTERNALDATE": odd + write_literal(2) + OK}) as server:
        first = poll(server)[0]
    assert first.mail is not None
    assert first.mail.received_at is None


@pytest.mark.parametrize(
    "greeting",
    [b"* BYE too many connections\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"* OK"],
)
def test_calls_a_strange_greeting_a_passing_trouble(greeting: bytes) -> None:
    """A server that turns us away before the login is tried again later."""
    with serving(greeting=greeting) as server, pytest.raises(TransientError):
        poll(server)


@pytest.mark.parametrize(
    "command",
    [
        "CAPABILITY",
        "LOGIN",
        "LIST",
        "STATUS",
        "EXAMINE",
        "UID SEARCH",
        "UID FETCH 1,2 (RFC822.SIZE",
        "UID FETCH 1,2 (INTERNALDATE",
    ],
)
@pytest.mark.parametrize("answer", [None, b"* BYE shutting down\r\n"])
def test_calls_a_broken_connection_a_passing_trouble(command: str, answer: Answer) -> None:
    """Wherever the server hangs up, with a BYE or without, time may cure it."""
    with serving({command: answer}) as server:
        account = replace(make_account(server), folders=())
        with pytest.raises(TransientError) as caught:
            list(ImapSource(account).poll({}, since=SINCE))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        "[UNAVAILABLE] Temporary authentication failure.",
        "[ALERT] Too many simultaneous connections. (Failure)",
        "[OVERQUOTA] Account exceeded command or bandwidth limits.",
    ],
)
def test_waits_when_a_login_is_refused_for_now(said: str) -> None:
    """A server that is busy does not mean a wrong password."""
    with serving({"LOGIN": f"TAG NO {said}\r\n".encode()}) as server, pytest.raises(TransientError):
        poll(server)


def test_names_a_refused_login_without_the_password() -> None:
    """Host, user and the server's words are told; a password that it echoes is not."""
    with (
        serving({"LOGIN": b"TAG NO [ALERT] Application-specific password required\r\n"}) as server,
        pytest.raises(UserError) as caught,
    ):
        poll(server)
    [problem] = caught.value.problems
    assert "me@example.org" in problem.place
    assert "localhost" in problem.place
    assert "Application-specific password required" in problem.what
    with (
        serving({"LOGIN": f"TAG NO bad command LOGIN me {SECRET}\r\n".encode()}) as server,
        pytest.raises(UserError) as caught,
    ):
        poll(server)
    assert SECRET not in repr(caught.value) + repr(caught.value.__cause__)


@pytest.mark.parametrize(("user", "sent"), [("me@example.org", "me@example.org"), ("a b", '"a b"')])
def test_quotes_what_a_login_needs_quoted(user: str, sent: str) -> None:
    """A user or password with spaces, quotes or backslashes arrives as it is."""
    with serving() as server:
        account = make_account(server, user=user, password='p"a\\ s')
        list(ImapSource(account).poll({}, since=SINCE))
        [login] = [command for command in server.commands if command.startswith("LOGIN")]
    assert login == f'LOGIN {sent} "p\\"a\\\\ s"'


def test_logs_in_by_plain_where_login_is_disabled() -> None:
    """LOGINDISABLED leads to AUTHENTICATE PLAIN, with letters beyond ASCII in UTF-8."""
    changes = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n" + OK,
        "AUTHENTICATE PLAIN": b"+ \r\n",
        base64.b64encode("\0me@example.org\0schön".encode()).decode(): OK,
    }
    with serving(changes) as server:
        account = make_account(server, password="schön")
        arrivals = list(ImapSource(account).poll({}, since=SINCE))
    assert subjects(arrivals) == ["1", "2"]


def test_logs_in_with_a_literal_where_only_login_is_offered() -> None:
    """A password beyond ASCII goes as a literal, the only form RFC 3501 has for it."""
    changes = {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK}
    with serving(changes) as server:
        account = make_account(server, password="schön")
        assert subjects(list(ImapSource(account).poll({}, since=SINCE))) == ["1", "2"]
        [login] = [command for command in server.commands if command.startswith("LOGIN")]
    assert login == "LOGIN me@example.org {6}\r\nschön"


def test_names_the_trouble_where_no_login_is_offered() -> None:
    """Neither LOGIN nor PLAIN: the person is told, and no password is sent."""
    with serving({"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n" + OK}) as server:
        with pytest.raises(UserError, match="no login by name and password"):
            poll(server)
        assert not [command for command in server.commands if SECRET in command]


@pytest.mark.parametrize("password", ["", "two\nlines", "a\r\nb LOGOUT", "nul\0"])
def test_sends_no_password_with_a_line_break(password: str) -> None:
    """A password that would end the command is refused before anything is sent."""
    with serving() as server:
        with pytest.raises(UserError, match="line break"):
            list(ImapSource(make_account(server, password=password)).poll({}, since=SINCE))
        assert not [command for command in server.commands if command.startswith("LOGIN")]


def test_doctor_reports_a_server_that_cannot_search() -> None:
    """The inspection names the slower way instead of failing."""
    changes: dict[str, Answer] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK,
        "UID SEARCH": b"TAG BAD no\r\n",
    }
    with serving(changes) as server:
        checks = inspect_account(make_account(server), now=datetime(2026, 11, 22, tzinfo=UTC))
    assert [check.ok for check in checks] == [True] * 6
    assert "no IDLE" in checks[4].detail
    assert "cannot search" in checks[5].detail
