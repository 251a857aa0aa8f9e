"""`cases` and `case`: how things stand."""

from dataclasses import asdict, astuple
from typing import Annotated

import typer

from watcher.app.casebook import CaseView, sort_views, view_case
from watcher.cli.case_text import describe
from watcher.cli.console import say, say_json, say_table
from watcher.cli.orders import OrderArgument, read_order, unknown_order
from watcher.cli.session import JsonOption, Session, command
from watcher.flow.sellers import histories

HEADINGS = ("ORDER", "STATE", "AMOUNT", "LAST DAY", "LEFT", "NEXT STEP", "DUE")
SELLER_HEADINGS = ("STORE", "ORDERS", "CANCELLED", "REFUNDED LATE")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    command(app, "cases")(cases)
    command(app, "case")(case)
    command(app, "sellers")(sellers)


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
            wraps="NEXT STEP",
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
        events = books.events(read_order(order))
    if not events:
        raise unknown_order(order)
    view = view_case(order, events, guidance, session.now())
    if as_json:
        say_json(describe(view, guidance).as_json())
    else:
        say(describe(view, guidance).as_text())


def sellers(session: Session, as_json: JsonOption = False) -> None:
    """List the stores you ordered at, and how they served you.

    As far as your mails name the store: how many orders, how many of them it cancelled, and how
    many refunds came late or are overdue.
    """
    guidance = session.wording().guidance
    now = session.now()
    with session.look().reading() as books:
        known = sorted(histories(books, guidance, now).items())
    if as_json:
        for store, history in known:
            say_json({"store": store} | asdict(history))
    elif known:
        rows = [(store, *map(str, astuple(history))) for store, history in known]
        say_table(SELLER_HEADINGS, rows)
    else:
        say("No mail has named a store yet.")
