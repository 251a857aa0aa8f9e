"""What templates are told of a case: its dates, the clock that leads, the step and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from unit.domain.examples import (
    ORDER,
    START,
    acted,
    case_of,
    claimed,
    euros,
    make_guidance,
    told,
)
from watcher.domain.advice import Advice
from watcher.domain.alert import Severity
from watcher.domain.case import Case
from watcher.domain.clock import Clock, Terms
from watcher.domain.due import due
from watcher.domain.event import EventKind, Evidence, Method, Reason, RefundForm
from watcher.domain.health import Health, Part
from watcher.domain.letter import Letter
from watcher.domain.seller import SellerHistory
from watcher.flow.case_facts import gather_facts, gather_step_facts
from watcher.flow.wording import Line, Wording

K = EventKind
GUIDANCE = replace(make_guidance(), terms=Terms())
SHIPPED = [
    told(K.ORDER_CONFIRMED, days=-9, money=euros("25"), store="Lamp Store", items=("a lamp",)),
    told(K.ORDER_SHIPPED, days=-5),
    told(K.ORDER_CANCELLED, reason=Reason.CUSTOMS),
]
DAY = date(2026, 11, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A rendered alert that says nothing but its template's name."""

    title: str
    body: str = ""


@dataclass
class Recorder:
    """A renderer that keeps what it was told."""

    context: dict[str, object] = field(default_factory=dict)

    def render(self, template: str, context: Mapping[str, object]) -> Words:
        """Keep the facts."""
        self.context = dict(context)
        return Words(title=template)

    def letter(self, name: str, context: Mapping[str, object]) -> str:
        """Say which letter it would be, and for which order."""
        return f"{name} for {context['order']}"

    def letters(self, name: str, context: Mapping[str, object]) -> Letter:
        """No test of the words asks for the other language."""
        raise NotImplementedError


def words(recorder: Recorder) -> Wording:
    """Wording over a recorder, with one link of each kind and advice for one reason."""
    return Wording(
        renderer=recorder,
        guidance=GUIDANCE,
        links={"order": "https://x.example/?o={order}", "help": "https://x.example/help"},
        hints={Reason.CUSTOMS: Advice(order="ask which goods", next="read the description")},
    )


def later(days: float) -> datetime:
    """So many days after the closing."""
    return START + timedelta(days=days)


def test_facts_of_a_case_are_its_own() -> None:
    """What was bought where, for how much, when it was what, and how it was paid."""
    paid = acted(K.PAYMENT_TOLD, days=0.2, method=Method.PAYPAL, paid_days=-10)
    wrote = acted(K.STEP_DONE, days=1, step="contact_seller")
    noted = acted(K.NOTE_ADDED, days=1.5, note="no answer")
    facts = gather_facts(case_of([*SHIPPED, paid, wrote, noted]), GUIDANCE, later(2))
    assert (
        facts
        | {
            "order": ORDER,
            "account": "home",
            "state": "owed",
            "store": "Lamp Store",
            "items": ["a lamp"],
            "method": "paypal",
            "amount": euros("25"),
            "remaining": euros("25"),
            "reason": "customs",
            "shipped": True,
            "contacted": True,
            "opened": DAY,
            "closed": DAY,
            "paid_on": date(2026, 10, 24),
            "contacted_on": date(2026, 11, 4),
            "disputed_on": None,
            "announced_on": None,
            "unfamiliar": False,
            "unproven": False,
            "note": "no answer",
        }
        == facts
    )


def test_facts_of_a_case_of_which_little_is_known() -> None:
    """Nothing is made up: what no mail said is `None`, or empty."""
    closing = replace(claimed(K.ORDER_CLOSED), evidence=Evidence.GUESS)
    facts = gather_facts(case_of([closing]), GUIDANCE, START)
    unknown = ("store", "method", "amount", "remaining", "announced", "refund_form", "reason")
    assert {facts[name] for name in unknown} == {None}
    assert (facts["items"], facts["note"], facts["paid_on"]) == ([], "", None)
    assert (facts["unfamiliar"], facts["unproven"]) == (True, True)


