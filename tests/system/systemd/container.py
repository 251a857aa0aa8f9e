"""A real systemd in a container whose root is this machine's own, seen through an overlay.

Nothing that happens inside touches the machine: all writes land in memory and go with the test.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

BOOT_SECONDS = 60.0
NEEDED = ("systemd-nspawn", "nsenter", "mount", "tar")
# What a machine's own start-up would do and a test has no use for.
IDLE = ("getty.target", "systemd-logind.service", "systemd-networkd.service", "cron.service")


def find_obstacle() -> str | None:
    """Say why no container can be started here; `None` where one can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [program for program in NEEDED if shutil.which(program) is None]
    return f"needs {', '.join(missing)}" if missing else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A booted machine to try the service on."""

    root: Path
    """Its root folder as seen from outside."""
    leader: int
    """The process id, outside, of its systemd."""

    def run(self, *words: str, check: bool = True, seconds: float = 120.0) -> str:
        """Run a command inside as root and return what it printed, errors included.

        Raises:
            AssertionError: it failed, and `check` is on. The message holds its output.

        """
        done = subprocess.run(
            ["nsenter", "--target", str(self.leader), "--all", "--", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
        )
        if check:
            assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout.strip()

    def show(self, unit: str, *names: str) -> list[str]:
        """Return a unit's properties as systemd tells them, in the order asked for."""
        text = self.run("systemctl", "show", unit, *(f"--property={name}" for name in names))
        found = dict(line.partition("=")[::2] for line in text.splitlines())
        return [found.get(name, "") for name in names]

    def await_state(self, unit: str, wanted: str, seconds: float = 60.0) -> None:
        """Wait until a unit is in a state such as `active` or `failed`.

        Raises:
            AssertionError: it did not get there in time. The message holds its journal.

        """
        wait_for(
            lambda: self.show(unit, "ActiveState") == [wanted],
            seconds,
            lambda: f"{unit} is not {wanted}:\n{self.journal(unit)}",
        )

    def journal(self, unit: str) -> str:
        """Return what a unit has logged, and what systemd says of it."""
        return self.run("journalctl", "--unit", unit, "--no-pager", "--output=cat", check=False)

    def last_words(self, unit: str) -> str:
        """Return what a unit's latest run has logged, and only that."""
        (run,) = self.show(unit, "InvocationID")
        query = f"_SYSTEMD_INVOCATION_ID={run}"
        return self.run("journalctl", query, "--no-pager", "--output=cat", check=False)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file into the container, owned by its root."""
        inside = self.root / path.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_text(text, encoding="utf-8")
        inside.chmod(mode)


def wait_for(reached: Callable[[], bool], seconds: float, complaint: Callable[[], str]) -> None:
    """Return as soon as something is so; fail when it is not so in time."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, complaint()
        time.sleep(0.1)


@contextmanager
def boot_container(folder: Path) -> Iterator[Container]:
    """Boot a container in an empty folder, and leave no mount and no process behind."""
    with ExitStack() as stack:
        _mount(stack, folder, "-t", "tmpfs", "tmpfs")
        root = folder / "root"
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={folder / 'upper'},workdir={folder / 'work'}"
        _mount(stack, root, "-t", "overlay", "overlay", "-o", layers)
        _quiet(root)
        console = stack.enter_context((folder / "console").open("wb"))
        nspawn = subprocess.Popen(
            [
                *("systemd-nspawn", "--quiet", f"--directory={root}", "--boot"),
                *("--register=no", "--keep-unit", "--console=pipe"),
                *(f"--machine=aliwatch-{os.getpid()}", "systemd.unit=multi-user.target"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
        )
        stack.callback(_halt, nspawn)
        yield Container(root=root, leader=_await_boot(nspawn, folder / "console"))


def _mount(stack: ExitStack, target: Path, *arguments: str) -> None:
    subprocess.run(["mount", *arguments, str(target)], check=True)
    # Lazy: whatever still looks in there must not keep it for ever.
    stack.callback(subprocess.run, ["umount", "--lazy", str(target)], check=True)


def _quiet(root: Path) -> None:
    """Let the guest start nothing of its host's, and take itself for a machine of its own."""
    for wants in root.glob("etc/systemd/system/*.wants/*"):
        wants.unlink()
    for name in IDLE:
        mask = root / "etc/systemd/system" / name
        mask.unlink(missing_ok=True)
        mask.symlink_to("/dev/null")
    (root / "etc/fstab").write_text("")
    (root / "etc/machine-id").unlink(missing_ok=True)
    (root / "etc/machine-id").touch()


def _await_boot(nspawn: subprocess.Popen[bytes], console: Path) -> int:
    def complaint() -> str:
        return "the container did not boot:\n" + console.read_text(errors="replace")

    children = Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children")
    end = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < end:
        assert nspawn.poll() is None, complaint()
        for leader in children.read_text().split():
            asked = subprocess.run(
                ["nsenter", "--target", leader, "--all", "systemctl", "is-system-running"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
            if asked.stdout.strip() in {"running", "degraded"}:
                return int(leader)
        time.sleep(0.2)
    raise AssertionError(complaint())


def _halt(nspawn: subprocess.Popen[bytes]) -> None:
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        nspawn.send_signal(number)
        try:
            nspawn.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return
