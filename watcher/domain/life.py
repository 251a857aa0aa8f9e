"""The life of a case: one table, and the fold that walks it.

Everything that decides which state follows which is `TABLE`; ARCHITECTURE.md's diagram is drawn
from it. Sources: AliExpress closes unpaid and completed orders with the same mail as owed ones, so
what earlier mails said decides; a refund mail announces, only the person receives.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from watcher.domain.case import DONE_STATES, OPEN_STATES, Case, Rejected, State
from watcher.domain.event import Event, EventKind, Reason, Witness
from watcher.domain.facts import Share, is_another_refund, note_arrival, note_facts, share_of
from watcher.domain.history import chronological, find_undone


class Proof(Enum):
    """What a transition asks of the event's origin."""

    ANY = "any"
    """Any mail may do this: it raises, or leaves as it is."""
    MATCHING = "matching"
    """An unproven mail lowers this for unproven mails only; a proven one does not see it."""
    NEEDED = "needed"
    """Only a proven mail, or the person: money is at stake and this lowers or ends it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One cell of the table."""

    to: State
    proof: Proof = Proof.ANY


def _row(moves: dict[State | tuple[State, ...], State | Move]) -> dict[State, Move]:
    cells: dict[State, Move] = {}
    for sources, target in moves.items():
        move = target if isinstance(target, Move) else Move(target)
        for source in sources if isinstance(sources, tuple) else (sources,):
            cells[source] = move
    return cells


def _stay(*states: State) -> dict[State, Move]:
    return {state: Move(state) for state in states}


_S = State
_BEFORE_END = (_S.UNKNOWN, _S.UNPAID, _S.ORDERED, _S.FROZEN, _S.SHIPPED, _S.DELIVERED)
_NEEDED = Proof.NEEDED
_MATCHING = Proof.MATCHING
_SHIPPING: Final[dict[State | tuple[State, ...], State | Move]] = {
    (_S.UNKNOWN, _S.UNPAID): _S.SHIPPED,
    # It ends the watch over the seller's time to ship.
    (_S.ORDERED, _S.FROZEN): Move(_S.SHIPPED, _MATCHING),
}

