"""The daemon with its real scheduler and database: what ends it, what does not, and how."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from unit.domain.examples import ORDER, START
from unit.flow.fakes import FakeChannel, FakeReader, FakeSource, Household, letter
from watcher.adapters.machine_clock import machine_now
from watcher.adapters.service_manager import ServiceManager
from watcher.adapters.sql.store import SqlBooks, SqlStore
from watcher.app.clock_step import ClockStep
from watcher.app.compose import Watch, WatchedAccount
from watcher.app.daemon import EXIT_BUG, Daemon
from watcher.app.limits import Limits
from watcher.domain.alert import Alert, Delivery, DeliveryOutcome
from watcher.domain.arrival import Arrival
from watcher.domain.errors import Problem, TransientError, UserError
from watcher.domain.health import Part
from watcher.domain.message import Authenticity
from watcher.flow.intake import Intake
from watcher.flow.ports import MailSource
from watcher.flow.proving import Proving
from watcher.flow.replay import Replay
from watcher.flow.testimony import keep_mail
from watcher.flow.testimony import testify as tell

PATIENCE = 30.0
QUICK = Limits(look=0.02)
SELDOM = timedelta(hours=9)


@dataclass
class FragileStore:
    """A database that fails while it has a fault."""

    store: SqlStore
    fault: Exception | None = None

    @contextmanager
    def writing(self) -> Iterator[SqlBooks]:
        """A transaction, or the fault."""
        if self.fault is not None:
            raise self.fault
        with self.store.writing() as books:
            yield books

    def reading(self) -> AbstractContextManager[SqlBooks]:
        """A view."""
        return self.store.reading()


@dataclass
class SlowChannel(FakeChannel):
    """A channel that takes an alert when it is let."""

    begun: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)

    def send(self, alert: Alert) -> Delivery:
        """Wait, then take it."""
        self.begun.set()
        self.let.wait(PATIENCE)
        return super().send(alert)


class Rig:
    """A daemon on a household of fakes, and the thread that it serves in."""

    def __init__(self, store: SqlStore, channel: FakeChannel | None = None) -> None:
        self.home = Household(store, channel or FakeChannel())
        self.store = FragileStore(store)
        self.left: list[int] = []
        self._pool = ThreadPoolExecutor(1)

    def watch(self, source: MailSource | None) -> Watch:
        """Everything put together, with one account or none."""
        home, accounts = self.home, {}
        if source is not None:
            intake = Intake(
                account="home",
                source=source,
                reader=FakeReader(),
                store=self.store,
                now=machine_now,
            )
            accounts["home"] = WatchedAccount(
                name="home", intake=intake, poll=SELDOM, history=timedelta(days=180)
            )
        return Watch(
            store=self.store,
            now=machine_now,
            accounts=accounts,
            channels=home.channels,  # type: ignore[arg-type]  # a fake that passes the same contract
            wording=home.wording,
            deciding=replace(home.deciding, store=self.store),
            vigilance=replace(home.vigilance, store=self.store),
            proving=Proving(
                store=self.store, replay=Replay(store=self.store, readers={"home": FakeReader()})
            ),
            acts=home.acts,
            readers={},
        )

    def daemon(
        self,
        source: MailSource | None = None,
        *,
        limits: Limits = QUICK,
        manager: ServiceManager | None = None,
        clock_step: ClockStep | None = None,
        steady: Callable[[], float] = monotonic,
    ) -> Daemon:
        """A daemon that does not really leave the process."""
        return Daemon(
            self.watch(source),
            manager or ServiceManager(),
            limits=limits,
            clock_step=clock_step,
            steady=steady,
            leave=self.left.append,
        )

    @contextmanager
    def serving(self, daemon: Daemon) -> Iterator[Future[None]]:
        """Serve while the block lasts, and end without an error then."""
        end = self._pool.submit(daemon.serve)
        try:
            yield end
        finally:
            daemon.stop()
            end.exception(PATIENCE)

    def serve_to_the_end(self, daemon: Daemon) -> BaseException | None:
        """Serve, and answer what the daemon ended with by itself."""
        end = self._pool.submit(daemon.serve)
        try:
            return end.exception(PATIENCE)
        finally:
            daemon.stop()

    def close(self) -> None:
        """Let go."""
        self._pool.shutdown()
        self.home.store.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Answer a rig with one channel."""
    rig = Rig(SqlStore.open(tmp_path / "aliwatch.sqlite3"))
    yield rig
    rig.close()


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[tuple[Rig, SlowChannel]]:
    """Answer a rig whose only channel takes its time."""
    channel = SlowChannel()
    rig = Rig(SqlStore.open(tmp_path / "aliwatch.sqlite3"), channel)
    yield rig, channel
    channel.let.set()
    rig.close()


