"""The Alembic environment and the revisions; `adapters.db.migrate` runs them."""
