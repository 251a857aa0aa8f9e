"""Where the log goes, and how much of it. A log line is an event name and keys."""

import logging
import os
import sys

QUIET = ("apprise", "apscheduler", "imapclient", "dkim", "urllib3", "tzlocal", "alembic")
"""Libraries whose debug logs would hold mails, passwords or addresses."""

_PRIORITIES = {logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


class _JournalFormatter(logging.Formatter):
    """Gives each line its priority, the way the journal reads it (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        priority = _PRIORITIES.get(record.levelno, 3)
        text = super().format(record)
        return "\n".join(f"<{priority}>{line}" for line in text.splitlines())


def log_for_service(level: int) -> None:
    """Log to standard error: with priorities for the journal, with times for anybody else."""
    if "JOURNAL_STREAM" in os.environ:
        _log(_JournalFormatter("%(message)s"), level)
    else:
        _log(logging.Formatter("%(asctime)s %(levelname)s %(message)s"), level)


def log_for_command() -> None:
    """Log errors only: the command itself says what happened."""
    _log(logging.Formatter("%(levelname)s %(message)s"), logging.ERROR)


def _log(formatter: logging.Formatter, level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What it warns of, a run that is still under way, is told by the daemon in its own words.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
