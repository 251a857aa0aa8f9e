"""The doorbell on real servers: it rings, it notices death, it stops at once."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from servers.fault_proxy import FaultProxy
from servers.mailboxes import ImapMailbox, write_mail
from servers.scripted_imap import OK, ScriptedImap
from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.doorbell import Doorbell, Ring
from watcher.domain.errors import UserError

DAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
LONG = 20.0


def wait_beside(bell: Doorbell, act: Callable[[], object]) -> tuple[Ring, float]:
    """Wait long in another thread, act once it listens, and answer the ring and its seconds."""
    assert bell.wait(0.2) is Ring.QUIET
    heard: list[Ring] = []
    start = time.monotonic()
    waiter = threading.Thread(target=lambda: heard.append(bell.wait(LONG)))
    waiter.start()
    time.sleep(0.1)
    act()
    waiter.join(LONG * 2)
    assert not waiter.is_alive()
    return heard[0], time.monotonic() - start


def test_rings_when_mail_comes_in(imap_mailbox: ImapMailbox) -> None:
    """A delivery ends the wait long before its time, again and again."""
    with Doorbell(imap_mailbox.account) as bell:
        for number in range(2):
            mail = write_mail(str(number))
            ring, seconds = wait_beside(bell, partial(imap_mailbox.deliver, mail, DAY))
            assert ring is Ring.NEW_MAIL
            assert seconds < LONG / 2


def test_stays_quiet_when_nothing_comes(imap_mailbox: ImapMailbox) -> None:
    """Without mail the wait lasts its time; a deleted mail does not ring."""
    imap_mailbox.deliver(write_mail("one"), DAY)

    def delete() -> None:
        with imap_mailbox.enter() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()

    with Doorbell(imap_mailbox.account) as bell:
        start = time.monotonic()
        assert bell.wait(0.5) is Ring.QUIET
        assert time.monotonic() - start >= 0.5
        delete()
        assert bell.wait(1.5) is Ring.QUIET


def test_renews_and_still_rings(imap_mailbox: ImapMailbox, proxy: FaultProxy) -> None:
    """IDLE is ended and begun again before any server's limit, and rings afterwards."""
    account = imap_mailbox.make_account(port=proxy.port)
    with Doorbell(account, renew_after=0.2) as bell:
        assert bell.wait(0.1) is Ring.QUIET
        proxy.heal()
        assert bell.wait(1.1) is Ring.QUIET
        assert 4 <= proxy.traffic.up_lines <= 12
        imap_mailbox.deliver(write_mail("one"), DAY)
        assert bell.wait(LONG) is Ring.NEW_MAIL


def test_notices_a_dead_connection(imap_mailbox: ImapMailbox, proxy: FaultProxy) -> None:
    """A server that goes away breaks the wait at once; the next wait connects anew."""
    with Doorbell(imap_mailbox.make_account(port=proxy.port)) as bell:
        ring, seconds = wait_beside(bell, proxy.cut_all)
        assert ring is Ring.BROKEN
        assert seconds < LONG / 2
        imap_mailbox.deliver(write_mail("missed"), DAY)
        assert bell.wait(LONG) is Ring.NEW_MAIL
        assert bell.wait(0.1) is Ring.QUIET
    assert proxy.traffic.connections == 2


def test_stops_at_once_from_another_thread(imap_mailbox: ImapMailbox) -> None:
    """A stop ends the wait within moments, and later waits answer at once."""
    with Doorbell(imap_mailbox.account) as bell:
        ring, seconds = wait_beside(bell, bell.stop)
        assert ring is Ring.QUIET
        assert seconds < LONG / 2
        assert bell.wait(LONG) is Ring.QUIET
    bell.stop()


def test_says_where_there_is_no_idle() -> None:
    """A server without IDLE is told apart from a broken one."""
    server = ScriptedImap({"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK})
    try:
        with Doorbell(make_account(server)) as bell:
            assert bell.wait(LONG) is Ring.UNSUPPORTED
    finally:
        server.close()


def test_breaks_where_the_server_says_bye() -> None:
    """BYE in the middle of IDLE is the end of the connection."""
    server = ScriptedImap()
    try:
        with Doorbell(make_account(server)) as bell:
            ring, seconds = wait_beside(bell, lambda: server.push(b"* BYE going down\r\n"))
            assert ring is Ring.BROKEN
            assert seconds < LONG / 2
    finally:
        server.close()


def test_rings_on_exists_alone_and_not_on_repeats() -> None:
    """EXISTS with more mails rings without RECENT; the same count again does not."""
    server = ScriptedImap()
    try:
        with Doorbell(make_account(server)) as bell:
            assert bell.wait(0.1) is Ring.QUIET
            server.push(b"* OK still here\r\n* 2 EXISTS\r\n* 1 EXPUNGE\r\n")
            assert bell.wait(0.5) is Ring.QUIET
            server.push(b"* 2 EXISTS\r\n")
            assert bell.wait(LONG) is Ring.NEW_MAIL
    finally:
        server.close()


def test_breaks_when_nobody_listens_and_stops_on_a_refused_login(
    imap_mailbox: ImapMailbox,
) -> None:
    """An unreachable server is broken, once a wait; a refused login is the person's to mend."""
    with Doorbell(imap_mailbox.make_account(port=1)) as bell:
        assert bell.wait(LONG) is Ring.BROKEN
    with (
        Doorbell(imap_mailbox.make_account(password=lambda: "wrong")) as bell,
        pytest.raises(UserError),
    ):
        bell.wait(LONG)


def make_account(server: ScriptedImap) -> ImapAccount:
    """Answer the settings for a scripted server."""
    return ImapAccount(
        host=server.host, port=server.port, user="me", password=lambda: "x", tls="none", timeout=5
    )
