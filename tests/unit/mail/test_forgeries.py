"""Every forgery that was tried comes out as stated, and none passes for AliExpress's."""

import pytest

from fuzz.forgeries import FORGERIES, Forgery, tried

TRIED = tried()


@pytest.mark.parametrize(("forgery", "came_to"), TRIED, ids=[each.trick for each, _ in TRIED])
def test_forgery_is_never_believed(forgery: Forgery, came_to: str) -> None:
    """A forged refund is foreign, or unproven and so without force; it is never a pass."""
    assert came_to == forgery.comes_to
    assert "pass" not in came_to.split()


def test_many_forgeries_were_tried_each_once() -> None:
    """The table holds at least sixty tricks, no two of the same name."""
    assert len({each.trick for each in FORGERIES}) == len(FORGERIES) >= 60
