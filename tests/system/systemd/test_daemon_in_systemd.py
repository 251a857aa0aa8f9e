"""`aliwatch run` under a real systemd, with all of the unit's sandbox: it watches and it tells."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from receivers.http import Receiver, http_receiver
from system.systemd.container import Container, wait_for

pytestmark = [pytest.mark.systemd, pytest.mark.timeout(900)]

CORPUS = Path(__file__).parents[2] / "corpus"
ORDER = "8045000000000001"
STATE = "/var/lib/aliwatch"
MAIL = "/srv/mail/new/1.closed"
DROP_IN = "[Service]\nRestartSec=1s\nWatchdogSec=5s\n"


@pytest.fixture
def phone() -> Iterator[Receiver]:
    """A local HTTP server in the place of the person's phone; the container shares loopback."""
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def service(installed: Container, phone: Receiver) -> Iterator[Container]:
    """The installed service, stopped, with a Maildir that holds one closed order."""
    for folder in ("cur", "new", "tmp"):
        installed.run("mkdir", "-p", f"/srv/mail/{folder}")
    installed.write(MAIL, (CORPUS / "en-closed.eml").read_text(encoding="utf-8"))
    settings = '[account.home]\nmaildir = "/srv/mail"\n'
    channel = '[channel.phone]\nurl = { credential = "phone-url" }\n'
    installed.write("/etc/aliwatch/aliwatch.toml", settings + channel)
    url = f"json://127.0.0.1:{phone.port}/phone"
    installed.write("/etc/aliwatch/credentials/phone-url", url, 0o600)
    drop_in = "/etc/systemd/system/aliwatch.service.d/quick.conf"
    installed.write(drop_in, DROP_IN)
    installed.run("systemctl", "daemon-reload")
    yield installed
    installed.run("systemctl", "stop", "aliwatch")
    installed.run("systemctl", "reset-failed", "aliwatch", check=False)
    installed.run("sh", "-c", f"rm -rf {STATE}/* /etc/aliwatch/credentials/* /srv/mail {drop_in}")
    installed.run("systemctl", "daemon-reload")


def await_alert(service: Container, phone: Receiver) -> None:
    """Wait until the phone has an alert that names the order."""
    wait_for(
        lambda: any(ORDER in str(post.body) for post in phone.posts),
        90,
        lambda: f"no alert came:\n{service.journal('aliwatch')}",
    )


def await_other_process(service: Container, old: str) -> None:
    """Wait until the service runs as another process, and is ready."""
    wait_for(
        lambda: (
            service.show("aliwatch", "MainPID")[0] not in {"0", old}
            and service.show("aliwatch", "ActiveState", "SubState") == ["active", "running"]
        ),
        90,
        lambda: f"not restarted:\n{service.journal('aliwatch')}",
    )


def test_the_service_tells_the_phone_and_root_can_look(service: Container, phone: Receiver) -> None:
    """From the mail to the phone through the sandbox; `aliwatch cases` beside it harms nothing."""
    service.run("systemctl", "start", "aliwatch")
    await_alert(service, phone)
    cases = service.run("env", "HOME=/root", "aliwatch", "cases", "--json")
    assert [json.loads(line)["order"] for line in cases.splitlines()] == [ORDER]
    assert service.run("find", STATE, "!", "-user", "aliwatch") == ""
    begun = time.monotonic()
    service.run("systemctl", "stop", "aliwatch")
    assert time.monotonic() - begun < 25
    assert service.show("aliwatch", "ActiveState", "Result") == ["inactive", "success"]


def test_a_killed_and_a_hanging_daemon_come_back_and_say_nothing_twice(
    service: Container, phone: Receiver
) -> None:
    """After `kill -9` and after a standstill the watch goes on where it was."""
    service.run("systemctl", "start", "aliwatch")
    await_alert(service, phone)
    told = len(phone.posts)
    for number in ("-KILL", "-STOP"):
        (old,) = service.show("aliwatch", "MainPID")
        service.run("kill", number, old)
        await_other_process(service, old)
    time.sleep(3)
    assert len(phone.posts) == told


def test_wrong_settings_end_the_service_with_every_problem_in_the_journal(
    service: Container,
) -> None:
    """Exit 78, no second start, no traceback."""
    service.write("/etc/aliwatch/aliwatch.toml", '[account.home]\nmaildirr = "/srv"\npol = "5m"\n')
    service.run("systemctl", "start", "aliwatch", check=False)
    service.await_state("aliwatch", "failed")
    assert service.show("aliwatch", "ExecMainStatus") == ["78"]
    journal = service.last_words("aliwatch")
    assert "did you mean poll?" in journal
    assert "account.home.maildirr" in journal
    assert "Traceback" not in journal


def test_a_second_daemon_is_refused(service: Container) -> None:
    """Root who types `aliwatch run` beside the service is told which process is watching."""
    service.run("systemctl", "start", "aliwatch")
    (running,) = service.show("aliwatch", "MainPID")
    said = service.run("timeout", "60", "aliwatch", "run", check=False)
    assert f"process {running} is already watching" in " ".join(said.split())
