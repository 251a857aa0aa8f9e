"""Recurring jobs on APScheduler, made fit for a daemon: nothing late is dropped."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
    JobExecutionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from watcher.adapters.machine_clock import machine_now

LOG = logging.getLogger(__name__)


class JobScheduler:
    """Runs each job again and again, never twice at once, in the pool that it names."""

    def __init__(
        self, *, pools: Mapping[str, int], on_error: Callable[[BaseException], None]
    ) -> None:
        """`pools` gives the number of workers of each; `on_error` gets what a job raised."""
        self._on_error = on_error
        self._wanted: set[str] = set()
        # It would log what a job raised in full, a mail's text included; `on_error` gets it.
        logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
        self._scheduler = BackgroundScheduler(
            # Local time would make a change of the clocks a pause or a burst.
            timezone=UTC,
            executors={name: ThreadPoolExecutor(size) for name, size in pools.items()},
            # A run that comes late is made up for, once: by default it would be dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(
            self._listen,
            EVENT_JOB_ERROR | EVENT_JOB_EXECUTED | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES,
        )

    def repeat(self, name: str, job: Callable[[], None], every: timedelta, *, pool: str) -> None:
        """Run `job` at once and then every so often."""

        def run() -> None:
            # Whoever hurries the job from here on wants more than this run may see.
            self._wanted.discard(name)
            job()

        self._scheduler.add_job(
            run,
            "interval",
            seconds=every.total_seconds(),
            id=name,
            name=name,
            executor=pool,
            next_run_time=machine_now(),
        )

    def hurry(self, name: str) -> None:
        """Run a job now instead of when its time comes; one under way is run again at its end."""
        self._wanted.add(name)
        try:
            self._scheduler.modify_job(name, next_run_time=machine_now())
        except JobLookupError:
            self._wanted.discard(name)
            LOG.debug("job_gone name=%s", name)

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start no further run. A run under way goes on: it is bounded by its own time-outs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _listen(self, event: JobEvent) -> None:
        if isinstance(event, JobExecutionEvent) and event.exception is not None:
            self._on_error(event.exception)
        elif event.code == EVENT_JOB_EXECUTED:
            if event.job_id in self._wanted:
                self.hurry(event.job_id)
        elif event.code == EVENT_JOB_MAX_INSTANCES:
            # Its last run is not over. The watchdog judges whether it is stuck.
            LOG.info("job_still_running name=%s", event.job_id)
        else:
            LOG.warning("job_missed name=%s", event.job_id)
