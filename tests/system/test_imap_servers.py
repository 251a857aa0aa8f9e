"""Real servers: entering them, choosing folders, and what a poll costs."""

import socket
import ssl
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme

from servers.fault_proxy import FaultProxy
from servers.mailboxes import ImapMailbox, read_subject, write_mail
from servers.pymap_server import PymapServer
from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.inspection import inspect_account
from watcher.adapters.imap.source import ImapSource
from watcher.domain.arrival import Arrival
from watcher.domain.errors import FolderMissingError, TransientError, UserError

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def poll(account: ImapAccount, cursors: dict[str, str] | None = None) -> list[Arrival]:
    """Poll an account once."""
    return list(ImapSource(account).poll(cursors or {}, since=SINCE))


def where(arrivals: list[Arrival]) -> set[tuple[str, str]]:
    """Name the mails that came, each with its folder."""
    return {
        (arrival.folder, subject)
        for arrival in arrivals
        if (subject := read_subject(arrival)) is not None
    }


class TestLogin:
    """Entering an account."""

    def test_names_a_refused_password(self, imap_mailbox: ImapMailbox) -> None:
        """A wrong password is the person's to mend, is named by host and user, and never shown."""
        account = imap_mailbox.make_account(password=lambda: "wr0ng-secret")
        with pytest.raises(UserError) as caught:
            poll(account)
        [problem] = caught.value.problems
        assert imap_mailbox.user in problem.place
        assert "refused the login" in problem.what
        assert problem.fix
        assert "wr0ng-secret" not in f"{caught.value!r} {account!r}"

    def test_asks_for_the_password_at_each_login(self, imap_mailbox: ImapMailbox) -> None:
        """A password that was changed is used at the next poll, without a restart."""
        passwords = iter(["wrong", "open-sesame"])
        source = ImapSource(imap_mailbox.make_account(password=lambda: next(passwords)))
        with pytest.raises(UserError):
            list(source.poll({}, since=SINCE))
        assert list(source.poll({}, since=SINCE))

    def test_enters_with_letters_beyond_ascii(self, pymap_server: PymapServer) -> None:
        """A password and a user name in any script work."""
        mailbox = ImapMailbox(pymap_server, "jürgen@example.org", "Zürich-密码")
        with_mail = poll(mailbox.account)
        assert [arrival.folder for arrival in with_mail] == ["INBOX"]

    def test_calls_a_closed_port_a_passing_trouble(self) -> None:
        """Nobody listening means: try again later."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        account = ImapAccount(
            host="localhost", port=port, user="me", password=lambda: "x", tls="none"
        )
        with pytest.raises(TransientError, match="refused"):
            poll(account)

    def test_never_sends_a_password_in_the_clear_over_a_network(self) -> None:
        """Without TLS only this machine is spoken to; nothing is even connected."""

        def ask() -> str:
            raise AssertionError("the password was asked for")

        account = ImapAccount(
            host="192.0.2.1", port=143, user="me", password=ask, tls="none", timeout=0.1
        )
        with pytest.raises(UserError, match="readable over the network"):
            poll(account)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Answer a certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module", params=["tls", "starttls"])
def tls_server(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[PymapServer]:
    """Answer a server with a certificate for localhost, by TLS and by STARTTLS in turn."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    server = PymapServer(tls=request.param, context=context)
    server.add_user("me", "secret")
    yield server
    server.close()


