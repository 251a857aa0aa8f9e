"""The texts that the person reads keep their promises."""

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from watcher.adapters.playbook_file import load_playbook
from watcher.adapters.template_language import shipped_names
from watcher.adapters.templates import Renderer
from watcher.domain.clock import CLOCKS, Clock
from watcher.domain.event import Reason
from watcher.domain.money import Money

ORDER = "8012345678901234"
ORDER_LINK = f"https://www.aliexpress.com/p/order/detail.html?orderId={ORDER}"
SELLER_LINK = (
    "https://www.aliexpress.com/p/message/index.html"
    f"?fromCode=order&orderId={ORDER}&bizContext=orderDetail"
)
PAID = Money(amount=Decimal("12.34"), currency="EUR")
LETTERS = {
    "contact_seller": "contact_seller",
    "remind_seller": "remind_seller",
    "ask_shipping": "ask_shipping",
    "open_dispute": "open_dispute",
    "last_dispute_day": "open_dispute",
    "dispute_rest": "dispute_rest",
    "ask_help_centre": "ask_help_centre",
    "answer_dispute": "answer_dispute",
    "file_complaint": "file_complaint",
    "trace_refund": "trace_refund",
    "claim_back": "claim_back",
}
STEPS = (
    *LETTERS,
    *("check_payment", "check_refund", "watch_refund", "check_frozen", "unproven_refund"),
    "protect_order",
)
NOTICES = (
    *("account_failing", "account_recovered", "channel_failing", "mail_unrecognised"),
    *("mail_imitation", "mail_set_aside", "summary", "test_alert", "folder_missing"),
    "order_failing",
)
EVIL = "<!channel> @everyone [x](http://evil.example)"


def renderer(overrides: Path | None = None, *, language: str = "en") -> Renderer:
    """A renderer in Berlin."""
    return Renderer(zone=ZoneInfo("Europe/Berlin"), language=language, overrides=overrides)


def step_context(step: str, **changes: object) -> dict[str, object]:
    """What a step's template is given for a typical case: what many do not have is left out."""
    context: dict[str, object] = {
        "order": ORDER,
        "amount": PAID,
        "remaining": PAID,
        "state": "owed",
        "reason": "seller",
        "opened": date(2026, 11, 3),
        "closed": date(2026, 11, 3),
        "deadline": date(2026, 12, 1),
        "days_left": 28,
        "working_days": 20,
        "clock_name": "posting" if step in {"watch_refund", "trace_refund"} else "refund",
        "order_link": ORDER_LINK,
        "seller_link": SELLER_LINK,
        "dispute_link": "https://m.aliexpress.com/p/refund-dispute/list.html",
        "help_link": "https://helpcenter.aliexpress.com/",
        "all_orders_link": "https://www.aliexpress.com/p/order/index.html",
        "hint": hints()["seller"]["order"],
        "letter": "",
        "next_step": "open_dispute",
        "next_day": date(2026, 12, 1),
        "unfamiliar": False,
        "shipped": True,
        "contacted": True,
        "unproven": False,
        "account": "home",
        "command": f"aliwatch did {ORDER} {step}",
        "note": "",
    }
    context |= changes
    if step in LETTERS:
        context["letter"] = renderer().letter(LETTERS[step], context)
    return context


def notice_context() -> dict[str, object]:
    """What the notices are given."""
    case = {
        "order": ORDER,
        "amount": PAID,
        "state": "owed",
        "deadline": date(2026, 12, 1),
        "days_left": 28,
        "clock_name": "refund",
        "method": None,
        "next_step": "contact the seller",
    }
    return {
        "account": "home",
        "channel": "phone",
        "order": ORDER,
        "detail": "the login was refused",
        "fix": "make a new app password: https://example.org/passwords",
        "since": datetime(2026, 11, 3, 23, 30, tzinfo=UTC),
        "count": 2,
        "open_count": 2,
        "subjects": ["Something new", "Something else"],
        "cases": [case, case | {"amount": None, "deadline": None, "next_step": ""}],
        "all_orders_link": "https://www.aliexpress.com/p/order/index.html",
    }


