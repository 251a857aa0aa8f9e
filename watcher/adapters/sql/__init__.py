"""The ledger and the outbox on SQLite, through SQLAlchemy Core and Alembic."""
