"""Whatever is known of a case and whatever is not: no alert and no letter has a hole."""

import re
from datetime import UTC, date, timedelta
from decimal import Decimal
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links, load_playbook
from watcher.adapters.template_language import shipped_names
from watcher.adapters.templates import Renderer
from watcher.domain.case import OPEN_STATES
from watcher.domain.clock import CLOCKS, Clock
from watcher.domain.event import Method, Reason, RefundForm
from watcher.domain.money import Money

ORDER = "80123456789012345678"
"""The longest there are."""
TODAY = date(2026, 11, 22)
RUNGS = {rung.name: rung for rung in load_playbook().rungs}
LANGUAGES = ("en", "de", "es", "fr", "pt")

HOLE = re.compile(
    r"None|Undefined|\{\{|\}\}|\{%|%\}"  # not filled in
    r"|  |\( ?\)|\(;|\n\n\n"  # something is missing between
    r"|[ \u00a0][.,)]|[ ][;:!?]|\.\.|,,|,\.|:\.|;\.|\. ?,"  # or before a mark
    r"|(?:^|\n)[ .,;:)]|[ \u00a0(](?:\n|$)"  # or where a line begins or ends
)

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
currencies = st.sampled_from(["EUR", "USD", "BRL", "KRW", "IDR"])


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """A fact that is known or not."""
    return st.none() | values


@st.composite
def clocks(draw: st.DrawFn) -> list[dict[str, object]]:
    """The clocks that run, the earliest first."""
    found = []
    for name in draw(st.sets(st.sampled_from(Clock))):
        left = draw(st.integers(-40, 200))
        found.append(
            {
                "name": name.value,
                "day": TODAY + timedelta(days=left),
                "days_left": left,
                "days": draw(st.integers(1, 180)),
                "working": CLOCKS[name].working,
                "lost": CLOCKS[name].lost,
            }
        )
    return sorted(found, key=lambda clock: int(str(clock["days_left"])))


@st.composite
def facts(draw: st.DrawFn) -> dict[str, object]:
    """What a template or a letter is given: each fact there or not, whatever the others are."""
    currency = draw(currencies)
    sums = st.decimals(0, Decimal("99999999.99"), places=2).map(
        lambda amount: Money(amount=amount, currency=currency)
    )
    amount = draw(st.none() | sums)
    running = draw(clocks())
    lead = running[0] if running else {}
    reason = draw(st.none() | st.sampled_from(Reason))
    advice = load_hints()[reason] if reason else None
    contacted_on = draw(maybe(days))
    return {
        "order": ORDER,
        "account": "home",
        "state": draw(st.sampled_from(sorted(OPEN_STATES))).value,
        "amount": amount,
        "remaining": None if amount is None else draw(st.just(amount) | sums),
        "received": Decimal(0),
        "announced": draw(maybe(sums)),
        "contacted": contacted_on is not None or draw(st.booleans()),
        "contacted_on": contacted_on,
        "reason": None if reason is None else reason.value,
        "opened": draw(days),
        "closed": draw(maybe(days)),
        "shipped": draw(st.booleans()),
        "delivered": draw(st.booleans()),
        "falls_short": draw(st.booleans()),
        "deadline": lead.get("day"),
        "clock_name": lead.get("name"),
        "days_left": lead.get("days_left"),
        "working_days": lead.get("days") if lead.get("working") else None,
        "clocks": running,
        "binding": draw(st.sampled_from([None, *running])),
        "store": draw(st.sampled_from([None, "Nuts & Bolts Store"])),
        "items": draw(st.lists(st.sampled_from(["Bolts M6", "A lamp (blue) " + "x" * 90]))),
        "method": draw(maybe(st.sampled_from([each.value for each in Method]))),
        "refund_form": draw(maybe(st.sampled_from([each.value for each in RefundForm]))),
        "paid_on": draw(maybe(days)),
        "disputed_on": draw(maybe(days)),
        "helped_on": draw(maybe(days)),
        "announced_on": draw(maybe(days)),
        "seller_history": draw(
            maybe(
                st.fixed_dictionaries(
                    dict.fromkeys(("orders", "cancelled", "late"), st.integers(0, 12))
                )
            )
        ),
        "unfamiliar": draw(st.booleans()),
        "unproven": draw(st.booleans()),
        "next_step": draw(maybe(st.just("remind the seller"))),
        "next_day": draw(maybe(days)),
        "note": "",
        "hint": advice.order if advice and draw(st.booleans()) else "",
        "next_hint": advice.next if advice and draw(st.booleans()) else "",
    } | {f"{name}_link": link.format(order=ORDER) for name, link in load_links().items()}


@lru_cache
def renderer(language: str) -> Renderer:
    """Compiled once a language."""
    return Renderer(zone=UTC, language=language)


def holes(text: str) -> list[str]:
    """Places where something is missing, with what stands around them."""
    without_links = re.sub(r"https://\S+", "LINK", text)
    return [
        without_links[max(0, hole.start() - 30) : hole.end() + 30]
        for hole in HOLE.finditer(without_links)
    ]


@settings(max_examples=60, deadline=None)
@given(facts())
def test_no_alert_has_a_hole(told: dict[str, object]) -> None:
    """Every step's alert is whole sentences, its title one short line, its end a command."""
    for name, rung in RUNGS.items():
        letter = renderer("en").letter(rung.letter, told) if rung.letter else ""
        own = {"step": name, "letter": letter, "command": f"aliwatch did {ORDER} {name}"}
        alert = renderer("en").render(name, told | own)
        assert holes(alert.title) == [], name
        assert holes(alert.body) == [], name
        assert len(alert.title) <= 90
        assert ORDER in alert.title
        assert letter in alert.body
        assert re.search(rf"aliwatch (did {ORDER} {name}|received {ORDER})", alert.body)
        assert len(alert.body) <= 1500


@settings(max_examples=60, deadline=None)
@given(st.lists(facts(), min_size=1, max_size=3), st.sampled_from(sorted(RUNGS)))
def test_no_list_of_orders_has_a_hole(told: list[dict[str, object]], step: str) -> None:
    """Neither one of orders at the same step, nor one of old news."""
    own = {
        "step": step,
        "next_step": RUNGS[step].title,
        "letter_command": "",
        "command": "aliwatch",
    }
    general = {"count": len(told), "totals": [], "all_orders_link": "https://x.example/"}
    listed = {"cases": [each | own for each in told], "open_count": len(told)} | general | own
    for name in ("several", "summary"):
        alert = renderer("en").render(name, listed)
        assert holes(alert.title) == [], name
        assert holes(alert.body) == [], name


@settings(max_examples=60, deadline=None)
@given(facts(), st.sampled_from(LANGUAGES))
def test_no_letter_has_a_hole(told: dict[str, object], language: str) -> None:
    """In no language, on either side."""
    for name in shipped_names("letters"):
        letter = renderer(language).letters(name, told)
        for text in (letter.text, letter.translation or ""):
            assert holes(text) == [], (name, language)
        assert ORDER in letter.text
        assert "\n\n" not in letter.text
        assert "aliwatch" not in letter.text
