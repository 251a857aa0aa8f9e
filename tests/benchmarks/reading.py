"""Mails a second of the whole reading, beside mail-parser alone on the same mails in the same run.

Run from the checkout: `python tests/benchmarks/reading.py --number 10000`. The mails are those of
`tests/corpus/`, repeated with order numbers of their own; both sides take turns, one process. What
is counted is the processor's time, which other work on the machine stretches less.
"""

import argparse
import cProfile
import io
import pstats
import re
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import mailparser

from watcher.adapters.mail.authenticity import read_results
from watcher.adapters.mail.headers import open_envelope
from watcher.adapters.mail.markup import read_markup
from watcher.adapters.mail.parse import parse
from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import RawMail
from watcher.rules.ruleset import Ruleset

CORPUS = Path(__file__).parents[1] / "corpus"
ROUND = 100
"""Mails that one side reads before it is the other's turn."""
TRUSTED = ("mx.example.org",)

_ORDER = re.compile(rb"80\d{14}")


def invented(number: int) -> list[bytes]:
    """Return `number` mails, each with an order number that no other has."""
    corpus = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
    return [
        _ORDER.sub(b"81%014d" % place, mail)
        for place, mail in enumerate(islice(cycle(corpus), number))
    ]


def timed(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """Return the seconds of the processor that reading all of `mails` takes."""
    started = time.process_time()
    for each in mails:
        read(each)
    return time.process_time() - started


def phases(rules: Ruleset, parser: MailParser, mails: list[bytes]) -> dict[str, float]:
    """Return the seconds that each phase takes; a phase is timed mail by mail, as it happens."""
    spent: dict[str, float] = {}

    def clocked(name: str, started: float) -> None:
        spent[name] = spent.get(name, 0.0) + time.process_time() - started

    for content in mails:
        started = time.process_time()
        envelope = open_envelope(content)
        clocked("header block", started)
        started = time.process_time()
        parsed = parse(envelope)
        clocked("mail-parser, text, digest", started)
        pages = mailparser.parse_from_bytes(content).text_html
        started = time.process_time()
        for page in pages:
            read_markup(page)
        clocked("  of it HTML", started)
        sender = parsed.from_line[0][1] if parsed.from_line else ""
        started = time.process_time()
        read_results(envelope, sender, TRUSTED, rules.senders)
        clocked("authenticity", started)
        message = parser(RawMail(content=content, received_at=None))
        started = time.process_time()
        rules.read(message)
        clocked("rules", started)
        started = time.process_time()
        rules.fitting(message.subject, message.text)
        clocked("  of it which rule fits", started)
    return spent


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--number", type=int, default=10_000)
    asked.add_argument("--profile", action="store_true", help="list the dearest functions as well")
    options = asked.parse_args()
    rules = load_ruleset()
    parser = MailParser(senders=rules.senders, trusted_authserv=TRUSTED)

    def whole(content: bytes) -> object:
        return rules.read(parser(RawMail(content=content, received_at=None)))

    mails = invented(options.number)
    # The automata of the rules are built by the first texts they see.
    timed(whole, mails[:500])
    ours = alone = 0.0
    for start in range(0, len(mails), ROUND):
        some = mails[start : start + ROUND]
        ours += timed(whole, some)
        alone += timed(mailparser.parse_from_bytes, some)
    print(f"{len(mails)} mails, {sum(map(len, mails)) / len(mails):.0f} bytes each")
    print(f"whole reading       {len(mails) / ours:8.0f} mails/s")
    print(f"mail-parser alone   {len(mails) / alone:8.0f} mails/s")
    print(f"ratio               {alone / ours:8.2f}")
    print("\nmicroseconds a mail, phase by phase")
    some = mails[:1_000]
    for name, seconds in phases(rules, parser, some).items():
        print(f"{name:<28}{seconds / len(some) * 1e6:8.0f}")
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(timed, whole, mails[:2_000])
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(40)
        print(text.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
