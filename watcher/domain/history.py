"""An order's events in their order, and the person's acts that were taken back."""

from collections.abc import Iterable

from watcher.domain.event import Event, EventKind, Witness

_ORDER_OF_KINDS = {kind: rank for rank, kind in enumerate(EventKind)}


def chronological(events: Iterable[Event]) -> list[Event]:
    """The events in one order whatever order they were read in, each once."""
    return sorted(
        set(events),
        key=lambda event: (
            event.at,
            _ORDER_OF_KINDS[event.kind],
            event.witness is Witness.PERSON,
            event.mail or "",
            event.note or "",
            event.store or "",
            event.items,
            repr(event),
        ),
    )


def last_act(events: Iterable[Event]) -> tuple[Event, ...]:
    """The person's last act that stands, which undoing takes back; empty where there is none.

    One act can be several events of the same moment: a step done, and what it means for the case.
    """
    told = chronological(events)
    undone = find_undone(told)
    standing = [
        event
        for event in told
        if event.witness is Witness.PERSON
        and event.kind is not EventKind.ACT_UNDONE
        and event not in undone
    ]
    return tuple(event for event in standing if event.at == standing[-1].at)


def find_undone(told: list[Event]) -> frozenset[Event]:
    """The acts that later ones took back, each the last that stood then."""
    standing: list[Event] = []
    undone: set[Event] = set()
    for event in told:
        if event.witness is not Witness.PERSON:
            continue
        if event.kind is not EventKind.ACT_UNDONE:
            standing.append(event)
            continue
        moment = standing[-1].at if standing else None
        while standing and standing[-1].at == moment:
            undone.add(standing.pop())
    return frozenset(undone)
