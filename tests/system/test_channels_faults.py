"""What an alert's outcome is when the service, the address or the sending process fails."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from receivers.http import Fault, Receiver, http_receiver
from watcher.adapters.channels.sender import Channel
from watcher.domain.alert import Alert, DeliveryOutcome, Severity
from watcher.domain.errors import Problem, UserError

ALERT = Alert(
    title="Order 8012345678901234 closed: €12.34 to get back",
    body="Last day: Dec 1.\n\nNow: https://example.org/?a=1&b=2",
    severity=Severity.ACTION,
)


def channel(url: str, *, timeout: float = 60.0) -> Channel:
    """A channel called phone."""
    return Channel(name="phone", url=lambda: url, timeout=timeout)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A local HTTP server."""
    with http_receiver() as running:
        yield running


@pytest.fixture
def no_child_left() -> Iterator[None]:
    """Check that what was started during the test has ended; servers of the run go on."""
    before = _children()
    yield
    assert set(_children()) <= set(before)


@pytest.mark.parametrize("status", [404, 429, 500])
def test_http_error_is_a_failure_that_names_the_status(receiver: Receiver, status: int) -> None:
    """A service that says no is tried again later, and the status is told, the address is not."""
    receiver.script(status)
    delivery = channel(f"json://{receiver.address}/secret-path-token").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert delivery.reason.startswith(f"HTTP {status} from JSON")
    assert "secret-path-token" not in delivery.reason
    assert len(receiver.posts) == 1


def test_silent_service_leaves_the_delivery_uncertain(receiver: Receiver) -> None:
    """No answer in time is not taken for a failure: the alert may have arrived."""
    receiver.script(Fault.SILENCE)
    delivery = channel(f"json://{receiver.address}/?rto=0.5").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.UNCERTAIN
    assert delivery.reason == "JSON: no answer in time"
    assert len(receiver.posts) == 1


def test_cut_connection_leaves_the_delivery_uncertain(receiver: Receiver) -> None:
    """A connection that breaks after the message was sent leaves open whether it arrived."""
    receiver.script(Fault.RESET)
    delivery = channel(f"json://{receiver.address}").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.UNCERTAIN
    assert "broke before an answer" in delivery.reason


def test_unreachable_service_is_a_failure() -> None:
    """A service that refuses the connection has surely got nothing."""
    delivery = channel("json://127.0.0.1:9/secret-path-token").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert delivery.reason == "JSON: the connection was refused"


@pytest.mark.usefixtures("no_child_left")
def test_hanging_send_ends_in_time(receiver: Receiver) -> None:
    """A send that hangs longer than its bound is ended, and nothing of it stays running."""
    receiver.script(Fault.SILENCE)
    start = time.monotonic()
    delivery = channel(f"json://{receiver.address}/?rto=60", timeout=4.0).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.UNCERTAIN
    assert delivery.reason == "JSON: not finished in time"
    assert time.monotonic() - start < 40


@pytest.mark.usefixtures("no_child_left")
def test_sending_process_that_does_not_end_is_killed(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sending process that does not give up by itself is killed, with all that it started."""
    (tmp_path / "sitecustomize.py").write_text(
        "import subprocess, time\n"
        "grandchild = subprocess.Popen(['sleep', '100'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(grandchild.pid))\n"
        "time.sleep(100)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    start = time.monotonic()
    delivery = channel(f"json://{receiver.address}", timeout=2.0).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.UNCERTAIN
    assert delivery.reason == "not finished after 2 seconds"
    assert time.monotonic() - start < 40
    grandchild = int((tmp_path / "pid").read_text(encoding="ascii"))
    while _runs(grandchild) and time.monotonic() - start < 40:
        time.sleep(0.05)
    assert not _runs(grandchild)


@pytest.mark.usefixtures("no_child_left")
def test_no_process_is_left_after_a_send(receiver: Receiver) -> None:
    """The daemon keeps neither Apprise nor its process."""
    channel(f"json://{receiver.address}").send(ALERT)
    assert "apprise" not in _modules_after_import()


@pytest.mark.parametrize(
    "url", ["", "no-address", "nosuch://host/secret-token", "slack://bad", "json://a, json://b"]
)
def test_senseless_address_is_refused(url: str) -> None:
    """An address of which Apprise makes no one service is a mistake in the settings."""
    delivery = channel(url).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.REFUSED
    assert delivery.reason
    assert "secret-token" not in delivery.reason


def test_missing_secret_is_refused_with_its_place() -> None:
    """A URL whose secret cannot be read is a mistake in the settings that names the place."""

    def resolve() -> str:
        raise UserError(Problem(place="channel.phone.url", what="the file is missing"))

    delivery = Channel(name="phone", url=resolve).send(ALERT)
    assert delivery.outcome is DeliveryOutcome.REFUSED
    assert delivery.reason == "channel.phone.url: the file is missing"


def test_modules_of_the_working_directory_are_not_run(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that has a module called apprise cannot put itself in Apprise's place."""
    (tmp_path / "apprise.py").write_text("raise SystemExit(7)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    delivery = channel(f"json://{receiver.address}").send(ALERT)
    assert delivery.outcome is DeliveryOutcome.DELIVERED, delivery.reason


def _children() -> list[str]:
    """Processes that this one started and that still run."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii")
    return listed.split()


def _runs(pid: int) -> bool:
    """Whether the process still runs; one that is dead and not yet cleared away does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _modules_after_import() -> set[str]:
    code = "import sys, watcher.adapters.channels.sender; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return set(run.stdout.split())
