"""Keeps one order whose data break the program from silencing all the others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watcher.domain.errors import TransientError, UserError
from watcher.flow.deciding import BATCH, Deciding
from watcher.flow.vigilance import Vigilance

MOST: Final = 3
"""So many orders may stand aside. More than these, and than half of those due, show a bug that is
not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Decides on all orders but those that cannot be decided on, which stand aside for a while."""

    deciding: Deciding
    vigilance: Vigilance
    on_fault: Callable[[str, Exception], None]
    """Gets each such order with what it raised: a bug, to be logged as one."""

    def tick(self, now: datetime) -> int:
        """Decide; returns how many alerts were written.

        Where that breaks on a bug, each order that is due is tried alone. Those it breaks on are
        tried again at growing pauses, and the person is told of each, once. A bug that is not one
        order's is raised as it was.

        Raises:
            TransientError: the disk is full or the database locked.

        """
        try:
            return self.deciding.tick(now)
        except (TransientError, UserError):
            raise
        except Exception as error:
            # One poisoned order must not silence all cases.
            if not self._set_aside(now):
                raise error from None
        return self.deciding.tick(now)

    def _set_aside(self, now: datetime) -> bool:
        """Have the orders stand aside that cannot be decided on; whether it was these."""
        with self.deciding.store.reading() as books:
            due = books.orders_to_look_at(now, BATCH)
        faults: dict[str, Exception] = {}
        for order in due:
            try:
                self.deciding.rehearse(order, now)
            except (TransientError, UserError):
                raise
            except Exception as error:  # noqa: BLE001 -- the same guard: which order is it?
                faults[order] = error
        if not faults or len(faults) > max(MOST, len(due) // 2):
            return False
        for order, fault in faults.items():
            self.on_fault(order, fault)
            self.vigilance.order_failed(order, type(fault).__name__, now)
        return True