def wait_for(happened: Callable[[], object]) -> None:
    """Wait until something has happened."""
    limit = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < limit, "waited in vain"
        threading.Event().wait(0.01)


REFUSED = UserError(Problem(place="home", what="the login was refused", fix="a new password"))


def test_what_the_operator_must_mend_at_run_time_is_no_reason_to_stay_down(rig: Rig) -> None:
    """A running daemon ends with `try again` and never with `wrong settings`."""
    rig.store.fault = UserError(Problem(place="db", what="malformed", fix="restore"))
    fault = rig.serve_to_the_end(rig.daemon())
    assert isinstance(fault, TransientError)
    assert "malformed" in str(fault)


def test_bug_ends_the_daemon_and_the_log_quotes_no_mail(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 1, with the line it happened in and without the value it happened to."""
    rig.store.fault = ValueError("Subject: Dear Jane")
    fault = rig.serve_to_the_end(rig.daemon())
    assert isinstance(fault, SystemExit)
    assert fault.code == EXIT_BUG
    assert "builtins.ValueError" in caplog.text
    assert "in writing" in caplog.text
    assert "Dear Jane" not in caplog.text


def test_daemon_that_only_fails_starts_afresh(rig: Rig) -> None:
    """Without a service manager's watchdog it ends by itself, and says what failed."""
    rig.store.fault = TransientError("aliwatch.sqlite3: database or disk is full")
    fault = rig.serve_to_the_end(rig.daemon(limits=Limits(look=0.02, drought=0.5)))
    assert isinstance(fault, TransientError)
    assert "tick fails: aliwatch.sqlite3: database or disk is full" in str(fault)
    assert "last good tick: none yet" in str(fault)


def test_watchdog_is_not_fed_by_a_daemon_that_only_fails(rig: Rig, tmp_path: Path) -> None:
    """The service manager hears the fault and when the last good tick was, and kills it."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(PATIENCE)
        manager = ServiceManager(
            address=str(tmp_path / "notify"), watchdog_interval=timedelta(hours=1)
        )
        daemon = rig.daemon(limits=Limits(look=0.02, drought=0.5), manager=manager)
        with rig.serving(daemon) as end:
            while b"WATCHDOG=1" not in line.recv(9999):
                pass
            wait_for(lambda: daemon._ticked_at is not None)
            rig.store.fault = TransientError("disk I/O error")
            daemon._scheduler.hurry("tick")
            wait_for(lambda: daemon._progress.stuck() == ["tick"])
            heard = [b""]
            # What was said before it was stuck is still in the queue.
            while not heard[-1].startswith(b"STATUS"):
                heard.append(line.recv(9999))
            fed = [word for word in (line.recv(9999) for _ in range(20)) if b"WATCHDOG" in word]
            assert fed == []
            assert not end.done()
    status = heard[-1].decode()
    assert "tick fails: disk I/O error" in status
    assert f"last good tick: {daemon._ticked_at:%Y-%m-%d}" in status


def test_mailbox_that_is_away_is_no_reason_to_start_afresh(rig: Rig) -> None:
    """A poll whose failure was written down is a good turn of the loop."""
    source = FakeSource(failure=TransientError("the server is away"))
    daemon = rig.daemon(source, limits=Limits(look=0.02, drought=0.2))
    with rig.serving(daemon) as end:
        wait_for(lambda: daemon._ticked_at)
        threading.Event().wait(0.6)
        assert not end.done()
        assert daemon._progress.stuck() == []
    with rig.home.store.reading() as books:
        assert books.health(Part.ACCOUNT, "home").reason == "the server is away"


def test_clock_that_is_set_hurries_every_job(rig: Rig) -> None:
    """A poll that is hours away on the old clock happens now."""
    source = FakeSource()
    offset = [timedelta()]
    step = ClockStep(wall=lambda: machine_now() + offset[0])
    with rig.serving(rig.daemon(source, clock_step=step)):
        wait_for(lambda: len(source.seen_cursors) == 1)
        offset[0] = -timedelta(days=30)
        wait_for(lambda: len(source.seen_cursors) == 2)


def test_ring_polls_whatever_pause_was_on(rig: Rig) -> None:
    """Mail that the server announces is fetched, although the last poll failed."""
    source = FakeSource(failure=REFUSED)
    daemon = rig.daemon(source)
    with rig.serving(daemon):
        wait_for(lambda: not daemon._unpolled)
        source.failure = None
        daemon._scheduler.hurry("poll:home")
        threading.Event().wait(0.3)
        assert len(source.seen_cursors) == 1, "refused: it is left alone"
        daemon._ring("home")
        wait_for(lambda: len(source.seen_cursors) == 2)
    with rig.home.store.reading() as books:
        assert not books.health(Part.ACCOUNT, "home").is_failing


def test_failed_poll_is_left_alone_until_its_pause_is_over(rig: Rig) -> None:
    """The interval comes round five times; the server is asked again when the pause has passed."""
    source = FakeSource(failure=TransientError("the server is away"))
    daemon = rig.daemon(source)
    poll = daemon._job("poll:home", lambda: daemon._poll("home"))
    for _ in range(5):
        poll()
    assert len(source.seen_cursors) == 1
    with rig.home.store.writing() as books:
        health = books.health(Part.ACCOUNT, "home")
        books.note_health(replace(health, next_try_at=machine_now()))
    poll()
    assert len(source.seen_cursors) == 2


def test_daemon_seeks_pending_proofs_by_itself(rig: Rig) -> None:
    """A mail whose signature could not be looked up is proven without anybody typing anything."""
    mail = letter("order_closed", proof="pass")
    message, reading = FakeReader()(mail)
    kept = keep_mail(
        replace(message, authenticity=Authenticity.UNKNOWN, proof_pending=True),
        reading,
        account="home",
        folder="INBOX",
        happened=START,
        content=mail.content,
    )
    with rig.home.store.writing() as books:
        books.keep(kept, machine_now())
        for event in tell(kept, reading):
            books.append(event, machine_now())

    def proven() -> bool:
        with rig.home.store.reading() as books:
            return all(event.proven for event in books.events(ORDER))

    assert not proven()
    with rig.serving(rig.daemon()):
        wait_for(proven)


class AgeingSource:
    """A mailbox in which each mail takes a quarter of an hour."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.look: Callable[[], list[str]] = list
        self.looks: list[list[str]] = []

    def poll(self, cursors: Mapping[str, str], *, since: datetime) -> Iterator[Arrival]:
        """Yield twelve mails in three hours, and look at the daemon before each."""
        del cursors, since
        for number in range(12):
            self.seconds += 900
            self.looks.append([name for name in self.look() if name.startswith("poll")])
            mail = letter("order_confirmed", order=f"80123456789000{number:02}", at=START)
            yield Arrival(folder="INBOX", cursor=str(number), mail=mail)


def test_long_first_poll_is_not_called_stuck(rig: Rig) -> None:
    """Each mail that is taken in counts, however many there are."""
    source = AgeingSource()
    daemon = rig.daemon(source, steady=lambda: source.seconds)
    source.look = daemon._progress.stuck
    daemon._job("poll:home", lambda: daemon._poll("home"))()
    assert source.looks == [[]] * 12


def test_daemon_that_stops_waits_for_the_alert_that_is_being_sent(
    slow: tuple[Rig, SlowChannel],
) -> None:
    """Broken off, it would be sent again; the next alert of the queue is not begun."""
    rig, channel = slow
    rig.home.clock.moment = machine_now()
    rig.home.write("first", "second")
    daemon = rig.daemon(limits=Limits(look=0.02, stop=0.01, stop_sending=PATIENCE))
    with rig.serving(daemon) as end:
        assert channel.begun.wait(PATIENCE)
        daemon.stop()
        threading.Event().wait(0.3)
        assert not end.done()
        channel.let.set()
    assert rig.left == []
    assert channel.titles == ["first"]
    with rig.home.store.reading() as books:
        assert [item.alert.title for item in books.pending("phone", machine_now())] == ["second"]


def test_fault_is_told_and_ends_the_process_although_a_send_hangs(
    slow: tuple[Rig, SlowChannel], caplog: pytest.LogCaptureFixture
) -> None:
    """Threads that do not end would keep a broken daemon alive and silent."""
    rig, channel = slow
    rig.home.clock.moment = machine_now()
    rig.home.write("first")
    daemon = rig.daemon(limits=Limits(look=0.02, stop=0.05, stop_sending=0.1))
    with rig.serving(daemon):
        assert channel.begun.wait(PATIENCE)
        rig.store.fault = KeyError("a bug")
        daemon._scheduler.hurry("tick")
        wait_for(lambda: rig.left)
        rig.store.fault = None
        channel.let.set()
    assert rig.left == [EXIT_BUG]
    assert "builtins.KeyError" in caplog.text


def test_daemon_sends_what_waits(rig: Rig) -> None:
    """And a refusal is written down, so that it is tried again later."""
    rig.home.phone.answer = DeliveryOutcome.FAILED
    rig.home.clock.moment = machine_now()
    rig.home.write("first")
    with rig.serving(rig.daemon()):
        wait_for(lambda: rig.home.phone.attempts)
    with rig.home.store.reading() as books:
        assert books.health(Part.CHANNEL, "phone").is_failing
