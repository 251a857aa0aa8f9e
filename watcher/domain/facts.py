"""What an event tells of a case beyond its state: sums, reasons, and when its clocks start."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from watcher.domain.case import DONE_STATES, OPEN_STATES, Case, State
from watcher.domain.event import Event, EventKind, Reason, Witness
from watcher.domain.message import Authenticity


def note_arrival(case: Case, event: Event) -> Case:
    """Note that the case came into its state: the clocks of a state start there, and only there."""
    if case.state in OPEN_STATES:
        case = replace(case, visits=(*case.visits, case.state))
    match case.state:
        case State.DISPUTED:
            return replace(case, disputed_at=event.at, answered_at=None, decided_at=None)
        case State.ANNOUNCED:
            return replace(case, announced_at=event.at)
        case State.FROZEN:
            return replace(case, frozen_at=event.at)
        case _:
            return case


def note_facts(case: Case, event: Event) -> Case:
    """Note what `event` tells beyond the state."""
    case = replace(case, account=case.account or event.account)
    if case.state in OPEN_STATES and case.opened_at is None:
        case = replace(case, opened_at=event.at, evidence=event.evidence)
    return _note_money(_note_things(_note_way(case, event), event), event)


def _note_way(case: Case, event: Event) -> Case:  # noqa: PLR0911 -- one flat match
    """How far the order came, and what of its way has a clock."""
    match event.kind:
        case EventKind.ORDER_CONFIRMED:
            return replace(
                case,
                confirmed_at=case.confirmed_at or event.at,
                paid_at=case.paid_at or _told_by_mail(event),
                ship_days=case.ship_days or event.ship_days,
            )
        case EventKind.ORDER_SHIPPED | EventKind.DELIVERY_UPDATE:
            return replace(
                case,
                shipped_at=case.shipped_at or event.at,
                paid_at=case.paid_at or _told_by_mail(event),
            )
        case EventKind.ORDER_DELIVERED | EventKind.ORDER_COMPLETED:
            return replace(
                case,
                shipped_at=case.shipped_at or event.at,
                delivered_at=case.delivered_at or event.at,
            )
        case EventKind.CONFIRMATION_DUE:
            return replace(
                case, shipped_at=case.shipped_at or event.at, protection_ends_at=event.at
            )
        case EventKind.DISPUTE_UPDATED if case.state is State.DISPUTED:
            return replace(case, answered_at=event.at, answers=case.answers + 1)
        case EventKind.DISPUTE_CLOSED if case.state is State.OWED:
            # A second mail about it, or a forged one, does not move the date on.
            return replace(case, decided_at=case.decided_at or event.at)
        case _:
            return case


def _told_by_mail(event: Event) -> datetime | None:
    """The time of a mail; when the person says that they paid is not when they did."""
    return event.at if event.witness is Witness.MAIL else None


def _note_things(case: Case, event: Event) -> Case:
    """What was ordered where; a mail of unproven origin names it only where nothing is known."""
    if event.store is not None and (case.store is None or event.proven):
        case = replace(case, store=event.store)
    if event.items and (not case.items or event.proven):
        case = replace(case, items=event.items)
    return case


def _note_money(case: Case, event: Event) -> Case:
    """Sums, reasons, and the person's own word."""
    match event.kind:
        case (
            EventKind.ORDER_CONFIRMED
            | EventKind.PAYMENT_PENDING
            | EventKind.ORDER_SHIPPED
            | EventKind.DELIVERY_UPDATE
        ):
            return _with_sum(case, event)
        case EventKind.ORDER_CLOSED | EventKind.ORDER_CANCELLED:
            return replace(
                _with_sum(case, event),
                closed_at=_closing(case, event),
                reason=_reason(case, event),
                authenticity=_strongest(case, event),
            )
        case EventKind.REFUND_ANNOUNCED:
            return replace(
                case,
                announced=event.money or case.announced,
                refund_form=event.refund or case.refund_form,
                unproven_refund_at=None,
                authenticity=_strongest(case, event),
            )
        case _:
            return _note_act(case, event)


def _note_act(case: Case, event: Event) -> Case:  # noqa: PLR0911 -- one flat match
    """The person's own word."""
    match event.kind:
        case EventKind.STEP_DONE:
            done = (*case.done_steps, (event.step or "", event.at))
            return replace(case, done_steps=done, snoozed_until=None)
        case EventKind.MONEY_RECEIVED:
            part = event.money.amount if event.money else None
            rest = case.remaining.amount if case.remaining else Decimal(0)
            received = case.received + (rest if part is None else part)
            return replace(case, received=received, ended_at=_ended(case, event))
        case EventKind.PAYMENT_TOLD:
            return replace(
                case,
                method=event.method or case.method,
                paid_at=event.paid_at or case.paid_at,
            )
        case EventKind.CASE_SNOOZED:
            return replace(case, snoozed_until=event.until, snoozes=case.snoozes + 1)
        case EventKind.CASE_DISMISSED:
            return replace(case, ended_at=event.at)
        case EventKind.CASE_REOPENED:
            return replace(
                case,
                rounds=case.rounds + 1,
                received=_received_after_all(case),
                ended_at=None,
                done_steps=(),
                snoozed_until=None,
            )
        case EventKind.NOTE_ADDED:
            return replace(case, notes=(*case.notes, event.note or ""))
        case _:
            return case


def _with_sum(case: Case, event: Event) -> Case:
    """The sum as the order's own mails name it, and no unproven mail corrects it.

    Of the proven ones the confirmations count; a later mail names it where none of them did.
    """
    confirms = event.kind in {EventKind.ORDER_CONFIRMED, EventKind.PAYMENT_PENDING}
    known = case.paid is not None and not (event.proven and (confirms or not case.paid_proven))
    if event.money is None or known:
        return case
    return replace(case, paid=event.money, paid_proven=event.proven)


def _reason(case: Case, event: Event) -> Reason | None:
    """The last stated reason; a mail of unproven origin states it only where none is known."""
    if event.reason is None or (case.reason is not None and not event.proven):
        return case.reason
    return event.reason


def _received_after_all(case: Case) -> Decimal:
    """What is back although the case is reopened: a part may be, the whole cannot."""
    return case.received if case.remaining and case.remaining.amount else Decimal(0)


def _ended(case: Case, event: Event) -> datetime | None:
    return event.at if case.state in DONE_STATES else None


def _closing(case: Case, event: Event) -> datetime:
    """The first closing counts; a proven one replaces one that only claims to be a closing."""
    unproven_so_far = case.authenticity is not Authenticity.PASS
    if case.closed_at is None or (event.proven and unproven_so_far):
        return event.at
    return case.closed_at


def _strongest(case: Case, event: Event) -> Authenticity:
    return Authenticity.PASS if event.proven else case.authenticity
