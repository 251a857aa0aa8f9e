"""Whose word proves an account's mails: what its own mails show, beside what the settings say."""

import json
import re
from typing import Final

from watcher.adapters.imap.samples import sample_headers
from watcher.adapters.mail.authserv import Lesson, learn_servers
from watcher.adapters.maildir import MaildirSource
from watcher.adapters.mbox import MboxSource
from watcher.adapters.settings import (
    AccountSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
)
from watcher.app.compose import make_imap_account
from watcher.domain.check import Check
from watcher.domain.errors import TransientError, UserError
from watcher.domain.message import RawMail
from watcher.flow.ports import Now
from watcher.rules.senders import Senders

CLAIMING: Final = 20
OTHERS: Final = 40
"""Mails of which the headers are looked at."""


def check_trust(name: str, account: AccountSettings, senders: Senders, now: Now) -> Check:
    """Compare the account's `trusted_authserv` with what its mails show; name the line to write.

    Headers only are read, and nothing is changed. Never raises for what a mailbox does.
    """
    check = f"account {name}: trust"
    try:
        mails = _sample(account, now)
    except (UserError, TransientError, OSError):
        # The account's own check has said so already.
        return Check(name=check, ok=_other_proof(account), detail="the mails cannot be looked at")
    return judge_trust(name, account, learn_servers(mails, senders))


def judge_trust(name: str, account: AccountSettings, lesson: Lesson) -> Check:
    """Say whether the settings fit the lesson, and if not, what to write where."""
    check = f"account {name}: trust"
    trusted = {server.lower() for server in account.trusted_authserv}
    if lesson.servers:
        proof = (
            f"{', '.join(lesson.servers)} proves {lesson.proven} of the "
            f"{lesson.claiming} newest AliExpress mails"
        )
        if trusted >= set(lesson.servers):
            return Check(name=check, ok=True, detail=proof)
        fitting = trusted & lesson.heard
        line = json.dumps(sorted({*fitting, *lesson.servers}), ensure_ascii=False)
        return Check(
            name=check,
            ok=bool(fitting) or (not trusted and account.dkim),
            detail=f"{proof}; the settings name {', '.join(sorted(trusted)) or 'no server'}",
            fix=f"under [account.{_quoted(name)}] write: trusted_authserv = {line}",
        )
    if trusted & lesson.heard:
        names = ", ".join(sorted(trusted & lesson.heard))
        return Check(name=check, ok=True, detail=f"{names} stands on some mails; {lesson.doubt}")
    if trusted:
        return Check(
            name=check,
            ok=account.dkim or lesson.claiming == 0,
            detail=f"no mail looked at has results of {', '.join(sorted(trusted))} on top",
            fix="compare with the first Authentication-Results line of a real mail"
            + ("" if account.dkim else ", or set dkim = true"),
        )
    if account.dkim:
        return Check(
            name=check, ok=True, detail=f"by signatures, over DNS; no server's word: {lesson.doubt}"
        )
    return Check(
        name=check,
        ok=False,
        detail=f"no mail can be proven, so none can settle a case; {lesson.doubt}",
        fix="name your mail server in trusted_authserv, or set dkim = true",
    )


def _sample(account: AccountSettings, now: Now) -> list[RawMail]:
    match account:
        case ImapSettings():
            imap = make_imap_account(account)
            return sample_headers(imap, now=now(), claiming=CLAIMING, others=OTHERS)
        case MaildirSettings():
            maildir = MaildirSource(account.maildir, folders=account.folders)
            return list(maildir.sample(claiming=CLAIMING, others=OTHERS))
        case MboxSettings():
            return list(MboxSource(account.mbox).sample(claiming=CLAIMING, others=OTHERS))


def _other_proof(account: AccountSettings) -> bool:
    return bool(account.trusted_authserv) or account.dkim


def _quoted(name: str) -> str:
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", name)
    return name if bare else json.dumps(name, ensure_ascii=False)
