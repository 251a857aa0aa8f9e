"""Reads each mail in a process of its own and says what that took.

Started by tests as `python tests/fuzz/one_by_one.py`: for each path on a line of standard input
it prints one JSON line with `outcome`, `seconds` (of the processor, whatever else the machine does)
and `megabytes` (the largest the process was).
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from watcher.adapters.mail.parser import MailParser
from watcher.adapters.rule_files import load_ruleset
from watcher.domain.errors import UnreadableMail
from watcher.domain.message import RawMail

GIVE_UP = 30
"""Seconds after which a mail's process is ended."""


def main() -> int:
    """Answer until standard input ends."""
    rules = load_ruleset()
    parser = MailParser(senders=rules.senders, trusted_authserv=("mx.example.org",))
    warm = parser(
        RawMail(content=b"From: transaction@notice.aliexpress.com\n\nx", received_at=None)
    )
    rules.read(warm)
    for line in sys.stdin:
        content = Path(line.strip()).read_bytes()
        # A process of its own, and nothing loaded twice: what one mail swells ends with it.
        child = os.fork()
        if child == 0:
            # Ends the process wherever it is, in a library's C code too.
            signal.alarm(GIVE_UP)
            started = time.process_time()
            try:
                outcome = rules.read(parser(RawMail(content=content, received_at=None))).outcome
            except UnreadableMail:
                outcome = None
            answer = {
                "outcome": "unreadable" if outcome is None else outcome.value,
                "seconds": time.process_time() - started,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
            print(json.dumps(answer), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            print(json.dumps({"outcome": f"died with {status}"}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