def test_leading_clock_and_the_others_are_told_with_what_is_lost() -> None:
    """The earliest first: the dispute, the refund, the bank."""
    facts = gather_facts(case_of(SHIPPED), GUIDANCE, later(3))
    assert (facts["clock_name"], facts["deadline"]) == ("dispute", DAY + timedelta(days=15))
    assert (facts["days_left"], facts["working_days"]) == (12, None)
    clocks = facts["clocks"]
    assert isinstance(clocks, list)
    assert [clock["name"] for clock in clocks] == ["dispute", "refund", "chargeback"]
    assert clocks[0] == {
        "name": "dispute",
        "day": DAY + timedelta(days=15),
        "days_left": 12,
        "days": 15,
        "working": False,
        "lost": "After it no dispute can be opened for this order.",
    }
    overdue = gather_facts(case_of(SHIPPED), GUIDANCE, later(30))
    assert (overdue["clock_name"], overdue["working_days"], overdue["days_left"]) == (
        "refund",
        20,
        -2,
    )


def test_case_that_has_ended_has_no_clock_and_no_step() -> None:
    """Nothing counts, and nothing follows."""
    ended = case_of([*SHIPPED, acted(K.MONEY_RECEIVED, days=1)])
    facts = gather_facts(ended, GUIDANCE, later(2))
    assert facts["clocks"] == []
    names = ("deadline", "clock_name", "working_days", "days_left", "next_step", "next_day")
    assert {facts[name] for name in names} == {None}


def test_announced_refund_is_told_with_its_form() -> None:
    """Coupon or money makes a difference to the person."""
    announced = told(K.REFUND_ANNOUNCED, days=4, money=euros("20"), refund=RefundForm.COUPON)
    facts = gather_facts(case_of([*SHIPPED, announced]), GUIDANCE, later(5))
    assert (facts["announced"], facts["refund_form"]) == (euros("20"), "coupon")
    assert facts["announced_on"] == DAY + timedelta(days=4)


def test_step_tells_the_date_that_it_is_about_and_what_follows() -> None:
    """The dispute's last day, though another clock may lead; and the next step with its day."""
    case = case_of(SHIPPED)
    (step,) = due(case, GUIDANCE, later(11))
    facts = gather_step_facts(case, step, GUIDANCE, later(11))
    assert step.clock is Clock.DISPUTE
    binding = facts["binding"]
    assert isinstance(binding, dict)
    assert (binding["name"], binding["days_left"]) == ("dispute", 4)
    assert facts["command"] == f"aliwatch did {ORDER} open_dispute"
    (first,) = due(case, GUIDANCE, START)
    facts = gather_step_facts(case, first, GUIDANCE, START)
    assert (facts["step"], facts["binding"]) == ("contact_seller", None)
    assert (facts["next_step"], facts["next_day"]) == (
        "look at the refund page",
        DAY + timedelta(days=7),
    )


def test_step_after_which_only_an_event_counts_names_no_next() -> None:
    """A remark on an order without a case: nothing of the ladder follows by itself."""
    frozen = case_of([told(K.ORDER_FROZEN)])
    (step,) = due(frozen, GUIDANCE, START)
    facts = gather_step_facts(frozen, step, GUIDANCE, START)
    assert (facts["next_step"], facts["next_day"]) == (None, None)


def test_alert_of_a_step_has_its_letter_its_links_and_its_advice() -> None:
    """The link is filled in with the order; the advice is for the reason."""
    recorder = Recorder()
    case = case_of(SHIPPED)
    (step,) = due(case, GUIDANCE, START)
    seller = SellerHistory(orders=5, cancelled=2, late=1)
    alert = words(recorder).for_step(case, step, START, seller)
    assert (alert.title, alert.severity) == ("contact_seller", Severity.ACTION)
    assert recorder.context["letter"] == f"contact_seller for {ORDER}"
    assert recorder.context["order_link"] == f"https://x.example/?o={ORDER}"
    assert recorder.context["help_link"] == "https://x.example/help"
    assert recorder.context["hint"] == "ask which goods"
    assert recorder.context["next_hint"] == "read the description"
    history = recorder.context["seller_history"]
    assert isinstance(history, dict)
    assert history["cancelled"] == 2


