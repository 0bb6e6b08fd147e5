"""The first tables.

A revision is history: it names its types and values itself and does not change with the program.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LOSES = "everything: the tables are dropped with all that is in them"
"""What going back from here loses, for whoever is asked whether to."""

_TIME = sa.DateTime(timezone=True)
_CHANNELS = ("sms", "email", "voice")
_OUTCOMES = (
    *("completed", "exhausted", "exited", "escalated"),
    *("resolved", "opted_out", "complained", "cancelled"),
)
_STATES = ("claimed", "released", "accepted", "rejected", "unknown")
_STATUSES = (
    *("queued", "sent", "failed", "busy", "no_answer", "delivered", "bounced", "answered"),
    *("voicemail", "opened", "clicked", "replied", "opted_out", "complained"),
)


def upgrade() -> None:
    """Create the tables, those that others refer to first."""
    _create_people_and_plans()
    _create_enrollments()
    _create_attempts()
    _create_interactions()
    _create_rest()


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    tables = ("handoffs", "suppressions", "webhooks", "interactions", "attempts", "enrollments")
    for table in (*tables, "campaign_holds", "campaigns", "contacts"):
        op.drop_table(table)


def _words(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _choice(name: str, values: tuple[str, ...], *, null: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=null)


def _create_people_and_plans() -> None:
    op.create_table(
        "contacts",
        _words("id"),
        _words("tenant"),
        _words("external_id"),
        _words("phone", null=True),
        _words("email", null=True),
        _words("timezone", null=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "external_id"),
    )
    op.create_index("ix_contacts_phone", "contacts", ["phone"])
    op.create_index("ix_contacts_email", "contacts", ["email"])
    op.create_table(
        "campaigns",
        _words("tenant"),
        _words("key"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("published_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", "version"),
    )
    op.create_table(
        "campaign_holds",
        _words("tenant"),
        _words("key"),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )


def _create_enrollments() -> None:
    op.create_table(
        "enrollments",
        _words("id"),
        _words("tenant"),
        _words("campaign"),
        sa.Column("version", sa.Integer(), nullable=False),
        _words("contact_id"),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("time_scale", sa.Double(), nullable=False),
        sa.Column("started_at", _TIME),
        _choice("outcome", _OUTCOMES, null=True),
        sa.Column("finished_at", _TIME),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"]),
        sa.ForeignKeyConstraint(
            ["tenant", "campaign", "version"], ["campaigns.tenant", "campaigns.key", "campaigns.version"]
        ),
        sa.UniqueConstraint("tenant", "campaign", "contact_id"),
        sa.CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name="finished"),
    )
    op.create_index("ix_enrollments_contact_id", "enrollments", ["contact_id"])
    unstarted = sa.text("started_at IS NULL")
    op.create_index(
        "ix_enrollments_unstarted",
        "enrollments",
        ["created_at"],
        sqlite_where=unstarted,
        postgresql_where=unstarted,
    )


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        _words("key"),
        _words("enrollment_id"),
        _words("step"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _choice("channel", _CHANNELS),
        _words("provider"),
        _choice("state", _STATES),
        _words("provider_ref", null=True),
        _choice("delivery", _STATUSES, null=True),
        _words("reason", null=True),
        sa.Column("claimed_at", _TIME, nullable=False),
        sa.Column("recorded_at", _TIME),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"]),
        sa.CheckConstraint("attempt > 0", name="attempt"),
    )
    op.create_index("ix_attempts_enrollment_id", "attempts", ["enrollment_id"])
    op.create_index("ix_attempts_provider_provider_ref", "attempts", ["provider", "provider_ref"])


def _create_interactions() -> None:
    op.create_table(
        "interactions",
        _words("key"),
        _words("kind"),
        sa.Column("at", _TIME, nullable=False),
        _words("enrollment_id", null=True),
        _words("step", null=True),
        sa.Column("attempt", sa.Integer()),
        _words("provider", null=True),
        _choice("status", _STATUSES, null=True),
        _words("detail"),
        _words("text", null=True),
        _choice("dispatch", ("none", "pending", "dispatched", "late")),
        sa.Column("stored_at", _TIME, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"]),
    )
    op.create_index("ix_interactions_enrollment_id_stored_at", "interactions", ["enrollment_id", "stored_at"])
    pending = sa.text("dispatch = 'pending'")
    op.create_index(
        "ix_interactions_pending",
        "interactions",
        ["stored_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )


def _create_rest() -> None:
    op.create_table(
        "webhooks",
        _words("key"),
        _words("provider"),
        _words("target"),
        _words("content_type"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        _choice("verdict", ("read", "malformed")),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "suppressions",
        _words("tenant"),
        _choice("channel", _CHANNELS),
        _words("address"),
        _words("reason"),
        sa.Column("added_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "channel", "address"),
    )
    op.create_table(
        "handoffs",
        _words("key"),
        _words("enrollment_id"),
        _words("step"),
        _words("reason"),
        sa.Column("created_at", _TIME, nullable=False),
        _words("desk"),
        _words("ref", null=True),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"]),
    )
    op.create_index("ix_handoffs_enrollment_id", "handoffs", ["enrollment_id"])
