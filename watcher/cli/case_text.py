"""One case in words: its clocks and their counting, what is due, what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from watcher.app.casebook import CaseView
from watcher.domain.deadline import Deadline, deadlines
from watcher.domain.due import Guidance
from watcher.domain.event import Event, Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A case with all that led to it."""

    view: CaseView
    guidance: Guidance
    clocks: tuple[Deadline, ...]

    def as_json(self) -> dict[str, object]:
        """Everything, for programs."""
        rejected = {one.event: one.why for one in self.view.life.rejected}
        return self.view.summary() | {
            "clocks": [_clock_json(clock) for clock in self.clocks],
            "notes": list(self.view.case.notes),
            "history": [
                {
                    "at": event.at.isoformat(timespec="seconds"),
                    "kind": event.kind.value,
                    "witness": event.witness.value,
                    "authenticity": event.authenticity.value,
                    "account": event.account,
                    "reason": None if event.reason is None else event.reason.value,
                    "amount": None if event.money is None else str(event.money.amount),
                    "currency": None if event.money is None else event.money.currency,
                    "step": event.step,
                    "note": event.note,
                    "rejected": rejected.get(event),
                }
                for event in self.view.events
            ],
        }

    def as_text(self) -> str:
        """Everything, for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        view, case = self.view, self.view.case
        yield f"Order {case.order}: {case.state}"
        if case.opened_at is not None and case.authenticity != "pass":
            yield "  The mail that opened this case is of unproven origin: look at the order page."
        if case.amount is not None:
            yield f"  Money      {case.amount}, received {case.received}"
        if case.reason is not None:
            yield f"  Reason     {case.reason}"
        for clock in self.clocks:
            yield from _clock_lines(clock, leading=clock == view.deadline, days=view.days_left)
        step = view.agenda.next
        if step is not None:
            yield f"  Next       {step.rung.title} ({step.name}), {self._time(step.due_at)}"
        if case.snoozed_until is not None:
            yield f"  Put off    until {self._time(case.snoozed_until)}"
        yield ""
        yield "What happened:"
        rejected = {one.event: one.why for one in view.life.rejected}
        for event in view.events:
            yield f"  {self._time(event.at)}  {_event_text(event)}"
            if event in rejected:
                yield f"                      changed nothing: {rejected[event]}"

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.guidance.calendar.zone):%Y-%m-%d %H:%M}"


def describe(view: CaseView, guidance: Guidance) -> Description:
    """Gather what is to be shown of one case."""
    clocks = deadlines(view.case, guidance.terms, guidance.calendar)
    return Description(view=view, guidance=guidance, clocks=tuple(clocks.values()))


def _clock_json(clock: Deadline) -> dict[str, object]:
    count = clock.count
    return {
        "clock": clock.clock.value,
        "start": count.start.isoformat(),
        "deadline": count.end.isoformat(),
        "working_days": count.days,
        "weekend_days": count.weekend_days,
        "peculiarities": [
            {"day": one.day.isoformat(), "why": one.why, "counted": one.counted}
            for one in count.peculiarities
        ],
    }


def _clock_lines(clock: Deadline, *, leading: bool, days: int | None) -> Iterator[str]:
    count = clock.count
    left = f" ({days} days left)" if leading and days is not None and days >= 0 else ""
    late = f" ({-days} days ago)" if leading and days is not None and days < 0 else ""
    yield f"  {clock.clock.capitalize():<10} last day {count.end}{left}{late}"
    yield (
        f"             {count.days} working days after {count.start:%a %Y-%m-%d}, "
        f"{count.weekend_days} weekend days not counted"
    )
    for one in count.peculiarities:
        verdict = "counted" if one.counted else "not counted"
        yield f"             {one.day:%a %Y-%m-%d} {verdict}: {one.why}"


def _event_text(event: Event) -> str:
    details = [event.kind.value.replace("_", " ")]
    details += [event.step] if event.step else []
    details += [str(event.money)] if event.money else []
    details += [f"reason: {event.reason}"] if event.reason else []
    details += [f"until {event.until:%Y-%m-%d}"] if event.until else []
    details += [repr(event.note)] if event.note else []
    if event.witness is Witness.PERSON:
        origin = "you"
    else:
        origin = f"mail to {event.account}, origin {event.authenticity}"
    return f"{', '.join(details)}  [{origin}]"
