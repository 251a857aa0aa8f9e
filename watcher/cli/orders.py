"""Order numbers as they are typed."""

from typing import Annotated

import typer

from watcher.domain.errors import Problem
from watcher.domain.event import is_order_number
from watcher.flow.acts import MistakenCall

OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="The order number.")]


def read_order(text: str) -> str:
    """The order number that was typed.

    Raises:
        MistakenCall: it is none.

    """
    if not is_order_number(text):
        raise MistakenCall(
            Problem(
                place=f"order {text}", what="no order number", fix="12 to 20 digits, without spaces"
            )
        )
    return text


def unknown_order(order: str) -> MistakenCall:
    """What to say of an order that no mail spoke of."""
    return MistakenCall(
        Problem(
            place=f"order {order}",
            what="no mail spoke of this order",
            fix="list what is known with `aliwatch cases --all`, "
            "and the mails that no rule knows with `aliwatch unrecognised`",
        )
    )
