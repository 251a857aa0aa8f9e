"""Collects what a template may say about a case. Links come from settings, never from a mail."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Final

from watcher.domain.advice import Advice
from watcher.domain.alert import Alert, Severity
from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.deadline import leading_deadline
from watcher.domain.due import Guidance, Step
from watcher.domain.event import Reason
from watcher.domain.health import Health, Part
from watcher.domain.kept_mail import KeptMail
from watcher.domain.seller import SellerHistory
from watcher.flow.case_facts import gather_facts, gather_step_facts
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
    hints: Mapping[Reason, Advice] = field(default_factory=dict)
    """Advice by the reason of the cancellation."""

    def facts(self, case: Case, now: datetime) -> dict[str, object]:
        """Everything a template about `case` may name."""
        advice = self.hints.get(case.reason, Advice()) if case.reason else Advice()
        return (
            gather_facts(case, self.guidance, now)
            | {"hint": advice.order, "next_hint": advice.next, "seller_history": None}
            | {f"{name}_link": link.format(order=case.order) for name, link in self.links.items()}
        )

    def letter(self, case: Case, name: str, now: datetime) -> str:
        """The letter called `name`, filled in for `case`."""
        return self.renderer.letter(name, self.facts(case, now))

    def for_step(
        self, case: Case, step: Step, now: datetime, seller: SellerHistory | None = None
    ) -> Alert:
        """The alert that asks the person to do `step`."""
        rung = step.rung
        facts = self.facts(case, now) | gather_step_facts(case, step, self.guidance, now)
        facts["seller_history"] = None if seller is None else asdict(seller)
        facts["letter"] = "" if rung.letter is None else self.renderer.letter(rung.letter, facts)
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
                by_order.values(),
                key=lambda line: (self._last_day(line.case, now), line.case.order),
            )
        ]
        facts = {
            "cases": cases[:SUMMARY_LINES],
            "count": len(cases),
            "open_count": sum(line.case.is_open for line in by_order.values()),
        }
        severity = max((line.step.rung.severity for line in lines), default=Severity.NOTICE)
        return self._write("summary", facts, severity)

    def _last_day(self, case: Case, now: datetime) -> date:
        """The day that sorts `case` among others; those without one come last."""
        calendar = self.guidance.calendar
        today = local_date(calendar, now)
        deadline = leading_deadline(case, self.guidance.terms, calendar, today)
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
            # A folder's record goes by its account's name.
            "account" if health.part is Part.FOLDER else health.part.value: health.name,
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
