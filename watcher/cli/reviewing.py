"""`unrecognised`, `report` and `replay`: the mails that are kept, and today's rules."""

import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.private_things import name_things
from watcher.adapters.mail.scrub import scrub
from watcher.adapters.rule_files import load_ruleset
from watcher.app.compose import make_readers
from watcher.cli.console import complain, say, say_json, say_table
from watcher.cli.days import read_day
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.errors import Problem
from watcher.domain.event import Event
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import RawMail
from watcher.flow.acts import MistakenCall
from watcher.flow.replay import Change, Replay

SHORT = 12
"""Characters of a mail's digest that are shown; any unambiguous beginning is understood."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, function in (
        ("unrecognised", unrecognised),
        ("report", report),
        ("replay", replay),
    ):
        command(app, name)(function)


def unrecognised(session: Session, as_json: JsonOption = False) -> None:
    """List the mails that no rule knows.

    Each may be a wording of AliExpress's that is new: read it, and consider `aliwatch report`.
    """
    with session.look().reading() as books:
        mails = books.unrecognised()
    if as_json:
        for mail in mails:
            say_json(
                {
                    "mail": mail.digest,
                    "account": mail.account,
                    "folder": mail.folder,
                    "received": mail.received_at.isoformat(timespec="seconds"),
                    "sender": mail.sender,
                    "subject": mail.subject,
                    "why": mail.problem or "no rule knows this wording",
                }
            )
    elif mails:
        say_table(
            ("MAIL", "RECEIVED", "ACCOUNT", "SUBJECT", "WHY"),
            [
                (
                    mail.digest[:SHORT],
                    f"{mail.received_at:%Y-%m-%d}",
                    mail.account,
                    mail.subject,
                    mail.problem or "no rule knows this wording",
                )
                for mail in mails
            ],
        )
    else:
        say("Every mail of AliExpress's was understood.")


def report(
    session: Session,
    mail: Annotated[
        str,
        typer.Argument(metavar="MAIL", help="A mail as `unrecognised` lists it, or a file."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")
    ] = None,
) -> None:
    """Make a sample of a mail that can be shared.

    Names, addresses, numbers, tokens, the item and the store are replaced, the structure is kept.
    Read it through before you share it. Sends nothing.
    """
    content = _content_of(session, mail)
    settings = session.settings_if_any()
    ruleset = load_ruleset([settings.rules] if settings else [])
    message = MailParser(senders=ruleset.senders)(RawMail(content=content, received_at=None))
    sample = scrub(content, things=name_things(ruleset.things(message), message.anchors))
    if output is None:
        sys.stdout.buffer.write(sample)
        sys.stdout.flush()
        return
    output.write_bytes(sample)
    say(f"{output}: read it through before you share it")


def _content_of(session: Session, mail: str) -> bytes:
    path = Path(mail)
    if path.is_file():
        return path.read_bytes()
    with session.look().reading() as books:
        found = books.digests(prefix=mail.lower()) if len(mail) >= 4 else []
        content = books.content(found[0]) if len(found) == 1 else None
    if content is None:
        what = "several mails begin so" if len(found) > 1 else "no such mail, and no such file"
        raise MistakenCall(
            Problem(place=f"mail {mail}", what=what, fix="list them with `aliwatch unrecognised`")
        )
    return content


def replay(
    session: Session,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Mails from this day on: 2026-06-01, or 12w."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read the stored mails by today's rules.

    Shows every change before it is made. What was alerted is not alerted again.
    """
    now = session.now()
    start = None
    if since is not None:
        start = datetime.combine(read_day(since, now.date(), sign=-1), time(), tzinfo=UTC)
    again = Replay(store=session.store(), readers=make_readers(session.settings()))
    changes = []
    for change in again.plan(start):
        changes.append(change)
        if as_json:
            say_json(_change_json(change, applied=not dry_run))
        else:
            _show(change)
    if not dry_run:
        for change in changes:
            again.apply(change, now)
    if not as_json:
        verb = "would change" if dry_run else "changed"
        (say if changes else complain)(
            f"{len(changes)} mails {verb}" if changes else "Nothing changes: the rules agree."
        )


def _show(change: Change) -> None:
    before, after = change.before, change.after
    say(f"{before.digest[:SHORT]} {before.received_at:%Y-%m-%d} {after.subject}")
    say(f"    was  {_reading(before, change.told)}")
    say(f"    is   {_reading(after, change.tells)}")


def _reading(mail: KeptMail, events: tuple[Event, ...]) -> str:
    words = [mail.outcome.value if mail.outcome else "set aside"]
    words += [f"by {mail.rule}"] if mail.rule else []
    words += [f"origin {mail.authenticity}"] if mail.authenticity else []
    words += [_event(event) for event in events]
    return ", ".join(words)


def _event(event: Event) -> str:
    words = [event.kind.value.replace("_", " "), event.order]
    words += [str(event.money)] if event.money else []
    words += [f"({event.reason})"] if event.reason else []
    return " ".join(words)


def _change_json(change: Change, *, applied: bool) -> dict[str, object]:
    return {
        "mail": change.before.digest,
        "received": change.before.received_at.isoformat(timespec="seconds"),
        "subject": change.after.subject,
        "was": _mail_json(change.before, change.told),
        "is": _mail_json(change.after, change.tells),
        "applied": applied,
    }


def _mail_json(mail: KeptMail, events: tuple[Event, ...]) -> dict[str, object]:
    return {
        "outcome": "set_aside" if mail.outcome is None else mail.outcome.value,
        "rule": mail.rule,
        "authenticity": mail.authenticity,
        "events": [
            {
                "kind": event.kind.value,
                "order": event.order,
                "reason": event.reason,
                "amount": None if event.money is None else str(event.money.amount),
                "currency": None if event.money is None else event.money.currency,
            }
            for event in events
        ],
    }
