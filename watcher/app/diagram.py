"""Draws the life of a case into ARCHITECTURE.md, from the table that decides it.

Run as `python -m watcher.app.diagram [--check] [FILE]`; `make diagram` does.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from watcher.domain.case import DONE_STATES, OPEN_STATES, State
from watcher.domain.event import PERSONAL_KINDS, EventKind, Reason
from watcher.domain.facts import Share
from watcher.domain.life import REASON_TABLE, SHARE_TABLE, TABLE, Move, Proof

BEGIN: Final = "<!-- diagram: begin (written by `make diagram`) -->"
END: Final = "<!-- diagram: end -->"

START: Final = State.UNKNOWN
QUIET_STATES: Final = frozenset(State) - OPEN_STATES - DONE_STATES
GROUPS: Final[Mapping[str, frozenset[State]]] = {
    "quiet": QUIET_STATES,
    "not_ended": QUIET_STATES - {State.COMPLETED, State.VOID},
    "open": OPEN_STATES,
    "not_shipped": frozenset({State.UNKNOWN, State.UNPAID, State.ORDERED, State.FROZEN}),
    "paid": frozenset({State.ORDERED, State.FROZEN, State.SHIPPED}),
}
"""States from which one arrow is drawn where each of them has the same one; largest first."""

_TITLES: Final = {
    "quiet": "any state without a case",
    "not_ended": "any state before the end",
    "open": "any open case",
    "not_shipped": "not shipped yet",
    "paid": "paid, not delivered",
}

_SHARES: Final = {
    Share.SOME: "[less than announced]",
    Share.ANNOUNCED: "[as announced, and not all]",
}

LEGEND: Final = (
    "- Green: a case is open. Grey: it has ended. Dashed frames stand for several states at once.",
    "- What leaves a state as it is, most parts of the money among it, is not drawn.",
    "- `[reason]`: only where the mail gives it. `(you)`: the person says so, no mail can.",
    "- `(proven)`: an unproven mail cannot do this; the person can.",
    "- `(as proven)`: an unproven mail does this for other unproven mails only.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """What an arrow stands for."""

    kind: EventKind
    proof: Proof
    reasons: tuple[Reason, ...] = ()
    share: Share = Share.WHOLE

    def __str__(self) -> str:
        words = [_words(self.kind)]
        if self.reasons:
            words.append(f"[{', '.join(map(_words, self.reasons))}]")
        if self.share is not Share.WHOLE:
            words.append(_SHARES[self.share])
        if self.kind in PERSONAL_KINDS:
            words.append("(you)")
        elif mark := _mark(self.proof):
            words.append(mark)
        return " ".join(words)


def draw() -> str:
    """The diagram with its legend, as Markdown. Stays in a state: not drawn."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for cause, target, sources in _moves():
        for source in _gather(sources, target):
            arrows.setdefault((source, target.value), []).append(str(cause))
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR", f"    [*] --> {START}"]
    lines += [f'    state "{_TITLES[name]}" as {name}' for name in GROUPS]
    lines += [
        f"    {source} --> {target}: {'<br/>'.join(causes)}"
        for (source, target), causes in arrows.items()
    ]
    lines += [f"    {state} --> [*]" for state in sorted(DONE_STATES)]
    lines += [
        "    classDef case fill:#d8f0d8,stroke:#2c7a2c,color:#000",
        "    classDef ended fill:#e4e4e4,stroke:#777,color:#000",
        "    classDef several fill:none,stroke-dasharray:4",
        f"    class {','.join(sorted(OPEN_STATES))} case",
        f"    class {','.join(sorted(DONE_STATES))} ended",
        f"    class {','.join(GROUPS)} several",
        "```",
    ]
    return "\n".join((*LEGEND, "", *lines))


def insert(document: str, drawing: str) -> str:
    """Put `drawing` between the two marker lines of `document`.

    Raises:
        ValueError: the markers are not there, each once and in order.

    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"expected one line {BEGIN!r} and after it one line {END!r}")
    return f"{before}{BEGIN}\n\n{drawing}\n\n{END}{after}"


def _moves() -> Iterator[tuple[_Cause, State, frozenset[State]]]:
    """Every cause with where it leads and from which states; self-loops left out."""
    for kind, row in TABLE.items():
        for move in _distinct(row):
            yield from _drawn(_Cause(kind=kind, proof=move.proof), move, row)
    special: dict[tuple[_Cause, Move], list[Reason]] = {}
    rows: dict[tuple[_Cause, Move], Mapping[State, Move]] = {}
    for (kind, reason), row in REASON_TABLE.items():
        changed = {state: move for state, move in row.items() if TABLE[kind].get(state) != move}
        for move in _distinct(changed):
            cells = {state: cell for state, cell in changed.items() if cell == move}
            key = (_Cause(kind=kind, proof=move.proof), move)
            if rows.setdefault(key, cells) != cells:
                raise ValueError(f"reasons of {kind} that differ need an arrow each")
            special.setdefault(key, []).append(reason)
    for share, row in SHARE_TABLE.items():
        for move in _distinct(row):
            cause = _Cause(kind=EventKind.MONEY_RECEIVED, proof=move.proof, share=share)
            yield from _drawn(cause, move, row)
    for (cause, move), reasons in special.items():
        named = _Cause(kind=cause.kind, proof=cause.proof, reasons=tuple(reasons))
        yield from _drawn(named, move, rows[cause, move])


def _distinct(row: Mapping[State, Move]) -> list[Move]:
    """Each move of the row once. Rows are built from sets: their own order changes."""
    states = list(State)
    return sorted(set(row.values()), key=lambda move: (states.index(move.to), move.proof.value))


def _drawn(
    cause: _Cause, move: Move, row: Mapping[State, Move]
) -> Iterator[tuple[_Cause, State, frozenset[State]]]:
    sources = frozenset(state for state, cell in row.items() if cell == move) - {move.to}
    if sources:
        yield cause, move.to, sources


def _gather(sources: frozenset[State], target: State) -> Iterator[str]:
    """Name the sources, whole groups by their own names."""
    left = sources
    for name, group in GROUPS.items():
        members = group - {target}
        if members <= left:
            yield name
            left -= members
    yield from (state.value for state in State if state in left)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _mark(proof: Proof) -> str:
    match proof:
        case Proof.ANY:
            return ""
        case Proof.MATCHING:
            return "(as proven)"
        case Proof.NEEDED:
            return "(proven)"
    assert_never(proof)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, or check the drawing; 0 where it is current, 1 where it is not (or has no place)."""
    parser = argparse.ArgumentParser(prog="python -m watcher.app.diagram", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if not current")
    parser.add_argument("file", nargs="?", type=Path, default=Path("ARCHITECTURE.md"))
    options = parser.parse_args(arguments)
    path: Path = options.file
    try:
        before = path.read_text(encoding="utf-8")
        after = insert(before, draw())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 1
    if before == after:
        return 0
    if options.check:
        sys.stderr.write(f"{path}: the diagram is not the table's; type: make diagram\n")
        return 1
    path.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
