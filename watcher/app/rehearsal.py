"""A copy of the state in memory: what is tried there never happened."""

from watcher.adapters.sql.store import SqlStore


def rehearse(store: SqlStore) -> SqlStore:
    """A store that begins as `store` is and is forgotten afterwards."""
    return store.rehearsal()
