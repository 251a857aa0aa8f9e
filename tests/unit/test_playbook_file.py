"""The ladder, the links and the hints as files: the shipped ones, and the person's over them."""

from dataclasses import replace
from datetime import UTC, time
from decimal import Decimal
from pathlib import Path

import pytest

from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import RUNG_KEYS, load_links, load_playbook
from watcher.adapters.shipped_files import read_layers, shipped_text
from watcher.app.guidance import Outlook, make_wording
from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.clock import Terms
from watcher.domain.errors import UserError
from watcher.domain.event import EventKind, Method, Reason
from watcher.domain.playbook import Anchor, Condition, Done, Rung, When


def own(folder: Path, text: str, name: str = "playbook.toml") -> Path:
    """Put a file beside the settings."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, text: str) -> str:
    """What is said of a person's own playbook."""
    with pytest.raises(UserError) as refused:
        load_playbook(own(folder, text))
    return str(refused.value)


def test_shipped_ladder_is_the_guides() -> None:
    """Seller, refund page, reminder, dispute, complaint, the bank; none falls silent."""
    playbook = load_playbook()
    assert playbook.hour == time(9)
    assert playbook.silent_states() == ()
    assert list(playbook.unknown_anchors()) == []
    owed = [rung.name for rung in playbook.rungs if State.OWED in rung.at and not rung.aside]
    assert owed == [
        "contact_seller",
        "check_refund",
        "remind_seller",
        "open_dispute",
        "last_dispute_day",
        "ask_help_centre",
        "file_complaint",
        "claim_back",
    ]
    dispute = playbook.find("open_dispute")
    assert dispute is not None
    assert dispute.at[State.OWED] == (
        When(anchor=Anchor.DISPUTE, days=-5),
        When(anchor=Anchor.REFUND, days=0),
    )
    assert dispute.severity is Severity.URGENT
    assert dispute.letter == "open_dispute"
    assert dispute.records is EventKind.DISPUTE_OPENED
    for state in OPEN_STATES:
        assert any(state in rung.at for rung in playbook.rungs)


def test_every_key_of_a_step_is_read(tmp_path: Path) -> None:
    """One step that says everything that a step can say."""
    playbook = load_playbook(
        own(
            tmp_path,
            """
            [step.everything]
            title = "do it"
            at = { owed = ["contact_seller +3d", "refund -2wd"], asking = "opened +1d" }
            severity = "notice"
            only = { shipped = false, short = true, reason = ["customs", "seller"], \
                     method = "card", amount_at_least = 9.5 }
            letter = "contact_seller"
            records = "dispute_opened"
            repeat = "3d"
            within = 12
            aside = true
            """.replace("\\\n", ""),
        )
    )
    assert playbook.find("everything") == Rung(
        name="everything",
        title="do it",
        at={
            State.OWED: (
                When(anchor=Done(step="contact_seller"), days=3),
                When(anchor=Anchor.REFUND, days=-2, working=True),
            ),
            State.ASKING: (When(anchor=Anchor.OPENED, days=1),),
        },
        severity=Severity.NOTICE,
        only=Condition(
            shipped=False,
            short=True,
            reasons=frozenset({Reason.CUSTOMS, Reason.SELLER}),
            methods=frozenset({Method.CARD}),
            amount_at_least=Decimal("9.5"),
        ),
        letter="contact_seller",
        records=EventKind.DISPUTE_OPENED,
        repeat_days=3,
        within_days=12,
        aside=True,
    )


def test_own_file_overrides_key_by_key(tmp_path: Path) -> None:
    """One changed line leaves the rest of the step as it was shipped."""
    playbook = load_playbook(
        own(
            tmp_path,
            """
            hour = "18:30"
            [step.remind_seller]
            at = { owed = "refund -5wd" }
            [step.ask_bank]
            title = "ask the bank"
            at = { announced = "posting +3d" }
            severity = "urgent"
            """,
        )
    )
    assert playbook.hour == time(18, 30)
    remind = playbook.find("remind_seller")
    assert remind is not None
    assert remind.at == {State.OWED: (When(anchor=Anchor.REFUND, days=-5, working=True),)}
    assert remind.title == "remind the seller"
    assert playbook.rungs[-1].name == "ask_bank"


def test_folder_without_own_files_is_fine(tmp_path: Path) -> None:
    """Nothing needs to be there."""
    assert load_playbook(tmp_path) == load_playbook()


