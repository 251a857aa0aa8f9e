"""`aliwatch run`: polls, decides and delivers until it is told to stop."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final

from watcher.adapters.memory import give_memory_back
from watcher.adapters.scheduler import JobScheduler
from watcher.adapters.service_manager import ServiceManager
from watcher.app.bells import Bells
from watcher.app.clock_step import ClockStep
from watcher.app.compose import Watch
from watcher.app.fault import describe_fault
from watcher.app.limits import Limits, make_bounds
from watcher.app.noted_channel import NotedChannel
from watcher.app.polling import poll_account
from watcher.app.progress import Progress
from watcher.domain.errors import TransientError, UserError

LOG = logging.getLogger(__name__)

TICK: Final = timedelta(seconds=5)
"""How often the ledger is asked what is due: also how soon an act on the command line counts."""
PROOF_LOOK: Final = timedelta(minutes=1)
"""How often the ledger is asked for proofs to be sought again."""
WARM_UP: Final = 600.0
"""Seconds that the first decision waits at most for every account's first poll."""
EXIT_BUG: Final = 1
EXIT_AGAIN: Final = 75
"""Source: sysexits.h, EX_TEMPFAIL. The service manager starts afresh after it."""
_LONGEST_REASON: Final = 200


class Daemon:
    """One run of the daemon. `serve` returns when it was stopped."""

    def __init__(
        self,
        watch: Watch,
        manager: ServiceManager,
        *,
        limits: Limits | None = None,
        clock_step: ClockStep | None = None,
        steady: Callable[[], float] = monotonic,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        """`leave` ends a process whose threads do not end."""
        self._watch = watch
        self._manager = manager
        self._limits = limits or Limits()
        self._clock_step = clock_step or ClockStep()
        self._leave = leave
        self._stop = threading.Event()
        self._fault: BaseException | None = None
        self._unpolled = set(watch.accounts)
        self._rung: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._stuck: list[str] = []
        self._ticked_at: datetime | None = None
        self._progress = Progress(make_bounds(watch, self._limits), steady)
        self._start = self._progress.clock()
        self._scheduler = JobScheduler(
            pools={
                # A slow mailbox or channel never keeps the others, or the clocks, waiting.
                "mail": max(len(watch.accounts), 1),
                "send": max(len(watch.channels), 1),
                "clock": 1,
                # A silent name server keeps nothing waiting but other proofs.
                "proof": 1,
            },
            on_error=self._fail,
        )
        self._bells = Bells(
            watch.accounts.values(), watch.store, on_ring=self._ring, on_error=self._fail
        )

    def serve(self) -> None:
        """Run until `stop`.

        Raises:
            TransientError: a job got nowhere for long, or met what the operator must mend after
                the start: the service manager starts afresh.
            SystemExit: a bug, in whatever job; it is in the log.

        """
        self._schedule()
        give_memory_back()
        self._scheduler.start()
        self._bells.start()
        self._manager.ready(self._status())
        LOG.info(
            "daemon_started accounts=%d channels=%d",
            len(self._watch.accounts),
            len(self._watch.channels),
        )
        interval = self._manager.watchdog_interval or timedelta(minutes=5)
        while not self._stop.wait(min(interval.total_seconds() / 3, self._limits.look)):
            self._look_at_clock()
            self._look_at_jobs()
        self._end()

    def stop(self) -> None:
        """Ask `serve` to end; from any thread or signal handler."""
        self._stop.set()

    def _schedule(self) -> None:
        for name, account in self._watch.accounts.items():
            job = self._job(f"poll:{name}", partial(self._poll, name))
            self._scheduler.repeat(f"poll:{name}", job, account.poll, pool="mail")
        for name in self._watch.channels:
            job = self._job(f"send:{name}", partial(self._deliver, name))
            self._scheduler.repeat(f"send:{name}", job, TICK, pool="send")
        self._scheduler.repeat("tick", self._job("tick", self._tick), TICK, pool="clock")
        proof = self._job("proof", self._seek_proofs)
        self._scheduler.repeat("proof", proof, PROOF_LOOK, pool="proof")

    def _job(self, name: str, work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            if self._stop.is_set():
                return
            try:
                with self._progress.run(name):
                    work()
            except TransientError as error:
                # The disk is full or the database locked: nothing was lost, try again.
                self._troubles[name] = str(error)[:_LONGEST_REASON]
                LOG.error("job_failed name=%s reason=%r", name, str(error))  # noqa: TRY400
            else:
                self._troubles.pop(name, None)

        return run

    def _poll(self, name: str) -> None:
        # A start is a change worth a try, whatever pause was on; so is a ring: somebody got in.
        wanted = name in self._unpolled or name in self._rung
        self._rung.discard(name)
        if not (wanted or self._watch.vigilance.may_poll(name, self._watch.now())):
            return
        try:
            watch = self._watch
            report = poll_account(
                watch, name, progress=lambda _: self._progress.note(f"poll:{name}")
            )
            if report.count.mails:
                watch.rest()
                give_memory_back()
        finally:
            self._unpolled.discard(name)
        self._scheduler.hurry("tick")

    def _tick(self) -> None:
        # A first run judges the orders by all mailboxes together, and says it once.
        if self._unpolled and self._progress.clock() - self._start < WARM_UP:
            return
        if self._watch.tick(self._watch.now()):
            for name in self._watch.channels:
                self._scheduler.hurry(f"send:{name}")
        self._watch.vigilance.look_at_channels(self._watch.now())
        self._ticked_at = self._watch.now()

    def _seek_proofs(self) -> None:
        proving, now = self._watch.proving, self._watch.now()
        if proven := proving.retry(now, watch=partial(self._progress.note, "proof")):
            LOG.info("mails_proven number=%d", proven)
            self._scheduler.hurry("tick")

    def _deliver(self, name: str) -> None:
        channel = NotedChannel(
            channel=self._watch.channels[name],
            stopped=self._stop.is_set,
            note=partial(self._progress.note, f"send:{name}"),
        )
        sent = replace(self._watch.delivering(name), channel=channel).flush()
        if sent:
            LOG.info("alerts_sent channel=%s number=%d", name, sent)

    def _ring(self, account: str) -> None:
        self._rung.add(account)
        self._scheduler.hurry(f"poll:{account}")

    def _look_at_clock(self) -> None:
        step = self._clock_step.look()
        if step is not None:
            # The scheduler waits for times on the wall, which may now be far away.
            LOG.warning("clock_stepped seconds=%d", step.total_seconds())
            for name in self._progress.bounds:
                self._scheduler.hurry(name)

    def _look_at_jobs(self) -> None:
        stuck, before = self._progress.stuck(), self._stuck
        self._stuck = stuck
        if not stuck:
            self._manager.alive(self._status())
            return
        if stuck != before:
            LOG.error("jobs_stuck names=%s", ",".join(stuck))
        # Not fed: the service manager will start afresh. Without one that watches, nobody would.
        self._manager.status(self._status())
        if self._manager.watchdog_interval is None:
            self._fail(TransientError(f"no progress: {self._status()}"))

    def _status(self) -> str:
        accounts, channels = len(self._watch.accounts), len(self._watch.channels)
        parts = [f"watching {accounts} account(s), {channels} channel(s)"]
        if self._unpolled:
            parts[0] += f", first poll of {len(self._unpolled)} under way"
        parts += [f"{name} fails: {why}" for name, why in sorted(self._troubles.copy().items())]
        parts += [f"{name} is stuck" for name in self._stuck if name not in self._troubles]
        if len(parts) > 1:
            at = self._ticked_at
            parts.append(f"last good tick: {f'{at:%Y-%m-%d %H:%M:%S} UTC' if at else 'none yet'}")
        return "; ".join(parts)

    def _fail(self, error: BaseException) -> None:
        # What fails later is often only a consequence.
        self._fault = self._fault or error
        self._stop.set()

    def _end(self) -> None:
        """Stop: no further runs, and a bounded wait for those under way."""
        self._manager.stopping(self._status())
        self._scheduler.stop()
        self._bells.stop()
        self._await_jobs()
        code = self._log_fault()
        running = self._progress.running()
        LOG.info("daemon_stopped running=%s", ",".join(running) or "none")
        if running:
            # Their threads would keep the process; each transaction is whole or did not happen.
            logging.shutdown()
            self._leave(code)
        if code == EXIT_AGAIN:
            raise TransientError(str(self._fault)) from None
        if code:
            raise SystemExit(code)

    def _await_jobs(self) -> None:
        begun, waiter = self._progress.clock(), threading.Event()
        while running := self._progress.running():
            sends = any(name.startswith("send:") for name in running)
            longest = self._limits.stop_sending if sends else self._limits.stop
            if self._progress.clock() - begun >= longest:
                return
            waiter.wait(0.05)

    def _log_fault(self) -> int:
        """Log why the daemon ends; the exit code that says so."""
        match self._fault:
            case None:
                return 0
            case TransientError() | UserError() as error:
                # Not 78, whoever must act: it worked at the start, and may again at the next.
                LOG.error("daemon_failed reason=%r", str(error))
                return EXIT_AGAIN
            case error:
                LOG.critical("daemon_failed by a bug\n%s", describe_fault(error))
                return EXIT_BUG


def stop_on_signals(daemon: Daemon) -> None:
    """Have SIGTERM and SIGINT end the daemon in good order."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
