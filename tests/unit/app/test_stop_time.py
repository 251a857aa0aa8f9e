"""How long the daemon takes to stop fits what its service manager grants."""

import re
from pathlib import Path

import pytest

from watcher.adapters.channels.sender import SEND_TIMEOUT
from watcher.app.limits import Limits

UNITS = Path(__file__).parents[3] / "systemd"


@pytest.mark.parametrize("name", ["aliwatch.service", "aliwatch-user.service"])
def test_send_under_way_ends_before_systemd_kills_it(name: str) -> None:
    """Killed between the channel's yes and our note of it, an alert would come twice."""
    found = re.search(r"(?m)^TimeoutStopSec=(\d+)s$", (UNITS / name).read_text(encoding="utf-8"))
    assert found is not None
    assert Limits().stop_sending > SEND_TIMEOUT
    assert Limits().stop_sending + Limits().look + 10 <= int(found[1])
