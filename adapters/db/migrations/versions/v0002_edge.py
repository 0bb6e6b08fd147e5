"""What the edge needs: circuits, nonces of webhooks, and handoffs that humans have closed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LOSES = "which cases were closed, which signatures were used before, and how the providers fare"
"""What going back from here loses, for whoever is asked whether to."""

_TIME = sa.DateTime(timezone=True)
_CHANNELS = ("sms", "email", "voice")


def upgrade() -> None:
    """Add tables and a column; no row that is there changes."""
    op.create_table(
        "circuits",
        sa.Column(
            "channel",
            sa.Enum(*_CHANNELS, name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("last_fault_at", _TIME),
        sa.Column("open_until", _TIME),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider"),
    )
    op.create_table(
        "webhook_nonces",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("webhook_key", sa.Text(), nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("provider", "nonce"),
    )
    op.create_index("ix_webhook_nonces_used_at", "webhook_nonces", ["used_at"])
    op.add_column("handoffs", sa.Column("resolved_at", _TIME))
    op.create_index("ix_handoffs_desk_ref", "handoffs", ["desk", "ref"])


def downgrade() -> None:
    """Forget what the first tables do not hold."""
    op.drop_index("ix_handoffs_desk_ref", "handoffs")
    op.drop_column("handoffs", "resolved_at")
    op.drop_table("webhook_nonces")
    op.drop_table("circuits")