@pytest.mark.parametrize("reason", [None, Reason.SELLER])
def test_no_advice_is_made_up(reason: Reason | None) -> None:
    """Where the reason is not known, or nothing is known about it."""
    case = case_of([*SHIPPED[:2], told(K.ORDER_CANCELLED, reason=reason)])
    facts = words(Recorder()).facts(case, START)
    assert (facts["hint"], facts["next_hint"], facts["seller_history"]) == ("", "", None)


def test_step_without_a_letter_brings_none() -> None:
    """Looking at a page needs no words to paste."""
    recorder = Recorder()
    case = case_of(SHIPPED)
    (step,) = due(case, GUIDANCE, later(8))
    assert words(recorder).for_step(case, step, later(8)).title == "check_refund"
    assert recorder.context["letter"] == ""


def test_letter_by_name_is_filled_in_with_the_case() -> None:
    """As `aliwatch letter` prints it."""
    case = case_of(SHIPPED)
    assert words(Recorder()).letter(case, "open_dispute", START) == f"open_dispute for {ORDER}"


def test_summary_is_sorted_by_what_binds_first_and_names_each_order_once() -> None:
    """A remark beside a step leaves one line; the severest line gives the alert its severity."""
    recorder = Recorder()
    other = "8098765432109876"
    earlier = replace(case_of(SHIPPED), order=other)
    settled = replace(case_of([*SHIPPED, acted(K.MONEY_RECEIVED)]), order="8055555555555555")
    plain = case_of([told(K.ORDER_CONFIRMED, days=-9), told(K.ORDER_CLOSED)])
    remarked = case_of(
        [
            told(K.ORDER_CONFIRMED, days=-9),
            told(K.ORDER_CLOSED),
            claimed(K.REFUND_ANNOUNCED, days=0.1),
        ]
    )
    now = later(0.2)
    steps = {step.name: step for step in due(remarked, GUIDANCE, now)}
    lines = [
        Line(case=settled, step=steps["contact_seller"]),
        Line(case=remarked, step=steps["unproven_refund"]),
        Line(case=plain, step=steps["contact_seller"]),
        Line(case=earlier, step=replace(steps["contact_seller"], order=other)),
    ]
    alert = words(recorder).summary(lines, now)
    cases = recorder.context["cases"]
    assert isinstance(cases, list)
    assert [(case["order"], case["step"]) for case in cases] == [
        (other, "contact_seller"),
        (ORDER, "contact_seller"),
        ("8055555555555555", "contact_seller"),
    ]
    assert recorder.context["count"] == 3
    assert alert.severity is Severity.ACTION
    assert words(recorder).summary([], now).severity is Severity.NOTICE


@pytest.mark.parametrize(
    ("part", "key"),
    [(Part.ACCOUNT, "account"), (Part.CHANNEL, "channel"), (Part.FOLDER, "account")],
)
def test_failing_part_is_named_for_what_the_settings_call_it(part: Part, key: str) -> None:
    """A folder's failure is told under its account."""
    recorder = Recorder()
    health = Health(part=part, name="home", failing_since=START, failures=3)
    words(recorder).health("account_failing", health, Severity.URGENT)
    assert recorder.context[key] == "home"
    assert recorder.context["since"] == START
    assert recorder.context["help_link"] == "https://x.example/help"


def test_alert_to_try_a_channel_names_it() -> None:
    """The person sees which one it was."""
    recorder = Recorder()
    assert words(recorder).test("phone").title == "test_alert"
    assert recorder.context["channel"] == "phone"


def test_every_template_is_told_of_the_same_case() -> None:
    """A case that nothing is known of can be worded as well."""
    facts = words(Recorder()).facts(Case(order=ORDER), START)
    assert facts["order"] == ORDER
    assert facts["unproven"] is False
