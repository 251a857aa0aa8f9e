"""How well the rules read `tests/corpus/`: recall and precision for each kind and each language.

Run from the checkout: `python tests/benchmarks/corpus.py` (`make corpus`). An event counts as
found where kind and order are right. Exits with 1 under 99 % for a closing, a cancellation or a
refund, or when the corpus has fewer than 300 mails.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import RawMail

CORPUS = Path(__file__).parents[1] / "corpus"
FEWEST = 300
LEAST = 0.99
MONEY = ("order_closed", "order_cancelled", "refund_announced")

Event = tuple[str, str]
"""Kind and order."""


@dataclass(slots=True, kw_only=True)
class Score:
    """What was to be found, and what was."""

    mails: int = 0
    right: int = 0
    missed: int = 0
    wrong: int = 0

    def count(self, wanted: frozenset[Event], found: frozenset[Event]) -> None:
        """Count one mail's events."""
        self.mails += 1
        self.right += len(wanted & found)
        self.missed += len(wanted - found)
        self.wrong += len(found - wanted)

    @property
    def recall(self) -> float:
        """The share of the events that were found; 1 where there were none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


@dataclass(slots=True, kw_only=True)
class Table:
    """The scores of a corpus."""

    kinds: dict[str, Score] = field(default_factory=dict)
    languages: dict[str, Score] = field(default_factory=dict)
    all: Score = field(default_factory=Score)
    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the corpus is large enough, and what concerns money is read well enough."""
        enough = self.all.mails >= FEWEST
        return enough and all(
            kind in self.kinds and min(self.kinds[kind].recall, self.kinds[kind].precision) >= LEAST
            for kind in MONEY
        )


def score(corpus: Path = CORPUS) -> Table:
    """Read every mail of a corpus and compare it with what the file beside it says."""
    rules = load_ruleset()
    parser = MailParser(senders=rules.senders, trusted_authserv=("mx.example.org",))
    table = Table()
    for path in sorted(corpus.glob("*.eml")):
        stated = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        try:
            message = parser(RawMail(content=path.read_bytes(), received_at=None))
            reading = rules.read(message)
            outcome = reading.outcome.value
            found = frozenset((each.kind.value, each.order) for each in reading.findings)
        except UnreadableMail:
            outcome, found = "unreadable", frozenset()
        wanted = frozenset((each["kind"], each["order"]) for each in stated["events"])
        _count(table, path.stem, wanted, found)
        if outcome != stated["outcome"]:
            table.outcomes[f"{stated['outcome']} read as {outcome}"] += 1
    return table


def _count(table: Table, name: str, wanted: frozenset[Event], found: frozenset[Event]) -> None:
    table.all.count(wanted, found)
    table.languages.setdefault(name.partition("-")[0], Score()).count(wanted, found)
    for kind in {kind for kind, _ in wanted | found}:
        of_kind = (frozenset(each for each in side if each[0] == kind) for side in (wanted, found))
        table.kinds.setdefault(kind, Score()).count(*of_kind)
    if wanted != found:
        table.mistakes.append(f"{name}: {sorted(found)} instead of {sorted(wanted)}")


def lines(table: Table) -> Iterable[str]:
    """Write a table as text, a kind or a language a line."""
    yield f"{'':<22}{'mails':>7}{'right':>7}{'missed':>8}{'wrong':>7}{'recall':>9}{'precision':>11}"
    groups = (sorted(table.kinds.items()), sorted(table.languages.items()), [("all", table.all)])
    for group in groups:
        for name, each in group:
            yield (
                f"{name:<22}{each.mails:>7}{each.right:>7}{each.missed:>8}{each.wrong:>7}"
                f"{each.recall:>9.1%}{each.precision:>11.1%}"
            )
        yield ""
    yield from (f"{name}: {count}" for name, count in sorted(table.outcomes.items()))
    yield from table.mistakes


def main() -> int:
    """Print the table; 0 when the corpus is large and read well, else 1."""
    table = score()
    print("\n".join(lines(table)))
    needed = " ".join(MONEY)
    print(
        f"{table.all.mails} mails (at least {FEWEST}); at least {LEAST:.0%} for {needed}: ", end=""
    )
    print("yes" if table.good else "NO")
    return 0 if table.good else 1


if __name__ == "__main__":
    sys.exit(main())