WRONG = """
hours = "09:00"
hour = "9 o'clock"
[step.one]
titel = "x"
colour = "red"
at = { owed = "closed +0d" }
severity = "action"
[step.two]
title = 3
at = "closed +0d"
severity = "loud"
letter = 7
records = "nothing"
repeat = "0d"
within = "7wd"
aside = "yes"
only = "shipped"
[step.three]
title = "x"
at = { owd = "closed +0d", owed = ["closed 0d", 5], asking = [], disputed = "closing +0d" }
severity = "action"
[step.four]
title = ""
at = { owed = "closed +0d" }
severity = "action"
only = { shiped = true, shipped = "yes", reason = ["weather", 3], method = "cash", \
         amount_at_least = "much" }
[step.five]
[step.refund]
title = "x"
at = { owed = "closed +0d" }
severity = "action"
""".replace("\\\n", "")


@pytest.mark.parametrize(
    "expected",
    [
        "hours: unknown key",
        "known: hour, step",
        "playbook.toml: hour:",
        'like "09:00"',
        "step.one.titel: unknown key",
        "did you mean title?",
        "step.one.colour: unknown key",
        f"known: {', '.join(RUNG_KEYS)}",
        "step.one: title is missing",
        "step.two.title: expected a text, not 3",
        "step.two.at: expected a table",
        "step.two.severity: 'loud' is not known; known: notice, action, urgent",
        "step.two.letter: expected a text, not 7",
        "step.two.records: 'nothing' is nothing a step can mean; known: order_confirmed, dispute",
        "step.two.repeat: expected days, like '7d', not '0d'",
        "step.two.within: expected days, like '7d', not '7wd'",
        "step.two.aside: expected true or false, not 'yes'",
        "step.two.only: expected a table",
        "step.three.at.owd: 'owd' is not known; known: unknown, unpaid",
        "step.three.at.owed: expected ANCHOR and a time, like 'refund -3wd', not 'closed 0d'",
        "step.three.at.owed: expected ANCHOR and a time, like 'refund -3wd', not '5'",
        "step.three.at.asking: expected at least one time",
        "step.three.at: 'closing' is no anchor and no step",
        "anchors: confirmed, shipped",
        "step.four.title: expected a text, not ''",
        "step.four.only.shiped: unknown key",
        "did you mean shipped?",
        "step.four.only.shipped: expected true or false, not 'yes'",
        "step.four.only.reason: 'weather' is not known; known: seller, processing_time",
        "step.four.only.reason: 3 is not known",
        "step.four.only.method: 'cash' is not known; known: card, paypal, wallet, balance",
        "step.four.only.amount_at_least: expected an amount, like 10, not 'much'",
        "step.five: title is missing",
        "step.five: at is missing",
        "step.five: severity is missing",
        "step.refund: no step may be called like an anchor",
    ],
)
def test_every_problem_is_told_at_once(tmp_path: Path, expected: str) -> None:
    """Of one file with everything wrong: the place, what was expected, the nearest known name."""
    assert expected in problems(tmp_path, WRONG)


def test_ladder_that_could_not_be_read_is_not_called_silent(tmp_path: Path) -> None:
    """The step that cannot be read may be the one that goes on."""
    said = problems(tmp_path, '[step.file_complaint]\nrepeat = "weekly"')
    assert "step.file_complaint.repeat" in said
    assert "silent" not in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('step = "none"', "step: expected a table of steps"),
        ('[step]\nopen_dispute = "never"', "step.open_dispute: expected a table of keys"),
        ("[step.x]\ntitle = 3\nat = 5\nseverity = 1", "expected a table"),
        ("hour = 9", "hour"),
        ('[step.open_dispute]\nrepeat = "²d"', "step.open_dispute"),
        ('[step.open_dispute]\nrepeat = "99999999999d"', "step.open_dispute"),
        ("[step.open_dispute]\nrepeat = true", "step.open_dispute"),
        ("[step.open_dispute]\nseverity = {}", "step.open_dispute.severity"),
        ("[step.open_dispute]\nonly = { amount_at_least = nan }", "amount_at_least"),
        ("[step.open_dispute]\nonly = { amount_at_least = -1 }", "amount_at_least"),
        ("[step.open_dispute]\nonly = { shipped = 1 }", "only.shipped"),
        ('[step.open_dispute]\nonly = { short = "yes" }', "only.short: expected true or false"),
        ('[step.open_dispute]\nrecords = "money_received"', "nothing a step can mean"),
        ("[step.open_dispute]\nrecords = []", "nothing a step can mean"),
        (
            '[step.open_dispute]\nat = { owed = "open_dispute +3d" }',
            "step.open_dispute.at: a step is not counted from itself",
        ),
        ("[step.open_dispute]\nonly = { shipped = [true] }", "only.shipped"),
        ('[step.x]\ntitle = "x"\nat = { owed = "y +1d" }\nseverity = "action"', "'y' is no anchor"),
    ],
)
def test_values_of_a_wrong_kind_are_problems_and_no_crash(
    tmp_path: Path, text: str, what: str
) -> None:
    """Whatever a person writes there is answered with a place."""
    assert what in problems(tmp_path, text)