TABLE: Final[dict[EventKind, dict[State, Move]]] = {
    EventKind.PAYMENT_PENDING: _row({(_S.UNKNOWN, _S.UNPAID): Move(_S.UNPAID, _MATCHING)}),
    # News of an order's way moves no open case but the question, and its dates are kept.
    EventKind.ORDER_CONFIRMED: _stay(_S.ORDERED, _S.FROZEN, _S.SHIPPED, _S.DELIVERED, *OPEN_STATES)
    | _row({(_S.UNKNOWN, _S.UNPAID): _S.ORDERED, _S.ASKING: _S.OWED}),
    EventKind.ORDER_SHIPPED: _stay(_S.SHIPPED, _S.DELIVERED, *OPEN_STATES)
    | _row({**_SHIPPING, _S.ASKING: _S.OWED}),
    EventKind.DELIVERY_UPDATE: _stay(_S.SHIPPED, _S.DELIVERED, _S.COMPLETED, *OPEN_STATES)
    | _row({**_SHIPPING, _S.ASKING: _S.OWED}),
    EventKind.CONFIRMATION_DUE: _stay(_S.SHIPPED, _S.DELIVERED, *OPEN_STATES) | _row(_SHIPPING),
    EventKind.ORDER_DELIVERED: _row({_BEFORE_END: Move(_S.DELIVERED, _MATCHING)})
    | _stay(_S.COMPLETED, *OPEN_STATES),
    EventKind.ORDER_COMPLETED: _row({_BEFORE_END: Move(_S.COMPLETED, _MATCHING)})
    | _stay(_S.COMPLETED, *OPEN_STATES),
    EventKind.ORDER_FROZEN: _stay(_S.FROZEN)
    | _row({(_S.UNKNOWN, _S.UNPAID, _S.ORDERED, _S.SHIPPED): _S.FROZEN}),
    EventKind.ORDER_CLOSED: _stay(*OPEN_STATES, _S.VOID)
    | _row(
        {
            (_S.UNKNOWN, _S.DELIVERED): _S.ASKING,
            (_S.ORDERED, _S.FROZEN, _S.SHIPPED): _S.OWED,
            (_S.UNPAID, _S.COMPLETED): Move(_S.VOID, _MATCHING),
        }
    ),
    EventKind.ORDER_CANCELLED: _stay(*OPEN_STATES, _S.VOID)
    | _row(
        {
            _S.UNKNOWN: _S.ASKING,
            (_S.ORDERED, _S.FROZEN, _S.SHIPPED, _S.DELIVERED): _S.OWED,
            _S.UNPAID: Move(_S.VOID, _MATCHING),
            _S.COMPLETED: _S.ASKING,
        }
    ),
    EventKind.REFUND_ANNOUNCED: _row(
        {
            (
                *_BEFORE_END,
                _S.COMPLETED,
                _S.VOID,
                *sorted(OPEN_STATES),
            ): Move(_S.ANNOUNCED, _NEEDED)
        }
    ),
    # A dispute has the person wait for the seller and the platform: only a proven one counts.
    EventKind.DISPUTE_OPENED: _stay(_S.DISPUTED)
    | _row(
        {
            (
                *_BEFORE_END,
                *(_S.COMPLETED, _S.VOID, _S.ASKING, _S.OWED, _S.ANNOUNCED),
            ): Move(_S.DISPUTED, _NEEDED)
        }
    ),
    EventKind.DISPUTE_UPDATED: _stay(_S.DISPUTED, _S.ANNOUNCED, _S.OWED),
    EventKind.DISPUTE_CLOSED: _stay(_S.OWED, _S.ANNOUNCED)
    | _row({_S.DISPUTED: Move(_S.OWED, _NEEDED)}),
    EventKind.SELLER_MESSAGE: _stay(*State),
    EventKind.STEP_DONE: _stay(*(set(State) - DONE_STATES)),
    EventKind.MONEY_RECEIVED: _row({tuple(sorted(OPEN_STATES)): Move(_S.SETTLED, _NEEDED)}),
    EventKind.CASE_SNOOZED: _stay(*OPEN_STATES),
    EventKind.CASE_DISMISSED: _row({tuple(sorted(OPEN_STATES)): Move(_S.DISMISSED, _NEEDED)}),
    EventKind.CASE_REOPENED: _row({(_S.SETTLED, _S.DISMISSED, _S.VOID): _S.OWED}),
    EventKind.NOTE_ADDED: _stay(*State),
    # How it was paid also answers whether it was.
    EventKind.PAYMENT_TOLD: _stay(*(set(State) - {_S.ASKING, _S.VOID, _S.UNPAID, _S.UNKNOWN}))
    | _row({(_S.ASKING, _S.VOID): _S.OWED, (_S.UNKNOWN, _S.UNPAID): _S.ORDERED}),
    EventKind.ACT_UNDONE: _stay(*State),
}
"""Which state follows when an event of a kind comes in a state; a missing cell does not fit."""

REASON_TABLE: Final[dict[tuple[EventKind, Reason], dict[State, Move]]] = {
    # These reasons speak of an order that had been paid: the seller's time to ship starts with the
    # payment, and customs or a tracking number need a parcel.
    **{
        (EventKind.ORDER_CANCELLED, reason): _row({(_S.UNKNOWN, _S.ASKING): _S.OWED})
        for reason in (
            Reason.SELLER,
            Reason.PROCESSING_TIME,
            Reason.CUSTOMS,
            Reason.TRACKING_NUMBER,
        )
    },
    **{
        (kind, Reason.UNPAID): _row({(_S.UNKNOWN, _S.UNPAID): Move(_S.VOID, _MATCHING)})
        for kind in (EventKind.ORDER_CLOSED, EventKind.ORDER_CANCELLED)
    },
}
"""Cells of `TABLE` that a stated reason changes."""

