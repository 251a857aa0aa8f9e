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
            "clocks": [_clock_json(clock, running=self._runs(clock)) for clock in self.clocks],
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
                    "method": None if event.method is None else event.method.value,
                    "rejected": rejected.get(event),
                    "undone": event in self.view.life.undone,
                }
                for event in self.view.events
            ],
        }

    def as_text(self) -> str:
        """Everything, for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self._head()
        for clock in self.clocks:
            yield from self._clock_lines(clock)
        step, case = self.view.agenda.next, self.view.case
        if step is not None:
            yield f"  Next       {step.rung.title}, {self._time(step.due_at)}"
            if step.due_at <= self.view.now:
                yield f"             Done? Type: aliwatch did {case.order} {step.name}"
        if case.snoozed_until is not None:
            yield f"  Put off    until {self._time(case.snoozed_until)}"
        yield ""
        yield "What happened:"
        yield from self._history()

    def _head(self) -> Iterator[str]:
        case = self.view.case
        yield f"Order {case.order}: {case.state}"
        if case.opened_at is not None and case.authenticity != "pass":
            yield "  The mail that opened this case is of unproven origin: look at the order page."
        if case.amount is not None:
            yield f"  Money      {case.amount}, received {case.received}"
        for name, value in (
            ("Paid by", case.method),
            ("Store", case.store),
            *(("Item", item) for item in case.items),
            ("Reason", case.reason),
        ):
            if value is not None:
                yield f"  {name:<10} {value}"

    def _history(self) -> Iterator[str]:
        life = self.view.life
        rejected = {one.event: one.why for one in life.rejected}
        for event in self.view.events:
            yield f"  {self._time(event.at)}  {event_text(event)}"
            if event in life.undone:
                yield "                      taken back"
            if event in rejected:
                yield f"                      changed nothing: {rejected[event]}"

    def _runs(self, clock: Deadline) -> bool:
        return clock.rule.runs_on(self.view.case)

    def _clock_lines(self, clock: Deadline) -> Iterator[str]:
        count = clock.count
        days = (clock.day - self.view.today).days
        left = f" ({days} days left)" if days >= 0 else f" ({-days} days ago)"
        leads = "  <- binds first" if clock == self.view.deadline else ""
        left = left if self._runs(clock) else ""
        yield f"  {clock.clock.capitalize():<10} last day {count.end}{left}{leads}"
        start = f"{count.start:%a %Y-%m-%d}"
        if count.working:
            yield (
                f"             {count.days} working days after {start}, "
                f"{count.weekend_days} weekend days not counted"
            )
        else:
            yield f"             {count.days} days after {start}"
        for one in count.peculiarities:
            verdict = "counted" if one.counted else "not counted"
            yield f"             {one.day:%a %Y-%m-%d} {verdict}: {one.why}"
        if self._runs(clock):
            yield f"             {clock.rule.lost}"
        yield f"             Source: {clock.rule.source}."

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.guidance.calendar.zone):%Y-%m-%d %H:%M}"


def describe(view: CaseView, guidance: Guidance) -> Description:
    """Gather what is to be shown of one case."""
    clocks = deadlines(view.case, guidance.terms, guidance.calendar)
    return Description(view=view, guidance=guidance, clocks=tuple(clocks.values()))


def _clock_json(clock: Deadline, *, running: bool) -> dict[str, object]:
    count = clock.count
    return {
        "clock": clock.clock.value,
        "start": count.start.isoformat(),
        "deadline": count.end.isoformat(),
        "days": count.days,
        "working": count.working,
        "running": running,
        "lost": clock.rule.lost,
        "source": clock.rule.source,
        "weekend_days": count.weekend_days,
        "peculiarities": [
            {"day": one.day.isoformat(), "why": one.why, "counted": one.counted}
            for one in count.peculiarities
        ],
    }


def event_text(event: Event) -> str:
    """One event in a line."""
    details = [event.kind.value.replace("_", " ")]
    details += [event.step] if event.step else []
    details += [str(event.money)] if event.money else []
    details += [event.method.value] if event.method else []
    details += [f"on {event.paid_at:%Y-%m-%d}"] if event.paid_at else []
    details += [f"reason: {event.reason}"] if event.reason else []
    details += [f"until {event.until:%Y-%m-%d}"] if event.until else []
    details += [repr(event.note)] if event.note else []
    if event.witness is Witness.PERSON:
        origin = "you"
    else:
        origin = f"mail to {event.account}, origin {event.authenticity}"
    return f"{', '.join(details)}  [{origin}]"