def test_ladder_that_falls_silent_is_refused(tmp_path: Path) -> None:
    """The last step of every open state must repeat."""
    said = problems(tmp_path, '[step.check_payment]\nat = { owed = "opened +0d" }')
    assert "state asking" in said
    assert 'repeat = "7d"' in said


@pytest.mark.parametrize("content", [b"hour = ", b"\xff\xfe"])
def test_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    """The person sees which file, and can correct or remove it."""
    (tmp_path / "playbook.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"playbook\.toml.*\n.*correct the file"):
        load_playbook(tmp_path)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder of that name is none of ours to fix."""
    (tmp_path / "playbook.toml").mkdir()
    with pytest.raises(UserError, match="playbook"):
        read_layers("playbook.toml", tmp_path)


def test_missing_words_are_told_together_with_what_is_wrong_in_the_file(tmp_path: Path) -> None:
    """Whoever corrects the file need not come back for a second list."""
    own(
        tmp_path,
        """
        [step.one]
        title = "x"
        at = { owed = "closed +0d" }
        severity = "loud"
        letter = "nobody_wrote"
        """,
    )
    outlook = Outlook(zone=UTC, language="en", terms=Terms(), holidays=(), overrides=tmp_path)
    with pytest.raises(UserError) as refused:
        make_wording(outlook)
    said = str(refused.value)
    assert "step.one.severity: 'loud' is not known" in said
    assert "no template one.txt.j2" in said
    assert "no letter nobody_wrote.txt.j2" in said


# --- Links


def test_shipped_links_lead_to_aliexpress() -> None:
    """Each https, on AliExpress's own domain, and filled in with the order alone."""
    for link in load_links().values():
        address = link.format(order="1")
        assert address.startswith(("https://www.aliexpress.com/", "https://m.aliexpress.com/")) or (
            address == "https://helpcenter.aliexpress.com/"
        )


def test_own_link_overrides_one(tmp_path: Path) -> None:
    """They change; the person need not wait for us."""
    own(tmp_path, 'order = "https://www.aliexpress.com/new?o={order}"', "links.toml")
    links = load_links(tmp_path)
    assert links["order"] == "https://www.aliexpress.com/new?o={order}"
    assert links["help"] == load_links()["help"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('ordr = "https://x.example/"', "unknown link"),
        ('order = "http://x.example/"', "must begin with https://"),
        ('order = "https://x.example/{number}"', "no braces but {order}"),
        ('order = "https://x.example/{order"', "no braces but {order}"),
        ('order = "https://x.example/{order.__class__}"', "no braces but {order}"),
        ("order = 5", "must begin with https://"),
    ],
)
def test_link_that_could_not_be_filled_in_is_refused(tmp_path: Path, line: str, what: str) -> None:
    """At the start, and not on the day when an alert is due."""
    with pytest.raises(UserError, match=what):
        load_links(own(tmp_path, line, "links.toml"))


# --- Hints


def test_every_reason_has_a_hint() -> None:
    """Each of the seven, for this order and for the next, short enough for an alert."""
    hints = load_hints()
    assert set(hints) == set(Reason)
    for advice in hints.values():
        assert 0 < len(advice.order) <= 200
        assert 0 < len(advice.next) <= 200


def test_own_hint_overrides_one(tmp_path: Path) -> None:
    """A person's own words for one reason; the other reasons keep the shipped ones."""
    own(tmp_path, '[seller]\norder = "Ask my cousin."\n[customs]\nnext = "x"', "hints.toml")
    shipped, mine = load_hints(), load_hints(tmp_path)
    assert mine == shipped | {
        Reason.SELLER: replace(shipped[Reason.SELLER], order="Ask my cousin."),
        Reason.CUSTOMS: replace(shipped[Reason.CUSTOMS], next="x"),
    }


def test_unknown_line_of_a_hint_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """Of the two that there are."""
    with pytest.raises(UserError, match=r"seller\.later: unknown key(.|\n)*known: order, next"):
        load_hints(own(tmp_path, '[seller]\nlater = "x"', "hints.toml"))


@pytest.mark.parametrize("text", ['[weather]\norder = "x"', 'seller = "x"'])
def test_unknown_reason_is_refused_with_the_known_ones(tmp_path: Path, text: str) -> None:
    """A slip of the keyboard would silence the hint."""
    with pytest.raises(UserError, match=r"unknown reason(.|\n)*processing_time"):
        load_hints(own(tmp_path, text, "hints.toml"))


def test_shipped_text_is_read_by_name() -> None:
    """Installed or from the repository."""
    assert "[step.contact_seller]" in shipped_text("playbook.toml")
