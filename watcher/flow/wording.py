"""Collects what a template may say about a case. Links come from settings, never from a mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from watcher.domain.alert import Alert, Severity
from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.deadline import leading_deadline
from watcher.domain.due import Guidance, Step, draw_agenda
from watcher.domain.event import Evidence, Reason
from watcher.domain.health import Health
from watcher.domain.kept_mail import KeptMail
from watcher.domain.message import Authenticity
from watcher.flow.ports import Renderer

SUMMARY_LINES: Final = 12
"""How many cases or mails one alert names; it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One case in a summary."""

    case: Case
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Writes alerts: the facts of a case through the templates of the person's language."""

    renderer: Renderer
    guidance: Guidance
    links: Mapping[str, str]
    hints: Mapping[Reason, str] = field(default_factory=dict)
    """Advice by the reason of the cancellation."""

    def facts(self, case: Case, now: datetime) -> dict[str, object]:
        """Everything a template about `case` may name."""
        calendar = self.guidance.calendar
        deadline = leading_deadline(case, self.guidance.terms, calendar)
        agenda = draw_agenda(case, self.guidance, now)
        day = None if deadline is None else deadline.day
        return {
            "order": case.order,
            "account": case.account,
            "state": case.state.value,
            "amount": case.amount,
            "remaining": case.remaining,
            "announced": case.announced,
            "contacted": case.step_done_at("contact_seller") is not None,
            "reason": None if case.reason is None else case.reason.value,
            "opened": _day(case.opened_at, self.guidance),
            "closed": _day(case.closed_at, self.guidance),
            "shipped": case.shipped_at is not None,
            "deadline": day,
            "clock_name": None if deadline is None else deadline.clock.value,
            "working_days": None if deadline is None else deadline.count.days,
            "days_left": None if day is None else (day - local_date(calendar, now)).days,
            "unfamiliar": case.evidence is Evidence.GUESS,
            "unproven": case.authenticity is not Authenticity.PASS,
            "next_step": None if agenda.next is None else agenda.next.rung.title,
            "next_day": None if agenda.next is None else _day(agenda.next.due_at, self.guidance),
            "note": case.notes[-1] if case.notes else "",
            "hint": "" if case.reason is None else self.hints.get(case.reason, ""),
        } | {f"{name}_link": link.format(order=case.order) for name, link in self.links.items()}

    def letter(self, case: Case, name: str, now: datetime) -> str:
        """The letter called `name`, filled in for `case`."""
        return self.renderer.letter(name, self.facts(case, now))

    def for_step(self, case: Case, step: Step, now: datetime) -> Alert:
        """The alert that asks the person to do `step`."""
        rung = step.rung
        later = draw_agenda(case, self.guidance, now)
        upcoming = _after(step, later.look_again_at, case, self.guidance)
        facts = self.facts(case, now) | {
            "step": step.name,
            "letter": "" if rung.letter is None else self.letter(case, rung.letter, now),
            "command": f"aliwatch did {case.order} {step.name}",
            "next_step": None if upcoming is None else upcoming.rung.title,
            "next_day": None if upcoming is None else _day(upcoming.due_at, self.guidance),
        }
        return self._write(step.name, facts, rung.severity)

    def summary(self, lines: list[Line], now: datetime) -> Alert:
        """One alert for many cases whose steps were due days ago."""
        # An order with a remark beside its step is one order all the same: the step is named.
        by_order = {
            line.case.order: line
            for line in sorted(lines, key=lambda line: not line.step.rung.aside)
        }
        cases = [
            self.facts(line.case, now) | {"step": line.step.name, "next_step": line.step.rung.title}
            for line in sorted(
                by_order.values(), key=lambda line: (self._last_day(line.case), line.case.order)
            )
        ]
        facts = {"cases": cases[:SUMMARY_LINES], "count": len(cases)}
        severity = max((line.step.rung.severity for line in lines), default=Severity.NOTICE)
        return self._write("summary", facts, severity)

    def _last_day(self, case: Case) -> date:
        """The day that sorts `case` among others; those without one come last."""
        deadline = leading_deadline(case, self.guidance.terms, self.guidance.calendar)
        return date.max if deadline is None else deadline.day

    def mail_report(self, template: str, mails: list[KeptMail]) -> Alert:
        """A notice of mails that the person should look at themselves."""
        facts = {
            "count": len(mails),
            "account": ", ".join(sorted({mail.account for mail in mails})),
            "subjects": [mail.subject for mail in mails[:SUMMARY_LINES]],
            "detail": mails[0].problem or "",
        }
        return self._write(template, facts, Severity.NOTICE)

    def health(self, template: str, health: Health, severity: Severity) -> Alert:
        """A notice that an account or channel stopped working, or works again."""
        facts = {
            health.part.value: health.name,
            "detail": health.reason,
            "since": health.failing_since,
            "fix": "",
        }
        return self._write(template, facts, severity)

    def test(self, channel: str) -> Alert:
        """What `aliwatch test-alert` sends."""
        return self._write("test_alert", {"channel": channel}, Severity.NOTICE)

    def _write(self, template: str, facts: Mapping[str, object], severity: Severity) -> Alert:
        general = {f"{name}_link": link for name, link in self.links.items() if "{" not in link}
        written = self.renderer.render(template, general | dict(facts))
        return Alert(title=written.title, body=written.body, severity=severity)


def _day(moment: datetime | None, guidance: Guidance) -> object:
    return None if moment is None else local_date(guidance.calendar, moment)


def _after(step: Step, again: datetime | None, case: Case, guidance: Guidance) -> Step | None:
    """The step that will count when the answer changes next."""
    if again is None:
        return None
    upcoming = draw_agenda(case, guidance, again).next
    return None if upcoming is None or upcoming == step else upcoming
