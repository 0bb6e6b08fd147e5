"""Attempts in doubt leave the index of what is waited for, once nobody waits for them.

They stay in doubt in the books for ever, and whoever looks for what is stuck must not read all that there
ever were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LOSES = "nothing that is not found again when the database is brought up to date"
"""What going back from here loses, for whoever is asked whether to."""

_IN_DOUBT = "state IN ('claimed', 'unknown')"
_INDEX = "ix_attempts_in_doubt"


def upgrade() -> None:
    """Add a column, fill it for enrollments that have ended, and index what is left."""
    op.add_column("attempts", sa.Column("settled_at", sa.DateTime(timezone=True)))
    ended = "SELECT finished_at FROM enrollments WHERE enrollments.id = attempts.enrollment_id"
    op.execute(f"UPDATE attempts SET settled_at = ({ended}) WHERE {_IN_DOUBT}")  # noqa: S608 - our own words
    op.drop_index(_INDEX, "attempts")
    _index(f"{_IN_DOUBT} AND settled_at IS NULL")


def downgrade() -> None:
    """Index all of them again."""
    op.drop_index(_INDEX, "attempts")
    op.drop_column("attempts", "settled_at")
    _index(_IN_DOUBT)


def _index(where: str) -> None:
    op.create_index(
        _INDEX, "attempts", ["claimed_at"], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
