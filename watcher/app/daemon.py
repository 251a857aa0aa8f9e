"""`aliwatch run`: polls, decides and delivers until it is told to stop."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from watcher.adapters.imap.doorbell import Doorbell, Ring
from watcher.adapters.memory import give_memory_back
from watcher.adapters.scheduler import JobScheduler
from watcher.adapters.service_manager import ServiceManager
from watcher.app.compose import Watch, WatchedAccount
from watcher.app.polling import poll_account
from watcher.app.progress import Bounds, Progress
from watcher.domain.errors import TransientError, UserError
from watcher.domain.health import Part

LOG = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=5)
"""How often the ledger is asked what is due: also how soon an act on the command line counts."""
WARM_UP: Final = 600.0
"""Seconds that the first decision waits at most for every account's first poll."""
LONGEST_POLL: Final = 3600.0
LONGEST_SEND: Final = 900.0
LONGEST_STOP: Final = 20.0
BELL_WAIT: Final = 600.0
BELL_PAUSE: Final = 60.0


class Daemon:
    """One run of the daemon. `serve` returns when it was stopped."""

    def __init__(self, watch: Watch, manager: ServiceManager) -> None:
        self._watch = watch
        self._manager = manager
        self._stop = threading.Event()
        self._fault: BaseException | None = None
        self._unpolled = set(watch.accounts)
        self._bells: list[Doorbell] = []
        self._progress = Progress(
            {
                "tick": Bounds(run=120, pause=120),
                **{
                    f"poll:{name}": Bounds(
                        run=LONGEST_POLL, pause=account.poll.total_seconds() + 300
                    )
                    for name, account in watch.accounts.items()
                },
                **{f"send:{name}": Bounds(run=LONGEST_SEND, pause=300) for name in watch.channels},
            }
        )
        self._start = self._progress.clock()
        self._scheduler = JobScheduler(
            pools={
                # A slow mailbox or channel never keeps the others, or the clocks, waiting.
                "mail": max(len(watch.accounts), 1),
                "send": max(len(watch.channels), 1),
                "clock": 1,
            },
            on_error=self._fail,
        )

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT.

        Raises:
            Exception: a bug, from whatever job: the service manager starts afresh.

        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._schedule()
        give_memory_back()
        self._scheduler.start()
        self._ring_bells()
        self._manager.ready(self._status())
        LOG.info(
            "daemon_started accounts=%d channels=%d",
            len(self._watch.accounts),
            len(self._watch.channels),
        )
        interval = self._manager.watchdog_interval or timedelta(minutes=5)
        while not self._stop.wait(min(interval.total_seconds() / 3, 30)):
            self._feed_watchdog()
        self._end()

    def _schedule(self) -> None:
        for name, account in self._watch.accounts.items():
            job = self._job(f"poll:{name}", partial(self._poll, name))
            self._scheduler.repeat(f"poll:{name}", job, account.poll, pool="mail")
        for name in self._watch.channels:
            job = self._job(f"send:{name}", partial(self._deliver, name))
            self._scheduler.repeat(f"send:{name}", job, TICK, pool="send")
        self._scheduler.repeat("tick", self._job("tick", self._tick), TICK, pool="clock")

    def _job(self, name: str, work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            if self._stop.is_set():
                return
            with self._progress.run(name):
                try:
                    work()
                except TransientError as error:
                    # The disk is full or the database locked: nothing was lost, try again.
                    LOG.error("job_failed name=%s reason=%r", name, str(error))  # noqa: TRY400

        return run

    def _poll(self, name: str) -> None:
        # A start is a change worth a try, whatever pause was on.
        first = name in self._unpolled
        if not (first or self._watch.vigilance.may_poll(name, self._watch.now())):
            return
        try:
            poll_account(self._watch, name)
        finally:
            self._unpolled.discard(name)
        self._scheduler.hurry("tick")

    def _tick(self) -> None:
        # A first run judges the orders by all mailboxes together, and says it once.
        if self._unpolled and self._progress.clock() - self._start < WARM_UP:
            return
        if self._watch.deciding.tick(self._watch.now()):
            for name in self._watch.channels:
                self._scheduler.hurry(f"send:{name}")
        self._watch.vigilance.look_at_channels(self._watch.now())

    def _deliver(self, name: str) -> None:
        sent = self._watch.delivering(name).flush()
        if sent:
            LOG.info("alerts_sent channel=%s number=%d", name, sent)

    def _ring_bells(self) -> None:
        for account in self._watch.accounts.values():
            if account.imap is not None:
                bell = Doorbell(account.imap)
                self._bells.append(bell)
                threading.Thread(
                    target=self._listen,
                    args=(account, bell),
                    name=f"bell:{account.name}",
                    daemon=True,
                ).start()

    def _listen(self, account: WatchedAccount, bell: Doorbell) -> None:
        """Poll at once when the server says that mail came in. Polling goes on regardless."""
        with bell:
            while not self._stop.is_set():
                try:
                    ring = bell.wait(BELL_WAIT)
                except UserError:
                    # The poll meets the same refusal and tells of it; wait until it got in.
                    LOG.info("bell_refused account=%s", account.name)
                    while not self._stop.wait(BELL_PAUSE) and not self._is_well(account.name):
                        pass
                    continue
                match ring:
                    case Ring.NEW_MAIL:
                        LOG.info("bell_rang account=%s", account.name)
                        self._scheduler.hurry(f"poll:{account.name}")
                    case Ring.QUIET:
                        continue
                    case Ring.BROKEN:
                        LOG.info("bell_broken account=%s", account.name)
                        self._stop.wait(BELL_PAUSE)
                    case Ring.UNSUPPORTED:
                        LOG.info("bell_unsupported account=%s", account.name)
                        return

    def _is_well(self, account: str) -> bool:
        with self._watch.store.reading() as books:
            return not books.health(Part.ACCOUNT, account).is_failing

    def _feed_watchdog(self) -> None:
        stuck = self._progress.stuck()
        if stuck:
            # Not fed: the service manager will start afresh.
            LOG.error("jobs_stuck names=%s", ",".join(stuck))
            return
        self._manager.alive(self._status())

    def _status(self) -> str:
        accounts, channels = len(self._watch.accounts), len(self._watch.channels)
        waiting = f", first poll of {len(self._unpolled)} under way" if self._unpolled else ""
        return f"watching {accounts} account(s), {channels} channel(s){waiting}"

    def _fail(self, error: BaseException) -> None:
        self._fault = error
        self._stop.set()

    def _end(self) -> None:
        """Stop: no further runs, and a bounded wait for those under way."""
        self._manager.stopping()
        self._scheduler.stop()
        for bell in self._bells:
            bell.stop()
        deadline = self._progress.clock() + LONGEST_STOP
        waiter = threading.Event()
        while self._progress.running() and self._progress.clock() < deadline:
            waiter.wait(0.05)
        if self._fault is not None:
            raise self._fault
        running = self._progress.running()
        LOG.info("daemon_stopped running=%s", ",".join(running) or "none")
        if running:
            # Their threads would keep the process; each transaction is whole or did not happen.
            logging.shutdown()
            os._exit(0)
