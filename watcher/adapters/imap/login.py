"""Entering an account, and telling a refusal from a bad moment."""

import re

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from watcher.adapters.imap.account import ImapAccount
from watcher.domain.errors import Problem, TransientError, UserError

# RFC 5530 names the first ones; the sentences are Gmail's and Dovecot's.
_PASSING = re.compile(
    r"\[(UNAVAILABLE|SERVERBUG|INUSE|LIMIT|OVERQUOTA|THROTTLED)\b"
    r"|too many|bandwidth|temporar|try again|internal error",
    re.IGNORECASE,
)
_ATOM = re.compile(r"[A-Za-z0-9.@_+=:/!#$&'~^-]+")
_LONGEST_QUOTE = 200


def log_in(client: IMAPClient, account: ImapAccount) -> None:
    """Log in with the account's password, by LOGIN or by AUTH=PLAIN, whichever fits.

    Raises:
        UserError: the server refused the name or the password, or offers no way we can use.
        TransientError: the server cannot say at the moment.
        OSError: the connection broke.

    """
    password = account.password()
    _refuse_control_characters(account, password)
    capabilities: tuple[bytes, ...] = client.capabilities()
    try:
        _offer_password(client, account, password, capabilities)
    except LoginError as error:
        # imapclient makes every failure a LoginError, a broken connection too.
        broken = isinstance(error.__context__, IMAPClientAbortError)
        said = _server_words(error, password)
    except IMAPClientAbortError:
        broken, said = True, ""
    else:
        return
    # Raised out here so that no traceback carries the library's view of the login.
    if broken:
        raise TransientError(f"{account.place}: the connection broke off during the login")
    if _PASSING.search(said):
        raise TransientError(f"{account.place}: the server takes no login at the moment: {said}")
    raise UserError(_refused(account, said))


def refresh_capabilities(client: IMAPClient) -> tuple[bytes, ...]:
    """Ask what the server offers now that we are in; answers may differ from before the login."""
    _, data = client._imap.capability()  # noqa: SLF001 -- imapclient's own answer is cached
    names = tuple(bytes(data[-1] or b"").upper().split())
    client._cached_capabilities = names  # noqa: SLF001 -- its only way to be told
    return names


def _offer_password(
    client: IMAPClient, account: ImapAccount, password: str, capabilities: tuple[bytes, ...]
) -> None:
    login = b"LOGINDISABLED" not in capabilities and account.user.isascii()
    if login and password.isascii():
        client.login(_quote(account.user), password)
    elif b"AUTH=PLAIN" in capabilities:
        client.plain_login(account.user, password)
    elif login:
        _log_in_with_literal(client, account.user, password)
    else:
        raise UserError(_no_way_in(account))


def _log_in_with_literal(client: IMAPClient, user: str, password: str) -> None:
    # A quoted string may hold ASCII only (RFC 3501, 4.3); imaplib sends a literal when it is set.
    imap = client._imap  # noqa: SLF001 -- imapclient's own login() takes ASCII only
    imap.literal = password.encode()
    answer, data = imap.xatom("LOGIN", _quote(user))
    if answer != "OK":
        raise LoginError(str(data[-1]))
    imap.state = "AUTH"


def _quote(user: str) -> str:
    # imaplib quotes the password of LOGIN but not the name.
    if _ATOM.fullmatch(user):
        return user
    return '"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refuse_control_characters(account: ImapAccount, password: str) -> None:
    for what, text in (("user", account.user), ("password", password)):
        if not text or any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
            raise UserError(
                Problem(
                    place=account.place,
                    what=f"the {what} is empty or has a line break or control character in it",
                    fix="store it as one line of text",
                )
            )


def _server_words(error: IMAPClientError, password: str) -> str:
    text = re.sub(r"^b(['\"])(.*)\1$", r"\2", str(error))
    text = "".join(letter for letter in text if letter.isprintable())[:_LONGEST_QUOTE]
    # A server that echoes the command would otherwise put the password into a log.
    return "" if password in text else text


def _no_way_in(account: ImapAccount) -> Problem:
    return Problem(
        place=account.place,
        what="the server offers no login by name and password here (neither LOGIN nor AUTH=PLAIN)",
        fix='use tls = "tls" or tls = "starttls", and a password made of ASCII characters',
    )


def _refused(account: ImapAccount, said: str) -> Problem:
    host = account.host.lower()
    if host.endswith(("gmail.com", "googlemail.com")):
        fix = "Gmail wants an app password: https://myaccount.google.com/apppasswords"
    elif host.endswith(("icloud.com", "me.com")):
        fix = "iCloud wants an app-specific password: https://account.apple.com"
    elif host.endswith(("yahoo.com", "aol.com", "fastmail.com")):
        fix = "this provider wants an app password, made in its account security settings"
    else:
        fix = "check the user and the password; with two-factor login, make an app password"
    return Problem(
        place=account.place,
        what=f"the server refused the login: {said}" if said else "the server refused the login",
        fix=fix,
    )
