"""A household on a store in memory."""

from collections.abc import Iterator

import pytest

from unit.flow.fakes import FakeChannel, Household
from watcher.adapters.sql.store import SqlStore


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """Answer an empty store in memory."""
    store = SqlStore.open(None)
    yield store
    store.close()


@pytest.fixture
def home(store: SqlStore) -> Household:
    """Answer a household with one channel."""
    return Household(store)


@pytest.fixture
def loud_home(store: SqlStore) -> Household:
    """Answer a household with two channels."""
    return Household(store, FakeChannel("phone"), FakeChannel("slack"))
