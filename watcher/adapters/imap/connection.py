"""One connection to an IMAP server, opened safely and never used after it failed."""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.login import log_in, refresh_capabilities
from watcher.domain.errors import Problem, TransientError, UserError

# Its debug lines hold whole mails.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@contextmanager
def connected(account: ImapAccount) -> Iterator[IMAPClient]:
    """Hand out a logged-in connection; log out at the end, drop it after any exception.

    Raises:
        UserError: the login or the server's certificate was refused, or TLS is not to be had.
        TransientError: the server is away, broke off, or does not speak IMAP.

    """
    with translated(account):
        client = open_connection(account)
        finished = False
        try:
            log_in(client, account)
            refresh_capabilities(client)
            yield client
            finished = True
        finally:
            close_connection(client, politely=finished)


@contextmanager
def translated(account: ImapAccount) -> Iterator[None]:
    """Turn what the library and the network raise into our own two kinds of error."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise UserError(_bad_certificate(account, error)) from error
    except TimeoutError as error:
        raise TransientError(
            f"{account.place}: no answer within {account.timeout:g} seconds"
        ) from error
    except OSError as error:
        raise TransientError(f"{account.place}: {error.strerror or error}") from error
    except IMAPClientAbortError as error:
        raise TransientError(f"{account.place}: the server broke off: {error}") from error
    except IMAPClientError as error:
        raise TransientError(f"{account.place}: unexpected answer: {error}") from error


def open_connection(account: ImapAccount) -> IMAPClient:
    """Connect, with TLS where the account says so; the login is still to come.

    Raises:
        UserError: TLS is refused by the account's settings or by the server.
        OSError, IMAPClientError: the network's and the library's own; see `translated`.

    """
    account.check_privacy()
    client = IMAPClient(
        account.host,
        port=account.port,
        ssl=account.tls == "tls",
        ssl_context=account.context,
        timeout=SocketTimeout(connect=account.timeout, read=account.timeout),
    )
    client.normalise_times = False
    secured = False
    try:
        # Nagle's algorithm and delayed acknowledgements together cost 40 ms a command.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if account.tls == "starttls":
            _start_tls(client, account)
        secured = True
    finally:
        if not secured:
            close_connection(client, politely=False)
    return client


def close_connection(client: IMAPClient, *, politely: bool) -> None:
    """End the connection, with LOGOUT where nothing has gone wrong; never raises."""
    try:
        if politely:
            client.logout()
        else:
            client.shutdown()
    except (OSError, IMAPClientError):
        try:
            client.shutdown()
        except (OSError, IMAPClientError):
            # Nothing is left to close.
            return


def _start_tls(client: IMAPClient, account: ImapAccount) -> None:
    try:
        client.starttls(ssl_context=account.context)
    except CapabilityError:
        raise UserError(
            Problem(
                place=account.place,
                what="the server offers no STARTTLS on this port",
                fix='use tls = "tls" with port 993',
            )
        ) from None


def _bad_certificate(account: ImapAccount, error: ssl.SSLCertVerificationError) -> Problem:
    return Problem(
        place=account.place,
        what=f"the server's certificate does not verify: {error.verify_message}",
        fix="use the host name that the certificate is made for; "
        "a private authority's certificate belongs into the machine's list",
    )
