"""What a tick costs over 100 and over 10,000 open cases, with nothing due, and with 10 and 100.

Run from the checkout: `PYTHONPATH=tests python tests/benchmarks/ticking.py`. The database is a
real file. A tick is what the daemon does every five seconds: it decides, and looks at the
channels. Each size is measured in turn; the figures are the median of the ticks.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

from benchmarks.open_cases import CHANNEL, NOW, Bulk, close_orders, fill
from watcher.adapters.hint_file import load_hints
from watcher.adapters.playbook_file import load_links, load_playbook
from watcher.adapters.sql.store import SqlStore
from watcher.adapters.templates import Renderer
from watcher.adapters.working_days import HolidayCalendar
from watcher.domain.alert import Severity
from watcher.domain.clock import Terms
from watcher.domain.due import Guidance
from watcher.domain.quiet import Quiet, WeekTime
from watcher.flow.deciding import Deciding, Routes
from watcher.flow.vigilance import Vigilance
from watcher.flow.wording import Wording

SIZES = (100, 10_000)
DUE = (1, 10, 100)
ROUNDS = 50
AIM_MS = 100.0
"""For a tick over 10,000 open cases of which little is due."""
GROWTH = 3.0
"""How much longer an idle tick may take over a hundred times the cases, scatter included."""


def main() -> int:
    """Measure and print; 0 when the aim is met, 1 when not."""
    idle, busy = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            store = SqlStore.open(Path(folder) / f"{size}.sqlite3")
            try:
                start = time.perf_counter()
                fill(store, Bulk(cases=size))
                seconds = time.perf_counter() - start
                print(f"{size:>6} open cases, {3 * size} mails, written in {seconds:.1f} s")
                week = measure_week(store)
                print(f"{size:>6} open cases, the tick of the week's summary: {week:.0f} ms")
                idle[size], busy[size] = measure(store, size)
            finally:
                store.close()
    few, many = SIZES
    ratio = idle[many] / idle[few]
    print(f"nothing due, {many} to {few} open cases: x {ratio:.2f}")
    for number in DUE:
        each = (busy[many][number] - idle[many]) / number
        print(f"{number:>4} due of {many}: {each:.1f} ms for each, beside the idle tick")
    met = busy[many][DUE[1]] <= AIM_MS and ratio <= GROWTH
    print(f"aim: {DUE[1]} due of {many} in {AIM_MS:.0f} ms: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def measure(store: SqlStore, size: int) -> tuple[float, dict[int, float]]:
    """The milliseconds of an idle tick, and of one with so many orders just closed."""
    tick = make_tick(store)
    tick(0)
    idle = statistics.median(timed(tick, step) for step in range(1, ROUNDS + 1))
    print(f"{size:>6} open cases, nothing due: {idle:.2f} ms")
    busy: dict[int, float] = {}
    fresh = size
    for number in DUE:
        times = []
        for _ in range(5 if number < DUE[-1] else 3):
            close_orders(store, range(fresh, fresh + number), NOW)
            fresh += number
            times.append(timed(tick, ROUNDS + 1))
        busy[number] = statistics.median(times)
        print(f"{size:>6} open cases, {number:>3} due: {busy[number]:.1f} ms")
    return idle, busy


def timed(tick: Callable[[int], object], step: int) -> float:
    """How many milliseconds one tick takes."""
    start = time.perf_counter()
    tick(step)
    return (time.perf_counter() - start) * 1000


def measure_week(store: SqlStore) -> float:
    """The milliseconds of the tick in which the week is summed up."""
    tick = make_tick(store, Quiet(weekly=WeekTime.parse("mon 08:45")))
    # Who begins in the middle of a week waits for its end: a quarter of an hour after `NOW`.
    tick(0)
    return timed(tick, timedelta(minutes=15) // timedelta(seconds=5))


def make_tick(store: SqlStore, quiet: Quiet | None = None) -> Callable[[int], int]:
    """The daemon's tick, with the shipped playbook and words, a number of ticks after `NOW`."""
    guidance = Guidance(
        playbook=load_playbook(), terms=Terms(), calendar=HolidayCalendar(("CN", "DE"), UTC)
    )
    wording = Wording(
        renderer=Renderer(zone=UTC, language="en"),
        guidance=guidance,
        links=load_links(),
        hints=load_hints(),
    )
    routes = Routes(carried={CHANNEL: frozenset(Severity)}, quiet=quiet or Quiet())
    deciding = Deciding(store=store, guidance=guidance, wording=wording, routes=routes)
    vigilance = Vigilance(store=store, wording=wording, routes=routes)

    def tick(step: int) -> int:
        now = NOW + timedelta(seconds=5 * step)
        issued = deciding.tick(now)
        vigilance.look_at_channels(now)
        return issued

    return tick


if __name__ == "__main__":
    sys.exit(main())