def hints() -> dict[str, dict[str, str]]:
    """The shipped advice by reason."""
    text = files("watcher.config").joinpath("hints.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def test_shipped_templates_are_the_ones_known() -> None:
    """Every step and notice has its template."""
    assert set(shipped_names("templates")) >= {*STEPS, *NOTICES}
    assert set(shipped_names("letters")) >= set(LETTERS.values())


@pytest.mark.parametrize("step", STEPS)
def test_step_says_what_how_much_by_when_where_and_what_to_type(step: str) -> None:
    """Each step's alert names order, money, last day and link, hands over letter and command."""
    context = step_context(step)
    alert = renderer().render(step, context)
    assert ORDER in alert.title
    assert "€12.34" in alert.title + alert.body
    assert "Dec 1, 2026" in alert.body
    assert "in 28 days (20 working days)" in alert.body
    assert any(
        link in alert.body
        for link in (
            ORDER_LINK,
            "https://helpcenter.aliexpress.com/",
            "https://m.aliexpress.com/p/refund-dispute/list.html",
        )
    )
    money_there = f"aliwatch received {ORDER}"
    assert str(context["command"]) in alert.body or money_there in alert.body
    assert str(context["letter"]) in alert.body
    assert bool(context["letter"]) == (step in LETTERS)


@pytest.mark.parametrize("step", STEPS)
def test_typical_step_fits_a_small_channel(step: str) -> None:
    """Letter and links included, an alert stays within what the smallest service takes."""
    alert = renderer().render(step, step_context(step))
    assert len(alert.body) <= 1000
    assert len(alert.title) <= 100


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_step_reads_well_with_nothing_known(step: str, reason: str | None) -> None:
    """Without amount, dates and reason the alert is still whole, and says nothing of `None`."""
    unknown = dict.fromkeys(
        ("amount", "remaining", "closed", "deadline", "days_left", "next_day"), None
    )
    alert = renderer().render(
        step, step_context(step, **unknown, reason=reason, working_days=0, hint="")
    )
    assert ORDER in alert.title
    assert alert.body
    for trace in ("None", "{{", "}}", "{%", "\n\n\n", " .", "..", "  "):
        assert trace not in alert.body


@pytest.mark.parametrize(
    ("days", "words"),
    [(28, "in 28 days"), (1, "in 1 day"), (0, "today"), (-1, "1 day ago"), (-90, "90 days ago")],
)
def test_days_left_are_counted_in_days(days: int, words: str) -> None:
    """The distance to the last day is told in days, and overdue as such."""
    body = renderer().render("contact_seller", step_context("contact_seller", days_left=days)).body
    assert f"Dec 1, 2026, {words}" in body
    assert ("The last day for the refund was Dec 1" in body) == (days < 0)


def clock(name: str, day: date, days_left: int, **changes: object) -> dict[str, object]:
    """A clock as the facts of a case tell it."""
    rule = CLOCKS[Clock(name)]
    told = {"days": 20, "working": rule.working, "lost": rule.lost}
    return {"name": name, "day": day, "days_left": days_left} | told | changes


RUNNING = (
    clock("dispute", date(2026, 11, 18), 15),
    clock("refund", date(2026, 12, 1), 28),
    clock("chargeback", date(2027, 2, 20), 109),
)


@pytest.mark.parametrize("step", STEPS)
def test_first_lines_say_what_to_do_and_what_is_lost_after_which_day(step: str) -> None:
    """A lock screen shows two lines: the act, then the day that binds first and its end."""
    context = step_context(
        step, clocks=RUNNING, clock_name="dispute", deadline=date(2026, 11, 18), days_left=15
    )
    act, day, *_ = renderer().render(step, context).body.splitlines()
    assert len(act) <= 100
    assert day == (
        "Last day to open a dispute: Nov 18, 2026, in 15 days. "
        "After it no dispute can be opened for this order."
    )


def test_day_of_the_step_itself_comes_before_an_earlier_one() -> None:
    """What a step is counted from is its own day; the earlier one is among the others."""
    context = step_context(
        "remind_seller", clocks=RUNNING, clock_name="dispute", binding=RUNNING[1], days_left=15
    )
    alert = renderer().render("remind_seller", context)
    assert alert.title.endswith("last day in 28 days")
    assert "Last day for the refund: Dec 1, 2026, in 28 days (20 working days)." in alert.body
    assert "Also running: dispute until Nov 18, 2026, bank claim until Feb 20, 2027." in alert.body


@pytest.mark.parametrize(
    ("method", "words"),
    [("paypal", "from PayPal"), ("card", "from your card's bank"), (None, "bank or PayPal")],
)
def test_claim_names_who_can_fetch_the_money_back(method: str | None, words: str) -> None:
    """PayPal, the card's bank, or both where nobody said how it was paid."""
    context = step_context(
        "claim_back",
        method=method,
        clocks=RUNNING,
        binding=clock("chargeback", date(2027, 2, 20), 14),
    )
    alert = renderer().render("claim_back", context)
    assert words in alert.title
    assert "Last day to claim it back" in alert.body
    assert str(CLOCKS[Clock.CHARGEBACK].lost) in alert.body


def test_dispute_says_why_it_does_not_wait_for_the_refund() -> None:
    """While the refund may still come the alert says so; afterwards that it is late."""
    early = step_context("open_dispute", clocks=RUNNING, binding=RUNNING[0])
    late = step_context("open_dispute", clocks=(clock("refund", date(2026, 12, 1), -3),))
    assert "the right to a dispute ends first" in renderer().render("open_dispute", early).body
    assert "should have been back by now" in renderer().render("open_dispute", late).body


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ((5, 2, 0), "Nuts Store cancelled 2 of your 5 orders."),
        ((5, 2, 1), "Nuts Store cancelled 2 of your 5 orders and refunded 1 late."),
        ((5, 0, 1), "Nuts Store refunded 1 of your 5 orders late."),
        ((5, 0, 0), None),
        ((1, 1, 0), None),
    ],
)
def test_history_of_the_store_is_told_where_it_tells_something(
    history: tuple[int, int, int], words: str | None
) -> None:
    """One order alone is no history, and a clean one is no news."""
    told = dict(zip(("orders", "cancelled", "late"), history, strict=True))
    context = step_context("contact_seller", store="Nuts Store", seller_history=told)
    lines = renderer().render("contact_seller", context).body.splitlines()
    assert [line for line in lines if line.startswith("Nuts Store")] == ([words] if words else [])


