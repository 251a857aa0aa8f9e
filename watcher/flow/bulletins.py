"""Writes the alerts that speak of several things: orders of one tick, a week, what was held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from watcher.domain.alert import Alert, Severity
from watcher.domain.calendar import local_date
from watcher.domain.case import Case, State
from watcher.domain.deadline import deadlines, leading_deadline
from watcher.domain.due import draw_agenda
from watcher.domain.event import Event
from watcher.domain.life import fold
from watcher.domain.money import Money
from watcher.domain.quiet import Week
from watcher.flow.case_facts import gather_step_facts
from watcher.flow.wording import SUMMARY_LINES, Line, Wording

DIGEST_LENGTH: Final = 2500
"""Characters of whole alerts that a digest repeats; of what is beyond them it gives the titles."""
DATES: Final = 5
"""How many of the next dates a week's summary names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What came back on one order."""

    order: str
    money: Money | None
    """`None` where no mail named an amount."""


def returned_in(order: str, events: Sequence[Event], week: Week) -> Returned | None:
    """What the person said in `week` to have got back on `order`; `None` where nothing came.

    What they took back again did not come.
    """
    before = fold(order, [event for event in events if event.at < week.begin]).case
    after = fold(order, [event for event in events if event.at < week.end]).case
    part = after.received - before.received
    if part > 0 and after.amount is not None:
        return Returned(order=order, money=Money(amount=part, currency=after.amount.currency))
    ended = after.state is State.SETTLED and before.state is not State.SETTLED
    return Returned(order=order, money=None) if ended or part > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletins:
    """Writes them through the templates of the person's language."""

    wording: Wording

    def several(self, lines: Sequence[Line], now: datetime) -> Alert:
        """One alert for cases that came to the same step at once, the earliest last day first.

        Raises:
            ValueError: there are no lines, or they are of different steps.

        """
        (step,) = {line.step.name for line in lines}
        ordered = sorted(lines, key=lambda line: self._urgency(line.case, now))
        facts = {
            "cases": [self._tell(line, now) for line in ordered[:SUMMARY_LINES]],
            "count": len(lines),
            "totals": _totals(line.case.remaining for line in lines),
            "step": step,
            "next_step": lines[0].step.rung.title,
        }
        return self._write("several", facts, max(line.step.rung.severity for line in lines))

    def weekly(self, cases: Sequence[Case], returned: Sequence[Returned], now: datetime) -> Alert:
        """The week: what is open, by currency, its earliest last day, what is next, what came back.

        `cases` are the open ones.
        """
        first = min(cases, key=lambda case: self._urgency(case, now), default=None)
        facts = {
            "count": len(cases),
            "totals": _totals(case.remaining for case in cases),
            "unknown_amounts": sum(case.remaining is None for case in cases),
            "case": None if first is None else self.wording.facts(first, now),
            "dates": self._next_dates(cases, now),
            "returned": _totals(each.money for each in returned),
            "returned_count": len(returned),
        }
        return self._write("weekly", facts, Severity.NOTICE)

    def digest(self, alerts: Sequence[Alert]) -> Alert:
        """One alert for many that were held, the gravest first, whole while there is room."""
        ordered = sorted(alerts, key=lambda alert: -alert.severity.rank)
        room = DIGEST_LENGTH
        parts = []
        for alert in ordered:
            fits = len(alert.body) <= room
            room -= len(alert.body) if fits else 0
            parts.append({"alert_title": alert.title, "alert_text": alert.body if fits else ""})
        return self._write("digest", {"alerts": parts, "count": len(parts)}, ordered[0].severity)

    def _tell(self, line: Line, now: datetime) -> dict[str, object]:
        """What an alert of several cases says of one."""
        case, step = line.case, line.step
        facts = self.wording.facts(case, now)
        facts |= gather_step_facts(case, step, self.wording.guidance, now)
        # A step that is counted from no clock is told with the date that binds first.
        facts["binding"] = facts["binding"] or facts["leading"]
        command = f"aliwatch letter {case.order} {step.name}" if step.rung.letter else ""
        return facts | {"letter_command": command}

    def _urgency(self, case: Case, now: datetime) -> tuple[date, str]:
        """What sorts a case among others, by its last day; those without one come last."""
        terms, calendar = self.wording.guidance.terms, self.wording.guidance.calendar
        deadline = leading_deadline(case, terms, calendar, local_date(calendar, now))
        return (date.max if deadline is None else deadline.day, case.order)

    def _next_dates(self, cases: Sequence[Case], now: datetime) -> list[dict[str, object]]:
        """The steps still to come, and those to be done by a day, the earliest first."""
        guidance = self.wording.guidance
        coming = []
        for case in cases:
            agenda = draw_agenda(case, guidance, now)
            ends = deadlines(case, guidance.terms, guidance.calendar)
            coming += [
                (ends[step.clock].day, case.order, f"{step.rung.title}, the last day")
                for step in agenda.due
                if step.clock is not None and step.ends_a_right
            ]
            # What counts already was asked; what follows it is known when the answer changes.
            later = agenda.look_again_at if agenda.due else None
            step = (agenda if later is None else draw_agenda(case, guidance, later)).next
            if step is not None and step.due_at > now:
                day = local_date(guidance.calendar, step.due_at)
                coming.append((day, case.order, step.rung.title))
        return [
            {"next_day": day, "order": order, "next_step": title}
            for day, order, title in sorted(coming)[:DATES]
        ]

    def _write(self, template: str, facts: Mapping[str, object], severity: Severity) -> Alert:
        links = self.wording.links.items()
        general = {f"{name}_link": link for name, link in links if "{" not in link}
        written = self.wording.renderer.render(template, general | dict(facts))
        return Alert(title=written.title, body=written.body, severity=severity)


def _totals(sums: Iterable[Money | None]) -> list[Money]:
    """The sum of each currency, in the order of their codes; amounts of nothing are left out."""
    totals: dict[str, Decimal] = {}
    for money in sums:
        if money is not None and money.amount:
            totals[money.currency] = totals.get(money.currency, Decimal(0)) + money.amount
    return [Money(amount=amount, currency=code) for code, amount in sorted(totals.items())]
