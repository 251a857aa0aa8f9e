"""Checks every link of the chain, from the settings to the channels, and names the fix."""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from watcher.adapters.channels.sender import check_url
from watcher.adapters.imap.inspection import inspect_account
from watcher.adapters.rule_files import load_senders
from watcher.adapters.secrets import SecretCommand, SecretReference
from watcher.adapters.settings import (
    AccountSettings,
    ImapSettings,
    MaildirSettings,
    MboxSettings,
    Settings,
)
from watcher.adapters.template_language import has_language
from watcher.adapters.templates import Renderer
from watcher.app.compose import make_imap_account, make_readers, outlook_of
from watcher.app.guidance import make_wording
from watcher.app.trust import check_trust
from watcher.domain.check import Check
from watcher.domain.errors import TransientError, UserError
from watcher.flow.ports import Now


def examine(settings: Settings, folder: Path, state: Path, now: Now) -> Iterator[Check]:
    """Check one link after the other; yields each as soon as it is known."""
    yield Check(name="settings", ok=True, detail=f"{folder}, zone {settings.zone}")
    yield from _data_files(settings, folder)
    yield _state(state)
    for name, account in settings.accounts.items():
        checks = list(_account(name, account, now))
        yield from checks
        if all(check.ok for check in checks):
            yield from _trust(name, account, settings, now)
    if not settings.channels:
        yield Check(
            name="channels",
            ok=False,
            detail="none: nobody would be told",
            fix="add a section [channel.phone] with an Apprise URL",
        )
    for name, channel in settings.channels.items():
        try:
            address = check_url(channel.url.resolve())
        except (UserError, TransientError) as error:
            yield Check(name=f"channel {name}", ok=False, detail=str(error))
            continue
        kinds = ", ".join(channel.severities)
        yield Check(
            name=f"channel {name}",
            ok=not address.problem,
            detail=address.problem or f"{address.service}, for {kinds}",
            fix="correct its url" if address.problem else "",
        )
        if address.recipients > 1:
            yield Check(
                name=f"channel {name}",
                ok=True,
                detail=f"{address.recipients} recipients: when one fails, all are sent to again",
                fix="give each a channel of its own",
            )


def _data_files(settings: Settings, folder: Path) -> Iterator[Check]:
    templates = folder / "templates"
    try:
        make_readers(settings)
        ladder = make_wording(outlook_of(settings, folder)).guidance.playbook.rungs
        if templates.is_dir():
            Renderer(zone=settings.zone, language=settings.language, overrides=templates).check(
                alerts=[rung.name for rung in ladder],
                letters=[rung.letter for rung in ladder if rung.letter],
            )
    except UserError as error:
        for problem in error.problems:
            yield Check(
                name="your own files",
                ok=False,
                detail=f"{problem.place}: {problem.what}",
                fix=problem.fix,
            )
    else:
        yield Check(name="rules, playbook, templates", ok=True)
    letters = templates / "letters"
    if not has_language("letters", settings.language, letters if letters.is_dir() else None):
        shipped = files("watcher.config").joinpath("letters").iterdir()
        languages = sorted(each.name for each in shipped if each.is_dir())
        yield Check(
            name="letters",
            ok=True,
            detail=f'none in "{settings.language}": they are in English, with nothing beside them',
            fix=f"language can be {', '.join(languages)}, or write your own in {letters}",
        )


def _state(state: Path) -> Check:
    if not state.exists():
        return Check(name="state", ok=True, detail=f"{state} will be made")
    if os.access(state, os.W_OK | os.X_OK):
        return Check(name="state", ok=True, detail=str(state))
    return Check(
        name="state",
        ok=False,
        detail=f"{state} cannot be written",
        fix="run as the user it belongs to, or with sudo",
    )


def _account(name: str, account: AccountSettings, now: Now) -> Iterator[Check]:
    match account:
        case ImapSettings():
            for weakness in account.password.weaknesses():
                yield Check(name=f"account {name}", ok=True, detail=weakness.what, fix=weakness.fix)
            missing = list(_password(name, account.password))
            yield from missing
            for check in inspect_account(make_imap_account(account), now=now()):
                if missing and check.name == "login":
                    continue  # for want of the password, which is told of already
                yield Check(
                    name=f"account {name}: {check.name}",
                    ok=check.ok,
                    detail=check.detail,
                    fix=check.fix,
                )
        case MaildirSettings():
            yield _local(name, account.maildir)
        case MboxSettings():
            yield _local(name, account.mbox)


def _password(name: str, password: SecretReference) -> Iterator[Check]:
    """Say where the password cannot be had, even while the server cannot be reached either."""
    if isinstance(password.source, SecretCommand):
        return  # it may ask the person something: once, at the login, is enough
    try:
        password.resolve()
    except UserError as error:
        problem = error.problems[0]
        yield Check(
            name=f"account {name}: password",
            ok=False,
            detail=f"{problem.place}: {problem.what}",
            fix=problem.fix,
        )


def _trust(name: str, account: AccountSettings, settings: Settings, now: Now) -> Iterator[Check]:
    try:
        senders = load_senders([settings.rules])
    except UserError:
        return  # told of already, with the other files
    yield check_trust(name, account, senders, now)


def _local(name: str, path: Path) -> Check:
    there = os.access(path, os.R_OK)
    return Check(
        name=f"account {name}",
        ok=there,
        detail=str(path),
        fix="" if there else "the path must exist and be readable",
    )