def test_refund_as_a_coupon_is_not_taken_for_money() -> None:
    """Who paid with money is told to ask for money."""
    context = step_context("watch_refund", refund_form="coupon")
    assert "ask for money" in renderer().render("watch_refund", context).body


def test_advice_for_the_next_order_comes_when_the_money_does() -> None:
    """One line at the end of one alert."""
    context = step_context("watch_refund", next_hint=hints()["seller"]["next"])
    body = renderer().render("watch_refund", context).body
    assert body.endswith("Next time: Look at the seller's rating and history before you order.")


@pytest.mark.parametrize("step", ["contact_seller", "check_payment", "open_dispute"])
def test_doubt_is_said(step: str) -> None:
    """An unproven mail and an unfamiliar wording are told, and only where it is so."""
    sure = renderer().render(step, step_context(step)).body
    doubtful = renderer().render(step, step_context(step, unproven=True, unfamiliar=True)).body
    for words in ("not proven", "unfamiliar"):
        assert words in doubtful
        assert words not in sure


def test_dispute_fits_orders_that_were_never_shipped() -> None:
    """An order without a dispute button is shown the other way, and what is lost is said."""
    body = renderer().render("open_dispute", step_context("open_dispute")).body
    assert "never shipped" in body
    assert "help centre: https://helpcenter.aliexpress.com/" in body
    assert "within 15 days" in body


@pytest.mark.parametrize("step", ["open_dispute", "last_dispute_day"])
def test_who_asked_the_help_centre_says_that_and_no_dispute(step: str) -> None:
    """Two commands: what is said to be opened starts the clocks of a dispute."""
    body = renderer().render(step, step_context(step)).body
    assert f"Opened? Type: aliwatch did {ORDER} {step}" in body
    assert f"Asked the help centre instead? Type: aliwatch did {ORDER} ask_help_centre" in body
    assert "aliwatch close" not in body
    asking = renderer().render(step, step_context(step, state="asking")).body
    assert f"Not paid, or all is well? Type: aliwatch close {ORDER}" in asking


