"""What the person tells: steps done, money received, and the like."""

from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from watcher.app.casebook import view_case
from watcher.cli.case_text import event_text
from watcher.cli.console import complain, say
from watcher.cli.days import read_day
from watcher.cli.orders import OrderArgument, read_order
from watcher.cli.session import Session, command
from watcher.domain.calendar import local_date, local_time
from watcher.domain.case import Case
from watcher.domain.clock import Clock
from watcher.domain.deadline import deadlines
from watcher.domain.errors import Problem
from watcher.domain.event import Method
from watcher.flow.acts import Acts, MistakenCall

NOON = time(12)
CURRENCY_SIGNS = " €$£¥₽₩₴₺₪฿₫ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, function in (
        ("did", did),
        ("received", received),
        ("paid-by", paid_by),
        ("snooze", snooze),
        ("close", close),
        ("reopen", reopen),
        ("note", note),
        ("undo", undo),
    ):
        command(app, name)(function)


def did(
    session: Session,
    order: OrderArgument,
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The step's name, as the alert gives it.")
    ],
) -> None:
    """Say that you did a step.

    It is not asked again, and the next one follows in its time. `aliwatch playbook` lists the
    steps by their names.
    """
    after = _acts(session).do_step(read_order(order), step, session.now())
    rung = session.wording().guidance.playbook.find(step)
    say(f"Order {after.order}: noted: {rung.title if rung else step}")
    _confirm(session, after)


def received(
    session: Session,
    order: OrderArgument,
    amount: Annotated[
        str | None,
        typer.Argument(metavar="[AMOUNT]", help="How much of it; all of it where left out."),
    ] = None,
) -> None:
    """Say that the money is back, or a part of it.

    A part keeps the case open for the rest.
    """
    after = _acts(session).receive(read_order(order), _amount(amount), session.now())
    _confirm(session, after)
    whole = after.amount
    if whole is not None and after.received > whole.amount:
        complain(
            f"    That is more than the {whole} of the order. A slip? Type: aliwatch undo {order}"
        )


def paid_by(
    session: Session,
    order: OrderArgument,
    method: Annotated[Method, typer.Argument(metavar="METHOD", help=", ".join(Method) + ".")],
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="The day you paid, like 2026-11-03."),
    ] = None,
) -> None:
    """Say how you paid an order.

    How long a refund takes to arrive, and until when the bank or PayPal can fetch the money back,
    depends on it. Without --on the day is the one of the order's confirmation, where its mail was
    read.
    """
    now = session.now()
    calendar = session.wording().guidance.calendar
    paid_at = None
    if on is not None:
        today = local_date(calendar, now)
        day = read_day(on, today, sign=-1)
        paid_at = now if day == today else local_time(calendar, day, NOON)
    after = _acts(session).pay(read_order(order), method, paid_at, now)
    guidance = session.wording().guidance
    claim = deadlines(after, guidance.terms, guidance.calendar).get(Clock.CHARGEBACK)
    until = f"; {claim.day} is the last day to claim it back" if claim else ""
    say(f"Order {after.order}: paid by {method}{until}")
    _confirm(session, after)


def snooze(
    session: Session,
    order: OrderArgument,
    until: Annotated[
        str, typer.Argument(metavar="DATE", help="A date like 2026-12-01, or a time like 3d or 2w.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Also past a date after which something is lost.")
    ] = False,
) -> None:
    """Ask nothing of me before a date.

    Deadlines go on all the same; a date that would pass meanwhile is refused without --force.
    """
    guidance = session.wording().guidance
    now = session.now()
    day = read_day(until, now.astimezone(guidance.calendar.zone).date())
    moment = local_time(guidance.calendar, day, guidance.playbook.hour)
    after = _acts(session).snooze(read_order(order), moment, now, force=force)
    say(f"Order {after.order}: nothing is asked before {day}")
    _confirm(session, after)


def close(session: Session, order: OrderArgument) -> None:
    """End a case: nothing is owed, or you give it up."""
    _confirm(session, _acts(session).dismiss(read_order(order), session.now()))


def reopen(session: Session, order: OrderArgument) -> None:
    """Open an ended case again."""
    _confirm(session, _acts(session).reopen(read_order(order), session.now()))


def note(
    session: Session,
    order: OrderArgument,
    text: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Your remark.")],
) -> None:
    """Keep a remark with the order."""
    after = _acts(session).note(read_order(order), " ".join(text), session.now())
    say(f"Order {after.order}: noted")


def undo(session: Session, order: OrderArgument) -> None:
    """Take back what you told last of an order.

    Typed again it takes back what you told before that. What mails said stays.
    """
    number = read_order(order)
    for event in _acts(session).undo(number, session.now()):
        say(f"Order {number}: taken back: {event_text(event)}")
    _confirm_order(session, number)


def _acts(session: Session) -> Acts:
    return Acts(store=session.store(), guidance=session.wording().guidance)


def _confirm(session: Session, after: Case) -> None:
    _confirm_order(session, after.order)


def _confirm_order(session: Session, order: str) -> None:
    guidance = session.wording().guidance
    with session.look().reading() as books:
        view = view_case(order, books.events(order), guidance, session.now())
    case, step = view.case, view.agenda.next
    coming = f"; next: {step.rung.title}, {step.due_at:%Y-%m-%d}" if step else ""
    rest = case.remaining if case.is_open and case.received else None
    still = f", {rest} still to come" if rest else ""
    say(f"Order {case.order}: {case.state}{still}{coming}")


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.strip(CURRENCY_SIGNS).replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise MistakenCall(
            Problem(place=f"amount {text}", what="no amount of money", fix="write it like 49.90")
        )
    return amount
