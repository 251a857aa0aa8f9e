"""Real mail servers for whoever asks: started once a run, with a mailbox of its own a test."""

import itertools
from collections.abc import Iterator

import pytest

from servers.dovecot_server import DovecotServer, find_dovecot
from servers.fault_proxy import FaultProxy
from servers.mailboxes import ImapMailbox
from servers.pymap_server import PymapServer

PASSWORD = DovecotServer.password
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[PymapServer]:
    """Answer a running pymap."""
    server = PymapServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[DovecotServer]:
    """Answer a running Dovecot; skips where none is installed."""
    binary = find_dovecot()
    if binary is None:
        pytest.skip("dovecot-imapd is not installed")
    server = DovecotServer(binary)
    yield server
    server.close()


@pytest.fixture
def pymap_mailbox(pymap_server: PymapServer) -> ImapMailbox:
    """Answer an empty mailbox on pymap."""
    return ImapMailbox(pymap_server, f"user{next(_numbers)}@example.org", PASSWORD)


@pytest.fixture
def dovecot_mailbox(dovecot_server: DovecotServer) -> ImapMailbox:
    """Answer an empty mailbox on Dovecot."""
    return ImapMailbox(dovecot_server, f"user{next(_numbers)}@example.org", PASSWORD)


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def imap_mailbox(request: pytest.FixtureRequest) -> ImapMailbox:
    """Answer an empty mailbox on each of the servers in turn."""
    mailbox: ImapMailbox = request.getfixturevalue(f"{request.param}_mailbox")
    return mailbox


@pytest.fixture
def proxy(imap_mailbox: ImapMailbox) -> Iterator[FaultProxy]:
    """Answer a proxy in front of the mailbox's server."""
    proxy = FaultProxy(imap_mailbox.server.port)
    yield proxy
    proxy.close()
