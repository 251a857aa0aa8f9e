"""What an event tells of a case beyond its state: sums, reasons, and when its clocks start."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from watcher.domain.case import DONE_STATES, OPEN_STATES, Case, Fact, State
from watcher.domain.event import Event, EventKind, Reason, RefundForm, Witness
from watcher.domain.message import Authenticity


class Share(Enum):
    """How much of the money a receipt is about."""

    WHOLE = "whole"
    """All that is owed; also said of what is no receipt."""
    ANNOUNCED = "announced"
    """A part, and with it all that was announced."""
    SOME = "some"
    """A part of what was announced."""


def share_of(case: Case, event: Event) -> Share:
    """How much of what is owed in `case` came with `event`.

    Where nobody knows how much is owed, what came is the whole, unless a part was announced.
    """
    if event.kind is not EventKind.MONEY_RECEIVED or event.money is None:
        return Share.WHOLE
    received = case.received + event.money.amount
    if case.amount is None and case.refund_form is not RefundForm.PARTIAL:
        return Share.WHOLE
    if case.amount is not None and received >= case.amount.amount:
        return Share.WHOLE
    since = replace(event.money, amount=received - case.received_before)
    expected = case.announced
    if expected is not None and case.amount is None:
        # The person named no currency, as there was none to name.
        since = replace(since, currency=expected.currency)
    less = expected is not None and since.is_less(expected)
    return Share.SOME if less else Share.ANNOUNCED


def is_another_refund(case: Case, event: Event) -> bool:
    """Whether `event` announces another sum than the refund mail before it: it has its own days."""
    return (
        event.kind is EventKind.REFUND_ANNOUNCED
        and case.announced is not None
        and event.money not in {None, case.announced}
    )


def note_arrival(case: Case, event: Event) -> Case:
    """Note that the case came into its state: the clocks of a state start there, and only there."""
    if case.state in OPEN_STATES:
        case = replace(case, visits=(*case.visits, case.state))
    match case.state:
        case State.DISPUTED:
            return replace(case, disputed_at=event.at, answered_at=None, decided_at=None)
        case State.ANNOUNCED:
            return replace(case, announced_at=event.at, received_before=case.received)
        case State.FROZEN:
            return replace(case, frozen_at=event.at)
        case _:
            return case


_OPENING = frozenset(
    {
        EventKind.ORDER_CLOSED,
        EventKind.ORDER_CANCELLED,
        EventKind.REFUND_ANNOUNCED,
        EventKind.DISPUTE_OPENED,
    }
)


def note_facts(case: Case, event: Event) -> Case:
    """Note what `event` tells beyond the state."""
    case = replace(case, account=case.account or event.account)
    if case.state in OPEN_STATES and case.opened_at is None:
        case = replace(case, opened_at=event.at, evidence=event.evidence)
    if case.attested_at is None and event.kind in _OPENING and _is_certain(event):
        case = replace(case, attested_at=event.at if case.is_open else None)
    return _note_money(_note_things(_note_way(case, event), event), event)


def _note_way(case: Case, event: Event) -> Case:  # noqa: PLR0911 -- one flat match
    """How far the order came, and what of its way has a clock."""
    match event.kind:
        case EventKind.ORDER_CONFIRMED:
            case = _note_first(case, event, Fact.CONFIRMED, event.at)
            case = _note_first(case, event, Fact.PAID, _told_by_mail(event))
            return _note_first(case, event, Fact.SHIP_DAYS, event.ship_days)
        case EventKind.ORDER_SHIPPED | EventKind.DELIVERY_UPDATE:
            case = _note_first(case, event, Fact.SHIPPED, event.at)
            return _note_first(case, event, Fact.PAID, _told_by_mail(event))
        case EventKind.ORDER_DELIVERED | EventKind.ORDER_COMPLETED:
            case = _note_first(case, event, Fact.SHIPPED, event.at)
            return _note_first(case, event, Fact.DELIVERED, event.at)
        case EventKind.CONFIRMATION_DUE:
            case = _note_first(case, event, Fact.SHIPPED, event.at)
            return replace(case, protection_ends_at=event.at, protections=case.protections + 1)
        case EventKind.ORDER_FROZEN if case.state is State.FROZEN:
            return replace(case, frozen_at=event.at, freezes=case.freezes + 1)
        case EventKind.DISPUTE_UPDATED if case.state is State.DISPUTED:
            if case.answered_at is None or _is_certain(event):
                case = _note_claim(case, event, Fact.ANSWERED)
            return replace(case, answered_at=event.at, answers=case.answers + 1, snoozed_until=None)
        case EventKind.DISPUTE_CLOSED if case.state is State.OWED:
            if case.disputed_at is None or not event.proven:
                return case
            # A second mail about it does not move the date on.
            return replace(case, decided_at=case.decided_at or event.at)
        case _:
            return case


def _note_first(case: Case, event: Event, fact: Fact, value: datetime | int | None) -> Case:
    """Keep what was told first; what a proven mail tells replaces what none had proven."""
    known = getattr(case, fact.value) is not None
    if value is None or (known and not (fact in case.claims and _is_certain(event))):
        return case
    changes: dict[str, Any] = {fact.value: value}
    return _note_claim(replace(case, **changes), event, fact)


def _note_claim(case: Case, event: Event, fact: Fact) -> Case:
    """Remember whether a proven mail tells `fact`."""
    sure = _is_certain(event)
    return replace(case, claims=case.claims - {fact} if sure else case.claims | {fact})


def _is_certain(event: Event) -> bool:
    """Whether a proven mail says so: the time of the person's word is not when it happened."""
    return event.proven and event.witness is Witness.MAIL


def _told_by_mail(event: Event) -> datetime | None:
    """The time of a mail; when the person says that they paid is not when they did."""
    return event.at if event.witness is Witness.MAIL else None


def _note_things(case: Case, event: Event) -> Case:
    """What was ordered where: it stands in letters, and no forged mail writes those."""
    if not event.proven:
        return case
    return replace(case, store=event.store or case.store, items=event.items or case.items)


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
            closed = _note_first(_with_sum(case, event), event, Fact.CLOSED, event.at)
            return replace(
                closed,
                reason=_reason(case, event),
                authenticity=_strongest(case, event),
            )
        case EventKind.REFUND_ANNOUNCED:
            return replace(
                case,
                announced=event.money or case.announced,
                refund_form=_form(case, event),
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
                claims=case.claims - {Fact.PAID} if event.paid_at else case.claims,
            )
        case EventKind.CASE_SNOOZED:
            return replace(
                case,
                snoozed_until=event.until,
                snoozes=case.snoozes + 1,
                snoozed_as=replace(case, snoozed_as=None),
            )
        case EventKind.CASE_DISMISSED:
            return replace(case, ended_at=event.at)
        case EventKind.CASE_REOPENED:
            return replace(
                case,
                rounds=case.rounds + 1,
                received=_received_after_all(case),
                received_before=Decimal(0),
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


def _form(case: Case, event: Event) -> RefundForm | None:
    """The form that the mail names; what was said of another sum says nothing of this one."""
    return event.refund or (None if is_another_refund(case, event) else case.refund_form)


def _strongest(case: Case, event: Event) -> Authenticity:
    return Authenticity.PASS if event.proven else case.authenticity
