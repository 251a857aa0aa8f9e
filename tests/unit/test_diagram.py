"""The diagram in ARCHITECTURE.md: drawn from the table, and found out where it is not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from watcher.app.diagram import BEGIN, END, GROUPS, START, draw, insert, main
from watcher.domain.case import State
from watcher.domain.event import EventKind
from watcher.domain.life import REASON_TABLE, SHARE_TABLE, TABLE, Proof

ROOT = Path(__file__).parents[2]
DOCUMENT = f"before\n{BEGIN}\nold\n{END}\nafter\n"


def arrows() -> dict[tuple[str, str], set[str]]:
    """Read the drawing back: from, to, and what is written on the arrow; groups taken apart."""
    found: dict[tuple[str, str], set[str]] = {}
    for source, target, label in re.findall(r"^    (\w+) --> (\w+): (.+)$", draw(), re.MULTILINE):
        members = [state.value for state in GROUPS[source]] if source in GROUPS else [source]
        for member in members:
            if member != target:
                found.setdefault((member, target), set()).update(label.split("<br/>"))
    return found


def test_diagram_in_the_repository_is_the_tables() -> None:
    """ARCHITECTURE.md shows the life of a case as the program lives it."""
    assert main(["--check", str(ROOT / "ARCHITECTURE.md")]) == 0


def test_every_move_of_the_table_is_drawn_and_none_else() -> None:
    """Taken apart again, the arrows are exactly the table's cells that lead elsewhere."""
    wanted = {
        (state.value, move.to.value, kind.value.replace("_", " "))
        for kind, row in TABLE.items()
        for state, move in row.items()
        if move.to is not state
    }
    wanted |= {
        (state.value, move.to.value, kind.value.replace("_", " "))
        for (kind, _), row in REASON_TABLE.items()
        for state, move in row.items()
    }
    wanted |= {
        (state.value, move.to.value, "money received")
        for row in SHARE_TABLE.values()
        for state, move in row.items()
        if move.to is not state
    }
    drawn = {
        (source, target, re.split(r" [\[(]", label)[0])
        for (source, target), labels in arrows().items()
        for label in labels
    }
    assert drawn == wanted


def test_arrow_says_what_proof_it_needs_and_who_can_cause_it() -> None:
    """A refund needs a proven mail, the money needs the person, a closing needs neither."""
    drawn = arrows()
    assert TABLE[EventKind.REFUND_ANNOUNCED][State.OWED].proof is Proof.NEEDED
    assert drawn["owed", "announced"] == {"refund announced (proven)"}
    assert drawn["announced", "owed"] == {"money received [as announced, and not all] (you)"}
    assert drawn["owed", "settled"] == {"money received (you)"}
    assert "order closed" in drawn["ordered", "owed"]
    assert drawn["unknown", "unpaid"] == {"payment pending (as proven)"}


def test_reason_that_changes_the_way_is_named() -> None:
    """A cancellation whose reason proves the payment leads straight to money owed."""
    (label,) = arrows()["unknown", "owed"]
    assert label == "order cancelled [seller, processing time, customs, tracking number]"


def test_life_begins_where_nothing_is_known() -> None:
    """The diagram has one beginning, and an end for each state that ends a case."""
    assert f"[*] --> {START}" in draw()
    assert set(re.findall(r"(\w+) --> \[\*\]", draw())) == {"settled", "dismissed"}


def test_drawing_is_the_same_in_every_process() -> None:
    """The order of Python's sets, which changes from run to run, does not show."""
    program = "from watcher.app.diagram import draw; import sys; sys.stdout.write(draw())"
    drawings = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert drawings == {draw().encode()}


def test_stale_diagram_is_found_and_drawn_anew(tmp_path: Path) -> None:
    """`--check` tells and writes nothing; without it the part between the markers is replaced."""
    path = tmp_path / "DOCUMENT.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    assert main(["--check", str(path)]) == 1
    assert path.read_text(encoding="utf-8") == DOCUMENT
    assert main([str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert draw() in text
    assert "\nold\n" not in text
    assert main(["--check", str(path)]) == 0


@pytest.mark.parametrize(
    "document",
    ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"],
    ids=["none", "no end", "wrong order", "twice"],
)
def test_document_without_its_place_is_refused(document: str) -> None:
    """Where the markers are missing or unclear, nothing is guessed."""
    with pytest.raises(ValueError, match="expected one line"):
        insert(document, "drawing")


def test_missing_document_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there ends in one line and a code that is not zero."""
    assert main([str(tmp_path / "none.md")]) == 1
    assert "none.md" in capsys.readouterr().err
