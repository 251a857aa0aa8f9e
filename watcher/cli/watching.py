"""`run`, `once` and `scan`: the commands that poll, decide and deliver."""

import logging
from collections.abc import Collection
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from watcher.adapters.service_manager import ServiceManager
from watcher.adapters.state_lock import StateHeld, hold_state
from watcher.app.compose import Watch
from watcher.app.daemon import Daemon, stop_on_signals
from watcher.app.polling import PollOutcome, PollReport, deliver_all, poll_account
from watcher.app.rehearsal import rehearse
from watcher.cli.console import complain, make_console, say, say_json
from watcher.cli.days import read_day
from watcher.cli.exit_codes import ExitCode
from watcher.cli.logs import log_for_service
from watcher.cli.session import JsonOption, Session, command, on_terminal
from watcher.domain.arrival import Arrival
from watcher.domain.health import Part
from watcher.domain.outbox import PendingDelivery
from watcher.domain.quiet import LONGEST_HOLD

_ALL = 10_000


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    command(app, "run")(run)
    command(app, "once")(once)
    command(app, "scan")(scan)


def run(
    session: Session,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
) -> None:
    """Watch, until stopped: the daemon.

    Logs to standard error, one event a line. Tells systemd when it is ready and that it is alive.
    A second daemon on the same state is refused, with exit code 75.
    """
    log_for_service(logging.DEBUG if verbose else logging.INFO)
    manager = ServiceManager.of()
    store = session.store()
    with hold_state(session.state_folder):
        watch = session.watch(store)
        if not watch.channels:
            logging.getLogger(__name__).warning("no_channel_configured: nobody would be told")
        daemon = Daemon(watch, manager)
        stop_on_signals(daemon)
        daemon.serve()


def once(session: Session, as_json: JsonOption = False) -> None:
    """Poll once, send what is due, and exit.

    For cron, or to try things out. Exit code 75: a mailbox or a channel failed and is to be tried
    again; 78: the settings are wrong or a login was refused.
    """
    store = session.store()
    with hold_state(session.state_folder):
        watch = session.watch(store)
        reports = [poll_account(watch, name) for name in watch.accounts]
        watch.proving.retry(watch.now())
        issued = watch.tick(watch.now())
        sent = deliver_all(watch)
        _tell(watch, reports, issued, sent, as_json=as_json)
    raise typer.Exit(_exit_code(watch, reports))


def scan(
    session: Session,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="From this day on: 2026-06-01, or 12w. Default: the account's history, 180 days.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Write nothing, send nothing; show what would be sent."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read the past of every mailbox.

    Known mails included; opens the cases found in it, and tells of them in one summary.
    Beside a running daemon the mails are taken in here, and the daemon sends what is due.
    """
    with ExitStack() as stack:
        if dry_run:
            # Not even the state folder is made.
            original = stack.enter_context(closing(session.look()))
            store = stack.enter_context(closing(rehearse(original)))
        else:
            store = session.store()
        watch = session.watch(store)
        today = watch.now().date()
        start = None if since is None else _midnight(read_day(since, today, sign=-1))
        before = {item.alert_id for item in _unsent(watch)} if dry_run else set()
        alone = dry_run or _try_to_hold(session, stack)
        reports = [
            _scan_account(watch, name, start or watch.now() - account.history)
            for name, account in watch.accounts.items()
        ]
        issued = watch.tick(watch.now()) if alone else 0
        sent = deliver_all(watch) if alone and not dry_run else {}
        if dry_run and as_json:
            _show_unsent(watch, before, as_json=True)
        _tell(watch, reports, issued, sent, as_json=as_json)
        if dry_run and not as_json:
            _show_unsent(watch, before, as_json=False)
        code = _exit_code(watch, reports)
    raise typer.Exit(code)


def _try_to_hold(session: Session, stack: ExitStack) -> bool:
    try:
        stack.enter_context(hold_state(session.state_folder))
    except StateHeld:
        return False  # a daemon is at work there; it will decide and deliver
    return True


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _scan_account(watch: Watch, name: str, since: datetime) -> PollReport:
    if not on_terminal():
        return poll_account(watch, name, since=since)
    from rich.progress import Progress  # noqa: PLC0415 -- only a terminal needs it

    with Progress(console=make_console()) as bar:
        task = bar.add_task(name, total=None)

        def show(arrival: Arrival) -> None:
            done = bar.tasks[0].completed + (arrival.mail is not None)
            bar.update(task, completed=done, total=done + arrival.remaining)

        report = poll_account(watch, name, since=since, progress=show)
        done = bar.tasks[0].completed
        bar.update(task, completed=done or 1, total=done or 1)
        return report


def _tell(
    watch: Watch,
    reports: list[PollReport],
    issued: int,
    sent: dict[str, int],
    *,
    as_json: bool,
) -> None:
    if as_json:
        for report in reports:
            say_json(
                {
                    "account": report.account,
                    "outcome": report.outcome.value,
                    "mails": report.count.mails,
                    "new": report.count.new,
                    "events": report.count.events,
                    "set_aside": report.count.set_aside,
                    "reason": report.reason or None,
                }
            )
        say_json({"alerts": issued, "sent": sent})
        return
    for report in reports:
        if report.outcome is PollOutcome.FINE:
            count = report.count
            say(f"{report.account}: {count.new} new of {count.mails} AliExpress mails read")
        else:
            complain(f"{report.account}: {report.reason}")
    with watch.store.reading() as books:
        for name in watch.channels:
            health = books.health(Part.CHANNEL, name)
            if health.is_failing:
                complain(f"{name}: {health.reason}; its alerts are kept and tried again")
    say(f"alerts written: {issued}; " + (_sent(watch, sent) or "no channel is configured"))


def _sent(watch: Watch, sent: dict[str, int]) -> str:
    return ", ".join(f"sent to {name}: {sent.get(name, 0)}" for name in watch.channels)


def _unsent(watch: Watch) -> list[PendingDelivery]:
    """What waits to be sent, what is held for later among it."""
    later = watch.now() + LONGEST_HOLD
    with watch.store.reading() as books:
        return [item for name in watch.channels for item in books.pending(name, later, limit=_ALL)]


def _show_unsent(watch: Watch, before: Collection[int], *, as_json: bool) -> None:
    """What a rehearsal would have sent; what waited `before` it is not its doing."""
    for item in _unsent(watch):
        alert = item.alert
        if item.alert_id in before:
            continue
        if as_json:
            say_json(
                {
                    "channel": item.channel,
                    "severity": alert.severity.value,
                    "title": alert.title,
                    "body": alert.body,
                }
            )
            continue
        say()
        say(f"--- to {item.channel} ({alert.severity}): {alert.title}")
        say(alert.body)


def _exit_code(watch: Watch, reports: list[PollReport]) -> ExitCode:
    outcomes = {report.outcome for report in reports}
    if PollOutcome.OPERATOR in outcomes:
        return ExitCode.CONFIGURATION
    with watch.store.reading() as books:
        waiting = any(books.health(Part.CHANNEL, name).is_failing for name in watch.channels)
    if PollOutcome.TEMPORARY in outcomes or waiting:
        return ExitCode.TEMPORARY
    return ExitCode.FINE