@pytest.fixture
def tls_account(tls_server: PymapServer, authority: trustme.CA) -> ImapAccount:
    """Answer the settings that fit the server."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return ImapAccount(
        host="localhost",
        port=tls_server.port,
        user="me",
        password=lambda: "secret",
        tls=tls_server.tls,
        context=context,
        timeout=10,
    )


class TestTls:
    """Encrypted connections, against an authority made for the test."""

    def test_reads_over_tls(self, tls_account: ImapAccount) -> None:
        """A verified connection is read as any other, and named by `doctor`."""
        assert [arrival.folder for arrival in poll(tls_account)] == ["INBOX"]
        checks = {check.name: check for check in inspect_account(tls_account, now=NOW)}
        assert checks["TLS"].detail.startswith("TLSv1.")

    def test_refuses_an_unknown_authority(self, tls_account: ImapAccount) -> None:
        """A certificate that does not verify is an error to be mended, before any password."""
        with pytest.raises(UserError, match="certificate does not verify"):
            poll(replace(tls_account, context=None))

    def test_refuses_another_host_name(self, tls_account: ImapAccount) -> None:
        """A certificate for another name is refused."""
        with pytest.raises(UserError, match="certificate does not verify"):
            poll(replace(tls_account, host="127.0.0.1"))


def test_names_a_server_without_starttls(imap_mailbox: ImapMailbox) -> None:
    """STARTTLS that is not offered is refused, not skipped."""
    with pytest.raises(UserError, match="no STARTTLS"):
        poll(replace(imap_mailbox.account, tls="starttls"))


class TestFolders:
    """Which folders are read."""

    @pytest.mark.dovecot
    def test_reads_the_servers_own_junk_folder(self, dovecot_mailbox: ImapMailbox) -> None:
        """Without a setting INBOX is read and what the server marks as junk, whatever its name."""
        dovecot_mailbox.deliver(write_mail("inbox"), DAY)
        dovecot_mailbox.deliver(write_mail("junk"), DAY, folder="Papierkorb-Spam")
        arrivals = poll(dovecot_mailbox.make_account(folders=()))
        assert where(arrivals) == {("INBOX", "inbox"), ("Papierkorb-Spam", "junk")}

    def test_knows_common_names_of_junk(self, pymap_mailbox: ImapMailbox) -> None:
        """Where the server marks none, the usual name will do."""
        with pymap_mailbox.enter() as client:
            client.create_folder("Spam")
        pymap_mailbox.deliver(write_mail("junk"), DAY, folder="Spam")
        assert where(poll(pymap_mailbox.make_account(folders=()))) == {("Spam", "junk")}

    def test_reads_a_folder_with_an_umlaut(self, imap_mailbox: ImapMailbox) -> None:
        """Folder names are written plainly in the settings, in any script."""
        with imap_mailbox.enter() as client:
            client.create_folder("Einkäufe & 购物")
        imap_mailbox.deliver(write_mail("one"), DAY, folder="Einkäufe & 购物")
        arrivals = poll(imap_mailbox.make_account(folders=("Einkäufe & 购物",)))
        assert where(arrivals) == {("Einkäufe & 购物", "one")}

    def test_names_a_missing_folder_after_reading_the_others(
        self, imap_mailbox: ImapMailbox
    ) -> None:
        """A misspelt folder stops no other; the error names it and what there is instead."""
        with imap_mailbox.enter() as client:
            client.create_folder("Shopping")
        imap_mailbox.deliver(write_mail("one"), DAY, folder="Shopping")
        source = ImapSource(imap_mailbox.make_account(folders=("Shoping", "Shopping")))
        steps = source.poll({}, since=SINCE)
        assert where([next(steps)]) == {("Shopping", "one")}
        with pytest.raises(FolderMissingError) as caught:
            list(steps)
        [problem] = caught.value.problems
        assert "Shoping" in problem.what
        assert "did you mean Shopping?" in problem.fix
        assert "INBOX" in problem.fix

    def test_keeps_a_cursor_for_each_folder(self, imap_mailbox: ImapMailbox) -> None:
        """What is known of one folder says nothing about another."""
        with imap_mailbox.enter() as client:
            client.create_folder("Other")
        account = imap_mailbox.make_account(folders=("INBOX", "Other"))
        imap_mailbox.deliver(write_mail("one"), DAY)
        cursors = {step.folder: step.cursor for step in poll(account)}
        imap_mailbox.deliver(write_mail("two"), DAY, folder="Other")
        assert where(poll(account, cursors)) == {("Other", "two")}


def test_costs_the_same_however_much_mail_there_is(
    imap_mailbox: ImapMailbox, proxy: FaultProxy
) -> None:
    """A poll with nothing new asks for the same and hears the same, however much there is."""
    costs = []
    for more in (10, 400):
        with imap_mailbox.enter() as client:
            for start in range(0, more, 100):
                batch = [write_mail(str(start + one)) for one in range(min(100, more - start))]
                client.multiappend("INBOX", batch)
        source = ImapSource(imap_mailbox.make_account(port=proxy.port))
        cursors = {step.folder: step.cursor for step in source.poll({}, since=SINCE)}
        proxy.heal()
        assert list(source.poll(cursors, since=SINCE)) == []
        traffic = proxy.traffic
        costs.append((traffic.up_lines, traffic.up_bytes, traffic.down_lines))
    (few_lines, few_bytes, few_answers), (many_lines, many_bytes, many_answers) = costs
    assert (few_lines, few_bytes) == (many_lines, many_bytes)
    # The client hangs up on the server's BYE; the line after it may or may not be seen.
    assert abs(few_answers - many_answers) <= 1
    assert proxy.traffic.down_bytes < 2000


def test_holds_a_bounded_part_of_a_large_mailbox(pymap_mailbox: ImapMailbox) -> None:
    """Twenty mails of 1 MB are not held at once: memory stays at a few of them."""
    content = write_mail("large", size=1_000_000)
    for _ in range(20):
        pymap_mailbox.deliver(content, DAY)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in ImapSource(pymap_mailbox.account).poll({}, since=SINCE):
        held, _ = tracemalloc.get_traced_memory()
        assert held - before < 12_000_000
    tracemalloc.stop()


def test_inspects_a_working_account(imap_mailbox: ImapMailbox) -> None:
    """`doctor` sees every link hold, and counts AliExpress's mails without fetching any."""
    imap_mailbox.deliver(write_mail("one"), DAY)
    imap_mailbox.deliver(write_mail("two"), DAY)
    imap_mailbox.deliver(write_mail("other", sender="a@example.org").replace(b"Ali", b"Any"), DAY)
    before = imap_mailbox.look()
    checks = inspect_account(imap_mailbox.account, now=NOW)
    assert [(check.name, check.ok) for check in checks] == [
        ("connection", True),
        ("TLS", True),
        ("login", True),
        ("folders", True),
        ("capabilities", True),
        ("AliExpress mail", True),
    ]
    assert "IDLE" in checks[4].detail
    assert checks[5].detail.startswith("2 mails")
    assert imap_mailbox.look() == before


def test_inspects_up_to_the_first_broken_link(imap_mailbox: ImapMailbox) -> None:
    """A failing link ends the inspection with its reason and its fix."""
    checks = inspect_account(imap_mailbox.make_account(password=lambda: "no"), now=NOW)
    assert [(check.name, check.ok) for check in checks][-1] == ("login", False)
    assert checks[-1].fix
    checks = inspect_account(imap_mailbox.make_account(folders=("Nowhere",)), now=NOW)
    failed = {check.name: check for check in checks if not check.ok}
    assert "Nowhere" in failed["folders"].detail
    checks = inspect_account(imap_mailbox.make_account(port=1), now=NOW)
    assert [(check.name, check.ok) for check in checks] == [("connection", False)]
