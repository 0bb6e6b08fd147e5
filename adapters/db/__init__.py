"""The database: SQLAlchemy Core and Alembic, the same code on SQLite and PostgreSQL."""
