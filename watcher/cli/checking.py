"""`read`, `status`, `doctor` and `test-alert`: looking at mails and at the parts."""

import os
import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from watcher.adapters.mail.dns_text import DnsText
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.mail.signature import SignatureCheck
from watcher.adapters.rule_files import load_ruleset
from watcher.adapters.settings.scalars import find_zone
from watcher.adapters.state_lock import find_holder
from watcher.app.compose import Reader
from watcher.app.doctor import examine
from watcher.cli.console import complain, say, say_json, say_table
from watcher.cli.exit_codes import ExitCode
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.alert import DeliveryOutcome
from watcher.domain.errors import Problem, UnreadableMail, UserError
from watcher.domain.health import Health, Part
from watcher.domain.message import Authenticity, Message, RawMail
from watcher.domain.reading import Reading
from watcher.flow.acts import MistakenCall


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, function in (
        ("read", read),
        ("status", status),
        ("doctor", doctor),
        ("test-alert", test_alert),
    ):
        command(app, name)(function)


def read(
    session: Session,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Mails (.eml); - is standard input.")
    ],
    trusted: Annotated[
        list[str] | None,
        typer.Option(
            "--trusted-authserv",
            metavar="SERVER",
            help="Believe this server's Authentication-Results; else what the settings say.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the rules make of these mails. Changes nothing; needs no settings.

    A file that cannot be read keeps no other from being read: it is named at the end, exit code 2.
    """
    reader = _make_reader(session, trusted or [])
    problems = []
    for name in files:
        try:
            content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            what = f"cannot be read: {error.strerror}"
            problems.append(Problem(place=name, what=what, fix="name a mail file"))
            continue
        try:
            message, reading = reader(RawMail(content=content, received_at=None))
        except UnreadableMail as error:
            if as_json:
                say_json(
                    {
                        "file": name,
                        "outcome": "unrecognised",
                        "authenticity": Authenticity.UNKNOWN,
                        "language": None,
                        "rule": None,
                        "evidence": None,
                        "events": [],
                        "set_aside": str(error),
                    }
                )
            else:
                say(f"{name}: set aside: {error}")
            continue
        facts = _reading_json(name, message, reading)
        if as_json:
            say_json(facts)
        else:
            say(_reading_text(name, message, reading))
    if problems:
        raise MistakenCall(*problems)


def _make_reader(session: Session, trusted: list[str]) -> Reader:
    settings = session.settings_if_any()
    ruleset = load_ruleset([settings.rules] if settings else [])
    accounts = list(settings.accounts.values()) if settings else []
    return Reader(
        parser=MailParser(
            senders=ruleset.senders,
            trusted_authserv=trusted
            or [server for account in accounts for server in account.trusted_authserv],
            forwarders=[address for account in accounts for address in account.forwarders],
            signature_check=(
                SignatureCheck(senders=ruleset.senders, look_up=DnsText())
                if any(account.dkim for account in accounts)
                else None
            ),
        ),
        ruleset=ruleset,
    )


def _reading_json(name: str, message: Message, reading: Reading) -> dict[str, object]:
    return {
        "file": name,
        "outcome": reading.outcome.value,
        "authenticity": message.authenticity.value,
        "language": reading.language,
        "rule": reading.rule,
        "evidence": None if reading.evidence is None else reading.evidence.value,
        "events": [
            {
                "kind": finding.kind.value,
                "order": finding.order,
                "reason": None if finding.reason is None else finding.reason.value,
                "amount": None if finding.money is None else str(finding.money.amount),
                "currency": None if finding.money is None else finding.money.currency,
                "refund": None if finding.refund is None else finding.refund.value,
                "store": finding.store,
                "items": list(finding.items),
                "ship_days": finding.ship_days,
            }
            for finding in reading.findings
        ],
    }


def _reading_text(name: str, message: Message, reading: Reading) -> str:
    rule = f" by {reading.rule}" if reading.rule else ""
    lines = [f"{name}: {reading.outcome}{rule}, origin {message.authenticity}"]
    for finding in reading.findings:
        details = [finding.kind.value.replace("_", " "), f"order {finding.order}"]
        details += [str(finding.money)] if finding.money else []
        details += [f"{finding.refund} refund"] if finding.refund else []
        details += [f"reason: {finding.reason}"] if finding.reason else []
        details += [f"ships within {finding.ship_days} days"] if finding.ship_days else []
        lines.append(f"  {', '.join(details)}")
        lines += [f"    store: {finding.store}"] if finding.store else []
        lines += [f"    item: {item}" for item in finding.items]
    return "\n".join(lines)


def status(session: Session, as_json: JsonOption = False) -> None:
    """Show when each account and channel last worked, in your time zone; JSON is in UTC."""
    settings = session.settings_if_any()
    with session.look().reading() as books:
        healths = [
            books.health(part, name)
            for part, names in (
                (Part.ACCOUNT, settings.accounts if settings else ()),
                (Part.CHANNEL, settings.channels if settings else ()),
            )
            for name in names
        ]
        folders = [
            books.health(Part.FOLDER, name) for name in (settings.accounts if settings else ())
        ]
        healths += [health for health in folders if health.is_failing]
        deliveries = books.count_deliveries()
        mails = books.count_mails()
        states = books.count_states()
    holder = find_holder(session.state_folder)
    if as_json:
        for health in healths:
            say_json(_health_json(health, deliveries.get(health.name, {})))
        say_json({"daemon": holder, "mails": mails, "orders": states})
        return
    say(f"daemon: {'not running' if holder is None else f'running (process {holder})'}")
    zone = settings.zone if settings else find_zone(os.environ)
    rows = [_health_row(health, deliveries.get(health.name, {}), zone) for health in healths]
    if rows:
        say_table(("PART", "NAME", "STATE", "LAST WORKED", "NEXT TRY", "WAITING", "WHY"), rows)
    for title, counts in (("mails", mails), ("orders", states)):
        if counts:
            parts = (f"{number} {word}" for word, number in sorted(counts.items()))
            say(f"{title}: {', '.join(parts)}")


def _health_json(health: Health, deliveries: dict[str, int]) -> dict[str, object]:
    facts: dict[str, object] = {
        "part": health.part.value,
        "name": health.name,
        "ok": not health.is_failing,
        "worked_at": _iso(health.worked_at),
        "failing_since": _iso(health.failing_since),
        "failures": health.failures,
        "next_try_at": _iso(health.next_try_at),
        "reason": health.reason or None,
    }
    if health.part is Part.CHANNEL:
        facts["deliveries"] = deliveries
    return facts


def _health_row(health: Health, deliveries: dict[str, int], zone: tzinfo) -> tuple[str, ...]:
    if health.is_failing:
        state = f"failing since {_moment(health.failing_since, zone)}"
    else:
        state = "fine" if health.worked_at else "not used yet"
    return (
        health.part.value,
        health.name,
        state,
        _moment(health.worked_at, zone) or "never",
        _moment(health.next_try_at, zone),
        str(deliveries.get("pending", 0)) if health.part is Part.CHANNEL else "",
        health.reason,
    )


def _moment(moment: datetime | None, zone: tzinfo) -> str:
    """Write a moment as the person's clock shows it, with the zone."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def doctor(session: Session, as_json: JsonOption = False) -> None:
    """Check every link of the chain, and name the fix.

    From the settings and the data files over each mailbox to each channel.
    Exit code 78 where something must be changed. Sends nothing; that is `aliwatch test-alert`.
    """
    path = session.settings_file
    settings = session.settings()
    session.step_down()
    broken = False
    for check in examine(settings, path.parent, session.state_folder, session.now):
        broken = broken or not check.ok
        if as_json:
            say_json(
                {"check": check.name, "ok": check.ok, "detail": check.detail, "fix": check.fix}
            )
            continue
        mark = "ok  " if check.ok else "FAIL"
        say(f"{mark} {check.name}" + (f": {check.detail}" if check.detail else ""))
        if check.fix:
            say(f"     {'fix' if not check.ok else 'hint'}: {check.fix}")
    if not as_json:
        say("Something must be changed." if broken else "All is well.")
    if broken:
        raise typer.Exit(ExitCode.CONFIGURATION)


def test_alert(session: Session, as_json: JsonOption = False) -> None:
    """Send a real alert down every channel."""
    watch = session.watch()
    if not watch.channels:
        raise UserError(
            Problem(
                place="settings",
                what="no channel is configured",
                fix="add a section [channel.phone] with an Apprise URL",
            )
        )
    outcomes = []
    for name, channel in watch.channels.items():
        delivery = channel.send(watch.wording.test(name))
        outcomes.append(delivery.outcome)
        if as_json:
            say_json(
                {
                    "channel": name,
                    "outcome": delivery.outcome.value,
                    "reason": delivery.reason or None,
                }
            )
        else:
            why = f": {delivery.reason}" if delivery.reason else ""
            (say if delivery.outcome.settled else complain)(f"{name}: {delivery.outcome}{why}")
    if DeliveryOutcome.REFUSED in outcomes:
        raise typer.Exit(ExitCode.CONFIGURATION)
    if not all(outcome.settled for outcome in outcomes):
        raise typer.Exit(ExitCode.TEMPORARY)