@pytest.mark.parametrize("step", ["contact_seller", "watch_refund", "file_complaint", "claim_back"])
def test_unknown_way_of_payment_is_asked_for_once_in_a_line(step: str) -> None:
    """The bank's and PayPal's time hang on it; who said it is not asked again."""
    words = f"How did you pay? Type: aliwatch paid-by {ORDER} METHOD"
    assert words in renderer().render(step, step_context(step)).body.splitlines()
    assert words not in renderer().render(step, step_context(step, method="card")).body


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"refund_form": "coupon"}, "Look at your coupons"),
        ({"refund_form": "balance"}, "Look at your AliExpress balance"),
        ({"method": "balance"}, "Look at your AliExpress balance"),
        ({"method": "paypal"}, "Look at your PayPal account"),
    ],
)
def test_refund_is_looked_for_where_it_was_sent(changes: dict[str, object], words: str) -> None:
    """No bank can find a coupon, a balance or a PayPal payment by an ARN."""
    body = renderer().render("trace_refund", step_context("trace_refund", **changes)).body
    assert words in body
    assert "ARN" not in body
    assert "your bank" not in body


def test_short_refund_is_told_with_the_day_until_which_the_rest_can_be_disputed() -> None:
    """What is announced, what is owed, and how to say that the part came."""
    part = Money(amount=Decimal(5), currency="EUR")
    context = step_context("dispute_rest", announced=part, clocks=RUNNING, binding=RUNNING[0])
    alert = renderer().render("dispute_rest", context)
    assert alert.title.endswith("only €5.00 announced, dispute the rest")
    assert "Last day to open a dispute: Nov 18, 2026" in alert.body
    assert "You are owed €12.34, and €5.00 is all that was announced." in alert.body
    assert f"aliwatch received {ORDER} 5" in alert.body
    trace = step_context("trace_refund", announced=part, falls_short=True)
    body = renderer().render("trace_refund", trace).body
    assert f"aliwatch received {ORDER} 5" in body, "the whole would end the case"
    assert "It is not all: you are owed €12.34." in body
    coupon = renderer().render("dispute_rest", step_context("dispute_rest", refund_form="coupon"))
    assert "only a coupon announced" in coupon.title


@pytest.mark.parametrize("step", ["open_dispute", "remind_seller", "check_refund"])
def test_refund_that_was_announced_is_not_denied(step: str) -> None:
    """After a part has come the rest is owed, and the mail about the part was there."""
    announced = step_context(step, announced_on=date(2026, 11, 5))
    late = (clock("refund", date(2026, 12, 1), -3),)
    body = renderer().render(step, announced | {"clocks": late}).body
    assert "no mail has announced" not in body.lower()
    assert "no mail has announced" in renderer().render(step, step_context(step)).body.lower()


def test_summary_of_orders_that_are_no_cases_calls_none_closed() -> None:
    """Orders that wait for shipping, alone or beside closed ones."""
    waiting = renderer().render("summary", notice_context() | {"open_count": 0})
    assert waiting.title == "2 orders to look at"
    assert "aliwatch close" not in waiting.body
    mixed = renderer().render("summary", notice_context() | {"open_count": 1})
    assert mixed.title == "2 orders to look at, 1 of them closed"
    assert "aliwatch close" in mixed.body


def test_unknown_payment_is_asked_with_both_answers() -> None:
    """The person can say with one command each that they paid, or that nothing is owed."""
    body = renderer().render("check_payment", step_context("check_payment")).body
    assert f"aliwatch did {ORDER} check_payment" in body
    assert f"aliwatch close {ORDER}" in body


def test_announced_refund_is_not_called_received() -> None:
    """What the mail said is told as said, a part of the money as a part."""
    part = Money(amount=Decimal(5), currency="EUR")
    alert = renderer().render("watch_refund", step_context("watch_refund", announced=part))
    assert "refund of €5.00 announced" in alert.title
    assert "announced is not received" in alert.body
    assert "less than the €12.34 that you are owed" in alert.body
    whole = renderer().render("watch_refund", step_context("watch_refund", announced=PAID))
    assert "Still to come: €12.34" in whole.body
    trace = renderer().render("trace_refund", step_context("trace_refund", announced=part))
    assert "€5.00 announced, but not there" in trace.title


def test_unproven_refund_changes_nothing() -> None:
    """A claim that nobody can prove says so, and that the case goes on."""
    body = renderer().render("unproven_refund", step_context("unproven_refund")).body
    assert "nothing proves that AliExpress sent it" in body
    assert "Nothing was changed" in body


