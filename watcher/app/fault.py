"""What the log says of a bug: where it is, and never what a mail said."""

from collections.abc import Iterator
from traceback import format_tb


def describe_fault(error: BaseException) -> str:
    """The traceback of `error` and of what caused it, without their messages.

    A message often quotes the value that was met: an order, a subject, a whole mail.
    """
    parts = []
    for one in _causes(error):
        kind = type(one)
        parts.append("".join(format_tb(one.__traceback__)) + f"{kind.__module__}.{kind.__name__}")
    return "\n\ncaused:\n\n".join(reversed(parts))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
