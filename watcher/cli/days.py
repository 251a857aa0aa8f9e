"""Days as a person types them."""

from datetime import date

from watcher.adapters.settings.scalars import parse_duration
from watcher.domain.errors import Problem
from watcher.flow.acts import MistakenCall


def read_day(text: str, today: date, *, sign: int = 1) -> date:
    """Read `2026-12-01`, or `3d` and `2w` counted from today; backwards with `sign` -1.

    Raises:
        MistakenCall: the text is neither.

    """
    try:
        if text[:1].isdigit() and text[-1:] in "dw":
            return today + sign * parse_duration(text)
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise MistakenCall(
            Problem(place=f"date {text}", what="no date", fix="write 2026-12-01, or 3d, or 2w")
        ) from None
