"""Gathers what is to be handed to a bank, or attached to a dispute, about one order."""

from collections.abc import Sequence
from datetime import datetime

from watcher.domain.deadline import deadlines
from watcher.domain.dossier import Dossier, Entry, Paper, SentLetter
from watcher.domain.event import Event, EventKind, Witness
from watcher.domain.history import chronological
from watcher.domain.life import Life, fold
from watcher.flow.ports import Books
from watcher.flow.wording import Wording


def gather(
    books: Books, order: str, wording: Wording, now: datetime, *, with_notes: bool = False
) -> Dossier | None:
    """Everything that the ledger holds about `order`; `None` where no mail spoke of it.

    The person's remarks were written for their own eyes: they are left out unless `with_notes`.
    Pure but for reading `books`: the same ledger and the same `now` give the same dossier.
    """
    told = chronological(books.events(order))
    if not told:
        return None
    life = fold(order, told)
    guidance = wording.guidance
    clocks = deadlines(life.case, guidance.terms, guidance.calendar).values()
    notes = sum(event.kind is EventKind.NOTE_ADDED for event in told)
    return Dossier(
        made_at=now,
        zone=guidance.calendar.zone,
        case=life.case,
        clocks=tuple(sorted(clocks, key=lambda deadline: (deadline.day, deadline.clock))),
        papers=_papers(books, order, told),
        history=_history(told, life, with_notes=with_notes),
        letters=_letters(told, life, wording),
        alerts=tuple(books.told_about(order)),
        notes=notes if with_notes else 0,
        notes_left_out=0 if with_notes else notes,
    )


def _papers(books: Books, order: str, told: Sequence[Event]) -> tuple[Paper, ...]:
    papers = []
    digests = dict.fromkeys(event.mail for event in told if event.mail is not None)
    for digest, mail in [(one, kept) for one in digests if (kept := books.find(one)) is not None]:
        others = {event.order for event in books.told_by(digest)} - {order}
        kinds = tuple(event.kind for event in told if event.mail == digest)
        papers.append(Paper(mail=mail, kinds=kinds, other_orders=len(others)))
    return tuple(papers)


def _history(told: Sequence[Event], life: Life, *, with_notes: bool) -> tuple[Entry, ...]:
    reasons = {one.event: one.why for one in life.rejected}
    return tuple(
        Entry(
            event=event,
            changed_nothing=reasons.get(event),
            taken_back=event in life.undone,
        )
        for event in told
        if with_notes or event.kind is not EventKind.NOTE_ADDED
    )


def _letters(told: Sequence[Event], life: Life, wording: Wording) -> tuple[SentLetter, ...]:
    """The letters of the steps that the person did and did not take back."""
    letters = []
    for index, event in enumerate(told):
        if event.kind is not EventKind.STEP_DONE or event in life.undone:
            continue
        rung = wording.guidance.playbook.find(event.step or "")
        if rung is None or rung.letter is None:
            continue
        # What the step meant for the case was noted with it, and stood in no letter yet.
        known = [one for one in told[:index] if one.at < event.at or one.witness is Witness.MAIL]
        before = fold(event.order, known).case
        text = wording.letter(before, rung.letter, event.at)
        letters.append(SentLetter(at=event.at, step=rung.name, title=rung.title, text=text))
    return tuple(letters)
