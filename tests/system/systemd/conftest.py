"""One container for all tests of the service, with the service installed as a person would."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from system.systemd.container import Container, boot_container, find_obstacle

ROOT = Path(__file__).parents[3]
LEFT_OUT = (".git", ".venv", "build", "dist", "__pycache__", ".*_cache", "*.egg-info")


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A booted machine with a copy of the checkout in /srv/checkout, nothing installed."""
    if obstacle := find_obstacle():
        pytest.skip(obstacle)
    folder = tmp_path_factory.mktemp("container")
    with boot_container(folder) as container:
        copy = container.root / "srv" / "checkout"
        copy.mkdir(parents=True)
        excludes = [f"--exclude={name}" for name in LEFT_OUT]
        packed = subprocess.Popen(
            ["tar", "-c", *excludes, "-C", str(ROOT), "."], stdout=subprocess.PIPE
        )
        with packed:
            subprocess.run(["tar", "-x", "-C", str(copy)], stdin=packed.stdout, check=True)
        assert packed.returncode == 0
        yield container


@pytest.fixture(scope="session")
def installed(machine: Container) -> Container:
    """The machine after `make install`."""
    machine.run("make", "-C", "/srv/checkout", "install", seconds=900)
    return machine
