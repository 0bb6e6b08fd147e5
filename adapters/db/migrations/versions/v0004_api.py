"""What the API needs: keys, idempotency keys, batches, audiences, claimed handoffs, erased contacts.

No table is written anew. What takes time are the new indexes of all contacts and enrollments.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LOSES = (
    "API keys, batches and audiences, who has taken which case and when something is due; addresses of "
    "people who were erased are not suppressed any more"
)
"""What going back from here loses, for whoever is asked whether to."""

_TIME = sa.DateTime(timezone=True)
_BATCH_STATES = ("storing", "starting", "cancelling", "done", "cancelled")
_SALT_BYTES = 32


def upgrade() -> None:
    """Add tables, columns and indexes; no row that is there changes."""
    _create_batches()
    _create_keys()
    _create_audiences()
    salts = op.create_table(
        "salts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    # Not the settings' matter: without it, addresses of people who were erased would be written to again.
    op.bulk_insert(salts, [{"name": "addresses", "value": secrets.token_bytes(_SALT_BYTES)}])
    op.add_column("contacts", sa.Column("erased_at", _TIME))
    op.create_index("ix_contacts_tenant_id", "contacts", ["tenant", "id"])
    op.create_index("ix_webhooks_received_at_key", "webhooks", ["received_at", "key"])
    op.add_column("enrollments", sa.Column("batch", sa.Text()))
    op.add_column("enrollments", sa.Column("due_at", _TIME))
    _index_enrollments()
    _partial("ix_attempts_in_doubt", "attempts", ["claimed_at"], "state IN ('claimed', 'unknown')")
    op.add_column("handoffs", sa.Column("claimed_by", sa.Text()))
    op.add_column("handoffs", sa.Column("claimed_at", _TIME))
    _partial("ix_handoffs_unresolved", "handoffs", ["created_at", "key"], "resolved_at IS NULL")


def downgrade() -> None:
    """Forget what the earlier tables do not hold.

    Addresses that were suppressed as hashes are not known any more, so they are not suppressed any more.
    """
    op.drop_index("ix_handoffs_unresolved", "handoffs")
    op.drop_column("handoffs", "claimed_at")
    op.drop_column("handoffs", "claimed_by")
    created = [f"{name}_created_at_id" for name in ("batch", "tenant_campaign", "tenant")]
    op.drop_index("ix_attempts_in_doubt", "attempts")
    for index in ("started_of_batch", "due", "of_batch", "unstarted", *created):
        op.drop_index(f"ix_enrollments_{index}", "enrollments")
    _partial("ix_enrollments_unstarted", "enrollments", ["created_at"], "started_at IS NULL")
    op.drop_column("enrollments", "due_at")
    op.drop_column("enrollments", "batch")
    op.drop_index("ix_webhooks_received_at_key", "webhooks")
    op.drop_index("ix_contacts_tenant_id", "contacts")
    op.drop_column("contacts", "erased_at")
    for table in ("salts", "audience_members", "audiences", "idempotency_keys", "api_keys", "batches"):
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _index_enrollments() -> None:
    op.create_index("ix_enrollments_tenant_created_at_id", "enrollments", ["tenant", "created_at", "id"])
    op.create_index(
        "ix_enrollments_tenant_campaign_created_at_id",
        "enrollments",
        ["tenant", "campaign", "created_at", "id"],
    )
    op.drop_index("ix_enrollments_unstarted", "enrollments")
    unstarted = "started_at IS NULL AND outcome IS NULL AND batch IS"
    _partial("ix_enrollments_unstarted", "enrollments", ["created_at"], f"{unstarted} NULL")
    _partial("ix_enrollments_of_batch", "enrollments", ["batch", "id"], f"{unstarted} NOT NULL")
    of_batch = ["batch", "created_at", "id"]
    _partial("ix_enrollments_batch_created_at_id", "enrollments", of_batch, "batch IS NOT NULL")
    _partial("ix_enrollments_due", "enrollments", ["due_at"], "outcome IS NULL AND due_at IS NOT NULL")
    started = "batch IS NOT NULL AND started_at IS NOT NULL"
    _partial("ix_enrollments_started_of_batch", "enrollments", ["batch", "started_at"], started)


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("rate", sa.Double()),
        sa.Column("time_scale", sa.Double(), nullable=False),
        *(
            sa.Column(count, sa.Integer(), nullable=False)
            for count in ("received", "rejected", "enrolled", "already", "started", "refused")
        ),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("stored_at", _TIME),
        sa.Column("finished_at", _TIME),
        sa.Column("reached", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(
            ["tenant", "campaign", "version"], ["campaigns.tenant", "campaigns.key", "campaigns.version"]
        ),
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, _BATCH_STATES))})", name="state"),
        sa.CheckConstraint("rate > 0", name="rate"),
    )
    op.create_index("ix_batches_tenant_created_at_id", "batches", ["tenant", "created_at", "id"])
    _partial("ix_batches_in_hand", "batches", ["created_at"], "finished_at IS NULL")


def _create_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_api_keys_tenant", "api_keys", ["tenant"])
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("claimed_at", _TIME, nullable=False),
        sa.Column("answered_at", _TIME),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_index("ix_idempotency_keys_claimed_at", "idempotency_keys", ["claimed_at"])


def _create_audiences() -> None:
    op.create_table(
        "audiences",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_table(
        "audience_members",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "audience", "contact_id"),
        sa.ForeignKeyConstraint(["tenant", "audience"], ["audiences.tenant", "audiences.key"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"]),
    )
    op.create_index("ix_audience_members_contact_id", "audience_members", ["contact_id"])
