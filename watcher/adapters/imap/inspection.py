"""Looking an account over for `aliwatch doctor`."""

from datetime import datetime, timedelta

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from watcher.adapters.imap.account import ImapAccount
from watcher.adapters.imap.candidates import count_candidates
from watcher.adapters.imap.connection import close_connection, open_connection, translated
from watcher.adapters.imap.folders import (
    choose_folders,
    examine_folder,
    explain_missing,
    measure_folder,
)
from watcher.adapters.imap.login import log_in, refresh_capabilities
from watcher.domain.check import Check
from watcher.domain.errors import TransientError, UserError

_DAYS = 180
_RETRY = "try again later; if it stays so, check host and port and whether a firewall is between"


def inspect_account(account: ImapAccount, *, now: datetime) -> list[Check]:
    """Try connection, TLS, login, folders, capabilities and search, in this order.

    The first link that fails ends the list. Nothing in the mailbox is changed; never raises for
    what a server or the network does.
    """
    checks: list[Check] = []
    name = "connection"
    client: IMAPClient | None = None
    try:
        with translated(account):
            client = open_connection(account)
            checks += [
                Check(name="connection", ok=True, detail=f"{account.host}:{account.port}"),
                Check(name="TLS", ok=True, detail=_describe_tls(client, account)),
            ]
            name = "login"
            log_in(client, account)
            checks.append(Check(name=name, ok=True, detail=f"as {account.user}"))
            name = "folders"
            checks.append(_check_folders(client, account))
            name = "capabilities"
            checks.append(_check_capabilities(refresh_capabilities(client)))
            name = "AliExpress mail"
            checks.append(_check_mail(client, account, now))
    except UserError as error:
        problem = error.problems[0]
        checks.append(Check(name=name, ok=False, detail=problem.what, fix=problem.fix))
    except TransientError as error:
        checks.append(Check(name=name, ok=False, detail=str(error), fix=_RETRY))
    finally:
        if client is not None:
            close_connection(client, politely=bool(checks) and checks[-1].ok)
    return checks


def _describe_tls(client: IMAPClient, account: ImapAccount) -> str:
    if account.tls == "none":
        return "none, on this machine only"
    return str(client.socket().version())


def _check_folders(client: IMAPClient, account: ImapAccount) -> Check:
    folders = account.folders or choose_folders(client)
    missing = [folder for folder in folders if measure_folder(client, folder) is None]
    if missing:
        problems = explain_missing(client, account, missing)
        return Check(
            name="folders",
            ok=False,
            detail="; ".join(problem.what for problem in problems),
            fix=problems[0].fix,
        )
    return Check(name="folders", ok=True, detail=", ".join(folders))


def _check_capabilities(capabilities: tuple[bytes, ...]) -> Check:
    if b"IDLE" in capabilities:
        detail = "IDLE: new mail is noticed at once"
    else:
        detail = "no IDLE: new mail is noticed at the next poll"
    return Check(name="capabilities", ok=True, detail=detail)


def _check_mail(client: IMAPClient, account: ImapAccount, now: datetime) -> Check:
    name = "AliExpress mail"
    total = 0
    for folder in account.folders or choose_folders(client):
        if measure_folder(client, folder) is None:
            continue
        examine_folder(client, folder)
        try:
            total += count_candidates(client, account.senders, now - timedelta(days=_DAYS))
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            detail = "the server cannot search; From lines are read instead, which takes longer"
            return Check(name=name, ok=True, detail=detail)
    if total == 0:
        return Check(
            name=name,
            ok=False,
            detail=f"none in the last {_DAYS} days",
            fix="check that this is the mailbox AliExpress writes to, and the folders",
        )
    return Check(name=name, ok=True, detail=f"{total} mails in the last {_DAYS} days")
