"""`cases` and `case`, and what the person does about them."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from watcher.app.casebook import CaseView, sort_views, view_case
from watcher.cli.case_text import describe
from watcher.cli.console import say, say_json, say_table
from watcher.cli.days import read_day
from watcher.cli.session import JsonOption, Session, command
from watcher.domain.calendar import local_time
from watcher.domain.case import Case
from watcher.domain.errors import Problem
from watcher.domain.event import is_order_number
from watcher.flow.acts import Acts, MistakenCall

HEADINGS = ("ORDER", "STATE", "AMOUNT", "LAST DAY", "LEFT", "NEXT STEP", "DUE")

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order number.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, function in (
        ("cases", cases),
        ("case", case),
        ("did", did),
        ("received", received),
        ("snooze", snooze),
        ("close", close),
        ("reopen", reopen),
        ("note", note),
        ("letter", letter),
    ):
        command(app, name)(function)


def cases(
    session: Session,
    open_only: Annotated[bool, typer.Option("--open", help="Only cases that are open.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also orders for which no money is at stake.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what is owed, until when, and what to do.

    An order whose money is not at stake (on its way, completed, unpaid) is no case; --all shows
    them too.
    """
    guidance = session.wording().guidance
    now = session.now()
    with session.look().reading() as books:
        views = [view_case(order, books.events(order), guidance, now) for order in books.orders()]
    shown = sort_views(
        [
            view
            for view in views
            if view.case.is_open or (not open_only and (every or view.case.opened_at is not None))
        ]
    )
    if as_json:
        for view in shown:
            say_json(view.summary())
    elif shown:
        say_table(
            HEADINGS,
            [row_of(view) for view in shown],
        )
    else:
        say("No case is open." if views else "No case yet: no mail has told of a closed order.")


def row_of(view: CaseView) -> tuple[str, ...]:
    """One case as a line of the table."""
    facts = view.summary()
    step = view.agenda.next
    amount = view.case.remaining if view.case.is_open else view.case.amount
    doubt = "" if view.case.is_done or view.case.authenticity == "pass" else " (unproven)"
    return (
        view.case.order,
        f"{view.case.state}{doubt if view.case.opened_at else ''}",
        "?" if amount is None else str(amount),
        str(facts["deadline"] or "") if view.case.is_open else "",
        "" if view.days_left is None or not view.case.is_open else f"{view.days_left} d",
        "" if step is None else step.rung.title,
        "" if step is None else f"{step.due_at:%Y-%m-%d}",
    )


def case(session: Session, order: OrderArgument, as_json: JsonOption = False) -> None:
    """Show one order, its clocks and its history.

    How the days were counted, what is due, and what happened.
    """
    guidance = session.wording().guidance
    with session.look().reading() as books:
        events = books.events(_order(order))
    if not events:
        raise _unknown(order)
    view = view_case(order, events, guidance, session.now())
    if as_json:
        say_json(describe(view, guidance).as_json())
    else:
        say(describe(view, guidance).as_text())


def did(
    session: Session,
    order: OrderArgument,
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The step's name, as the alert gives it.")
    ],
) -> None:
    """Say that you did a step.

    It is not asked again, and the next one follows in its time.
    """
    after = _acts(session).do_step(_order(order), step, session.now())
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
    after = _acts(session).receive(_order(order), _amount(amount), session.now())
    _confirm(session, after)


def snooze(
    session: Session,
    order: OrderArgument,
    until: Annotated[
        str, typer.Argument(metavar="DATE", help="A date like 2026-12-01, or a time like 3d or 2w.")
    ],
) -> None:
    """Ask nothing of me before a date.

    Deadlines go on all the same.
    """
    guidance = session.wording().guidance
    now = session.now()
    day = read_day(until, now.astimezone(guidance.calendar.zone).date())
    moment = local_time(guidance.calendar, day, guidance.playbook.hour)
    _confirm(session, _acts(session).snooze(_order(order), moment, now))


def close(session: Session, order: OrderArgument) -> None:
    """End a case: nothing is owed, or you give it up."""
    _confirm(session, _acts(session).dismiss(_order(order), session.now()))


def reopen(session: Session, order: OrderArgument) -> None:
    """Open an ended case again."""
    _confirm(session, _acts(session).reopen(_order(order), session.now()))


def note(
    session: Session,
    order: OrderArgument,
    text: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Your remark.")],
) -> None:
    """Keep a remark with the order."""
    after = _acts(session).note(_order(order), " ".join(text), session.now())
    say(f"Order {after.order}: noted")


def letter(
    session: Session,
    order: OrderArgument,
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The step that the letter goes with.")
    ],
) -> None:
    """Print the letter to paste for a step."""
    wording = session.wording()
    rung = wording.guidance.playbook.find(step)
    with_letters = [one.name for one in wording.guidance.playbook.rungs if one.letter]
    if rung is None or rung.letter is None:
        raise MistakenCall(
            Problem(
                place=f"step {step}",
                what="no letter goes with it",
                fix=f"steps with a letter: {', '.join(with_letters)}",
            )
        )
    with session.look().reading() as books:
        events = books.events(_order(order))
    if not events:
        raise _unknown(order)
    view = view_case(order, events, wording.guidance, session.now())
    say(wording.letter(view.case, rung.letter, session.now()))


def _acts(session: Session) -> Acts:
    return Acts(store=session.store(), playbook=session.wording().guidance.playbook)


def _confirm(session: Session, after: Case) -> None:
    guidance = session.wording().guidance
    with session.look().reading() as books:
        view = view_case(after.order, books.events(after.order), guidance, session.now())
    step = view.agenda.next
    coming = f"; next: {step.rung.title}, {step.due_at:%Y-%m-%d}" if step else ""
    rest = after.remaining if after.is_open and after.received else None
    still = f", {rest} still to come" if rest else ""
    say(f"Order {after.order}: {after.state}{still}{coming}")


def _order(text: str) -> str:
    if not is_order_number(text):
        raise MistakenCall(
            Problem(
                place=f"order {text}", what="no order number", fix="12 to 20 digits, without spaces"
            )
        )
    return text


def _unknown(order: str) -> MistakenCall:
    return MistakenCall(
        Problem(
            place=f"order {order}",
            what="no mail spoke of this order",
            fix="list what is known with `aliwatch cases --all`",
        )
    )


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text.replace(",", "."))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise MistakenCall(
            Problem(place=f"amount {text}", what="no amount of money", fix="write it like 49.90")
        )
    return amount
