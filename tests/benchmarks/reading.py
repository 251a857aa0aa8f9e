"""Mails a second of the whole reading, beside mail-parser alone on the same mails in the same run.

Run from the checkout: `python tests/benchmarks/reading.py --number 10000`. The mails are those of
`tests/corpus/`, repeated with order numbers of their own; both sides take turns, one process.
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

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.message import RawMail

CORPUS = Path(__file__).parents[1] / "corpus"
ROUND = 500
"""Mails that one side reads before it is the other's turn."""

_ORDER = re.compile(rb"80\d{14}")


def invented(number: int) -> list[bytes]:
    """Return `number` mails, each with an order number that no other has."""
    corpus = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
    return [
        _ORDER.sub(b"81%014d" % place, mail)
        for place, mail in enumerate(islice(cycle(corpus), number))
    ]


def timed(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """Return the seconds that reading all of `mails` takes."""
    started = time.perf_counter()
    for each in mails:
        read(each)
    return time.perf_counter() - started


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--number", type=int, default=10_000)
    asked.add_argument("--profile", action="store_true", help="say what the time goes into")
    options = asked.parse_args()
    rules = load_ruleset()
    parser = MailParser(senders=rules.senders, trusted_authserv=("mx.example.org",))

    def whole(content: bytes) -> object:
        return rules.read(parser(RawMail(content=content, received_at=None)))

    mails = invented(options.number)
    # The automata of the rules are built by the first texts they see.
    timed(whole, mails[:ROUND])
    ours = alone = 0.0
    for start in range(0, len(mails), ROUND):
        some = mails[start : start + ROUND]
        ours += timed(whole, some)
        alone += timed(mailparser.parse_from_bytes, some)
    print(f"{len(mails)} mails, {sum(map(len, mails)) / len(mails):.0f} bytes each")
    print(f"whole reading       {len(mails) / ours:8.0f} mails/s")
    print(f"mail-parser alone   {len(mails) / alone:8.0f} mails/s")
    print(f"ratio               {alone / ours:8.2f}")
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(timed, whole, mails[:2_000])
        text = io.StringIO()
        pstats.Stats(profile, stream=text).sort_stats("cumulative").print_stats(40)
        print(text.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
