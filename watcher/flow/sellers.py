"""What the ledger tells of the stores that the person ordered at."""

from collections.abc import Iterator
from datetime import datetime

from watcher.domain.calendar import local_date
from watcher.domain.case import Case
from watcher.domain.due import Guidance
from watcher.domain.life import fold
from watcher.domain.seller import SellerHistory, look_back
from watcher.flow.ports import Books


def history_of(
    books: Books, store: str | None, guidance: Guidance, now: datetime
) -> SellerHistory | None:
    """How `store` has served the person so far; `None` where no mail named a store."""
    if store is None:
        return None
    today = local_date(guidance.calendar, now)
    return look_back(_cases(books, store), guidance.terms, guidance.calendar, today)


def histories(books: Books, guidance: Guidance, now: datetime) -> dict[str, SellerHistory]:
    """How every store that a mail named has served the person."""
    found = {store: history_of(books, store, guidance, now) for store in books.stores()}
    return {store: one for store, one in found.items() if one is not None and one.orders}


def _cases(books: Books, store: str) -> Iterator[Case]:
    for order in books.orders_of(store):
        case = fold(order, books.events(order)).case
        if case.store == store:
            yield case