SHARE_TABLE: Final[dict[Share, dict[State, Move]]] = {
    Share.SOME: _stay(*OPEN_STATES),
    # The bank has brought what was announced, and AliExpress owes the rest.
    Share.ANNOUNCED: _stay(*OPEN_STATES) | _row({_S.ANNOUNCED: Move(_S.OWED, _NEEDED)}),
}
"""Cells of `TABLE` that a receipt of less than the whole changes."""

REMARKS: Final = frozenset(
    {
        EventKind.SELLER_MESSAGE,
        EventKind.STEP_DONE,
        EventKind.CASE_SNOOZED,
        EventKind.NOTE_ADDED,
        EventKind.ACT_UNDONE,
    }
)
"""Kinds that tell nothing of where the money is: they change no state, whatever is known."""


def find_move(state: State, event: Event, share: Share = Share.WHOLE) -> Move | None:
    """The cell for `event` in `state`; `None` where it does not fit."""
    if share in SHARE_TABLE:
        return SHARE_TABLE[share].get(state)
    if event.reason is not None:
        special = REASON_TABLE.get((event.kind, event.reason), {}).get(state)
        if special is not None:
            return special
    return TABLE[event.kind].get(state)


def apply(case: Case, event: Event) -> Case | Rejected:
    """Return the case after `event`, or why the event does not fit it."""
    remark = event.kind in REMARKS
    # A proven mail does not see what unproven ones lowered; the person speaks of what they see.
    blind = event.proven and event.witness is Witness.MAIL and not remark
    start = case.firm if blind else case.state
    share = share_of(case, event)
    move = find_move(start, event, share)
    if move is None:
        return Rejected(event=event, why=f"{event.kind} does not fit an order that is {start}")
    if move.proof is Proof.NEEDED and not event.proven:
        return Rejected(event=event, why="the mail's origin is not proven")
    if remark:
        return note_facts(case, event)
    moved = replace(case, state=move.to, firm=_firm_after(case, event, move))
    if moved.state is not case.state or is_another_refund(case, event):
        # Something new is to be said, whatever was put off before.
        moved = note_arrival(replace(moved, snoozed_until=None, changed_at=event.at), event)
    return note_facts(moved, event)


def _firm_after(case: Case, event: Event, move: Move) -> State:
    """Where the next proven mail starts from: an unproven one may raise it and not lower it."""
    # How it was paid proves nothing else that an unproven mail said.
    if event.proven and event.kind is not EventKind.PAYMENT_TOLD:
        return move.to
    firm_move = find_move(case.firm, event)
    raised = firm_move.to if firm_move and firm_move.proof is Proof.ANY else case.firm
    # A case that it opened is there for proven mails, too: ordinary news does not close it.
    opens = move.to in OPEN_STATES and raised not in OPEN_STATES
    return move.to if opens else raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A case, the events that did not fit it, and the acts that the person took back."""

    case: Case
    rejected: tuple[Rejected, ...]
    undone: tuple[Event, ...] = ()


def fold(order: str, events: Iterable[Event]) -> Life:
    """The case that `events` of `order` come to. Pure: same events, same case."""
    case = Case(order=order)
    rejected: list[Rejected] = []
    told = chronological(events)
    undone = find_undone(told)
    for event in told:
        if event.order != order:
            raise ValueError(f"an event of {event.order} in the fold of {order}")
        if event in undone:
            continue
        result = apply(case, event)
        if isinstance(result, Rejected):
            rejected.append(result)
            case = _note_unproven(case, event)
        else:
            case = result
    return Life(
        case=case,
        rejected=tuple(rejected),
        undone=tuple(event for event in told if event in undone),
    )


def _note_unproven(case: Case, event: Event) -> Case:
    """A refund that is only claimed changes nothing, and the person shall hear of the claim."""
    if event.kind is EventKind.REFUND_ANNOUNCED and case.is_open and not event.proven:
        return replace(case, unproven_refund_at=event.at)
    return case
