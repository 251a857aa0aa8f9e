"""The ladder, the links and the hints as files: the shipped ones, and the person's over them."""

from datetime import time
from pathlib import Path

import pytest

from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import RUNG_KEYS, load_links, load_playbook
from watcher.adapters.shipped_files import read_layers, shipped_text
from watcher.domain.alert import Severity
from watcher.domain.case import OPEN_STATES, State
from watcher.domain.errors import UserError
from watcher.domain.event import EventKind, Reason
from watcher.domain.playbook import Anchor, When


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
    """Seller at once, a reminder, the dispute on the last day, the complaint; none falls silent."""
    playbook = load_playbook()
    assert playbook.hour == time(9)
    assert playbook.silent_states() == ()
    owed = [rung.name for rung in playbook.rungs if State.OWED in rung.at and not rung.aside]
    assert owed == ["contact_seller", "remind_seller", "open_dispute", "file_complaint"]
    dispute = playbook.find("open_dispute")
    assert dispute is not None
    assert dispute.at[State.OWED] == When(anchor=Anchor.REFUND, days=0)
    assert dispute.severity is Severity.URGENT
    assert dispute.letter == "open_dispute"
    assert dispute.records is EventKind.DISPUTE_OPENED
    for state in OPEN_STATES:
        assert any(state in rung.at for rung in playbook.rungs)


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
    assert remind.at == {State.OWED: When(anchor=Anchor.REFUND, days=-5, working=True)}
    assert remind.title == "remind the seller"
    assert playbook.rungs[-1].name == "ask_bank"


def test_folder_without_own_files_is_fine(tmp_path: Path) -> None:
    """Nothing needs to be there."""
    assert load_playbook(tmp_path) == load_playbook()


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """With the place, what was expected, and the nearest known name."""
    said = problems(
        tmp_path,
        """
        hours = "09:00"
        hour = "9 o'clock"
        [step.one]
        titel = "x"
        colour = "red"
        at = { owed = "closed +0d" }
        severity = "action"
        [step.two]
        title = "x"
        at = "closed +0d"
        severity = "action"
        [step.three]
        title = "x"
        at = { owd = "closed +0d" }
        severity = "loud"
        [step.four]
        title = "x"
        at = { owed = "closing +0d" }
        severity = "action"
        [step.five]
        title = "x"
        at = { owed = "closed +0d" }
        severity = "action"
        repeat = "0d"
        """,
    )
    for expected in (
        "hours: unknown key",
        "known: hour, step",
        "hour:",
        'like "09:00"',
        "step.one.titel: unknown key",
        "did you mean title?",
        "step.one.colour: unknown key",
        f"known: {', '.join(RUNG_KEYS)}",
        "step.one: title is missing",
        "step.two: at: expected a table",
        "step.three:",
        "'closing' is no anchor",
        "repeat: expected days, like '7d'",
    ):
        assert expected in said, expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('step = "none"', "step: expected a table of steps"),
        ('[step]\nopen_dispute = "never"', "step.open_dispute: expected a table of keys"),
        ('[step.open_dispute]\nrecords = "nothing"', "nothing"),
        ("[step.x]\ntitle = 3\nat = 5\nseverity = 1", "expected a table"),
        ("hour = 9", "hour"),
        ('[step.open_dispute]\nrepeat = "²d"', "step.open_dispute"),
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
    """Each of the seven, short enough for an alert."""
    hints = load_hints()
    assert set(hints) == set(Reason)
    assert all(0 < len(hint) <= 200 for hint in hints.values())


def test_own_hint_overrides_one(tmp_path: Path) -> None:
    """A person's own words for one reason; the other reasons keep the shipped ones."""
    own(tmp_path, '[seller]\norder = "Ask my cousin."\n[customs]\nnext = "x"', "hints.toml")
    assert load_hints(tmp_path) == load_hints() | {Reason.SELLER: "Ask my cousin."}


@pytest.mark.parametrize("text", ['[weather]\norder = "x"', 'seller = "x"'])
def test_unknown_reason_is_refused_with_the_known_ones(tmp_path: Path, text: str) -> None:
    """A slip of the keyboard would silence the hint."""
    with pytest.raises(UserError, match=r"unknown reason(.|\n)*processing_time"):
        load_hints(own(tmp_path, text, "hints.toml"))


def test_shipped_text_is_read_by_name() -> None:
    """Installed or from the repository."""
    assert "[step.contact_seller]" in shipped_text("playbook.toml")