@pytest.mark.parametrize("name", NOTICES)
def test_notice_is_short_and_names_what_it_is_about(name: str) -> None:
    """Each notice names the mailbox, channel or orders, and fits a small channel."""
    alert = renderer().render(name, notice_context())
    assert any(word in alert.title + alert.body for word in ("home", "phone", ORDER))
    assert len(alert.body) <= 1000
    assert "None" not in alert.body


def test_summary_has_a_line_for_each_case() -> None:
    """The summary tells each order's amount, state, last day and next step, and how many more."""
    alert = renderer().render("summary", notice_context() | {"count": 12, "open_count": 12})
    assert alert.title == "12 closed orders found in your mail"
    lines = [line for line in alert.body.splitlines() if line.startswith("- ")]
    assert lines == [
        f"- {ORDER}, €12.34: owed, last day for the refund: Dec 1, 2026; next: contact the seller",
        f"- {ORDER}, amount unknown: owed",
    ]
    assert "10 more" in alert.body


def test_dates_are_those_of_the_persons_zone() -> None:
    """A moment before midnight UTC is the next day in Berlin."""
    assert "since Nov 4, 2026" in renderer().render("account_failing", notice_context()).body


@pytest.mark.parametrize("language", ["de", "de-AT", "pt_BR", "xx", "", "../.."])
def test_language_without_templates_falls_back_to_english(language: str) -> None:
    """A language that is not shipped still gets every alert."""
    alert = renderer(language=language).render("contact_seller", step_context("contact_seller"))
    assert "Ask the seller why" in alert.body


def test_text_from_a_mail_is_inert_wherever_it_is_written() -> None:
    """A hostile subject loses its links and mentions without the template asking for it."""
    alert = renderer().render("mail_unrecognised", notice_context() | {"subjects": [EVIL]})
    for live in ("<!", "@", "](", "http://evil", "evil.example"):
        assert live not in alert.body
    assert "channel" in alert.body


def test_long_list_of_mails_is_cut_short() -> None:
    """Five subjects are named, a missing one as such, and the number of the others is told."""
    subjects = ["", *(f"Number {number}" for number in range(11))]
    context = notice_context() | {"subjects": subjects, "count": 12}
    body = renderer().render("mail_unrecognised", context).body
    assert "- (no subject)" in body
    assert "Number 3" in body
    assert "Number 4" not in body
    assert "7 more" in body


@pytest.mark.parametrize(("detail", "end"), [("", 'home".'), ("a b.", ": a b."), ("c", ": c.")])
def test_detail_ends_with_one_full_stop(detail: str, end: str) -> None:
    """A notice reads well whether or not something is known of the fault."""
    context = notice_context() | {"detail": detail, "since": None}
    body = renderer().render("account_failing", context).body
    assert body.splitlines()[0].endswith(end)


def test_strangers_text_cannot_add_lines(tmp_path: Path) -> None:
    """A line break in a subject cannot forge a command, nor push the title away."""
    (tmp_path / "mail_set_aside.txt.j2").write_text("{{ detail }}\n\nbody", encoding="utf-8")
    context = notice_context() | {"detail": "x\n\nNow type: rm"}
    alert = renderer(tmp_path).render("mail_set_aside", context)
    assert alert.title == "x Now type: rm"
    assert alert.body == "body"


def test_every_step_of_the_shipped_ladder_has_its_words() -> None:
    """The playbook names no alert and no letter that cannot be written."""
    for rung in load_playbook().rungs:
        assert renderer().has_alert(rung.name), rung.name
        assert rung.letter is None or renderer().has_letter(rung.letter), rung.name


def test_missing_value_is_a_bug_not_an_empty_place() -> None:
    """A context that lacks a name fails loudly instead of leaving a gap in the alert."""
    with pytest.raises(UndefinedError):
        renderer().render("contact_seller", {"order": ORDER})


def test_every_reason_has_advice() -> None:
    """For each reason there is one short sentence for this order and one for the next."""
    assert set(hints()) == set(Reason)
    for advice in hints().values():
        assert set(advice) == {"order", "next"}
        assert all(0 < len(text) <= 130 and text.endswith(".") for text in advice.values())
