"""The tables. Their UNIQUE and CHECK constraints carry the idempotency; `migrations` makes the same ones."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from adapters.db.columns import Time, Words, choice
from application.ports.interactions import Dispatch
from application.ports.webhooks import Verdict
from domain.attempts import AttemptState
from domain.batches import BatchState
from domain.enrollment.state import Outcome
from domain.pauses import PausePolicy
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("external_id", Words, nullable=False),
    Column("phone", Words, index=True),
    Column("email", Words, index=True),
    Column("timezone", Words),
    Column("attributes", JSON, nullable=False),
    Column("erased_at", Time),
    UniqueConstraint("tenant", "external_id"),
    Index(None, "tenant", "id"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("definition", JSON, nullable=False),
    Column("published_at", Time, nullable=False),
)

campaign_pauses = Table(
    "campaign_pauses",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("paused_at", Time, primary_key=True),
    Column("policy", choice(PausePolicy, "policy"), nullable=False),
    Column("rate", Double, nullable=False),
    Column("resumed_at", Time),
    Column("next_slot", BigInteger),  # microseconds since 1970: whole numbers add up in both databases
    CheckConstraint("rate > 0", name="rate"),
)
"""A campaign that has a row here without an end is paused, in all its versions."""
GOES_ON = text("resumed_at IS NULL")
Index(
    "uq_campaign_pauses_open",
    campaign_pauses.c.tenant,
    campaign_pauses.c.key,
    unique=True,
    sqlite_where=GOES_ON,
    postgresql_where=GOES_ON,
)

consents = Table(
    "consents",
    metadata,
    Column("contact_id", Words, ForeignKey("contacts.id"), primary_key=True),
    Column("channel", choice(Channel, "channel"), primary_key=True),
    Column("at", Time, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("source", Words, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("campaign", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", Words, nullable=False),
    Column("state", choice(BatchState, "state"), nullable=False),
    Column("rate", Double),
    Column("time_scale", Double, nullable=False),
    Column("received", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("enrolled", Integer, nullable=False),
    Column("already", Integer, nullable=False),
    Column("started", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("stored_at", Time),
    Column("finished_at", Time),
    Column("reached", Words),
    ForeignKeyConstraint(
        ["tenant", "campaign", "version"], ["campaigns.tenant", "campaigns.key", "campaigns.version"]
    ),
    CheckConstraint("rate > 0", name="rate"),
    Index(None, "tenant", "created_at", "id"),
)
"""Many enrollments that were asked for at once. `problems` tells lines and reasons, and nothing personal."""
IN_HAND = text("finished_at IS NULL")
Index("ix_batches_in_hand", batches.c.created_at, sqlite_where=IN_HAND, postgresql_where=IN_HAND)

enrollments = Table(
    "enrollments",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("campaign", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("contact_id", Words, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("created_at", Time, nullable=False),
    Column("time_scale", Double, nullable=False),
    Column("started_at", Time),
    Column("outcome", choice(Outcome, "outcome")),
    Column("finished_at", Time),
    Column("entry", Integer, nullable=False, server_default=text("1")),
    Column("step", Words),
    Column("paused_at", Time),
    Column("batch", Words),  # no foreign key: SQLite cannot drop such a column again
    Column("due_at", Time),
    ForeignKeyConstraint(
        ["tenant", "campaign", "version"], ["campaigns.tenant", "campaigns.key", "campaigns.version"]
    ),
    UniqueConstraint("tenant", "campaign", "contact_id", "entry"),
    CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name="finished"),
    Index(None, "tenant", "created_at", "id"),
    Index(None, "tenant", "campaign", "created_at", "id"),
)
OPEN = text("outcome IS NULL")
Index(
    "ix_enrollments_open",
    *(enrollments.c[name] for name in ("tenant", "campaign", "version", "step", "id")),
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
UNSTARTED = text("started_at IS NULL AND outcome IS NULL AND batch IS NULL")
"""What the relay starts; those of a batch are started by its own workflow."""
Index(
    "ix_enrollments_unstarted",
    enrollments.c.created_at,
    sqlite_where=UNSTARTED,
    postgresql_where=UNSTARTED,
)
UNSTARTED_OF_BATCH = text("started_at IS NULL AND outcome IS NULL AND batch IS NOT NULL")
Index(
    "ix_enrollments_of_batch",
    enrollments.c.batch,
    enrollments.c.id,
    sqlite_where=UNSTARTED_OF_BATCH,
    postgresql_where=UNSTARTED_OF_BATCH,
)
OF_BATCH = text("batch IS NOT NULL")
Index(
    "ix_enrollments_batch_created_at_id",
    *(enrollments.c[name] for name in ("batch", "created_at", "id")),
    sqlite_where=OF_BATCH,
    postgresql_where=OF_BATCH,
)
DUE = text("outcome IS NULL AND due_at IS NOT NULL")
Index("ix_enrollments_due", enrollments.c.due_at, sqlite_where=DUE, postgresql_where=DUE)
STARTED_OF_BATCH = text("batch IS NOT NULL AND started_at IS NOT NULL")
"""By which it is seen when a batch has moved on last."""
Index(
    "ix_enrollments_started_of_batch",
    enrollments.c.batch,
    enrollments.c.started_at,
    sqlite_where=STARTED_OF_BATCH,
    postgresql_where=STARTED_OF_BATCH,
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", Words, primary_key=True),
    Column("enrollment_id", Words, ForeignKey("enrollments.id"), nullable=False, index=True),
    Column("step", Words, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("channel", choice(Channel, "channel"), nullable=False),
    Column("provider", Words, nullable=False),
    Column("state", choice(AttemptState, "state"), nullable=False),
    Column("provider_ref", Words),
    Column("delivery", choice(DeliveryStatus, "delivery")),
    Column("reason", Words),
    Column("claimed_at", Time, nullable=False),
    Column("recorded_at", Time),
    Column("refusal", choice(Refusal, "refusal")),
    Column("settled_at", Time),
    CheckConstraint("attempt > 0", name="attempt"),
    Index(None, "provider", "provider_ref"),
)
IN_DOUBT = text("state IN ('claimed', 'unknown') AND settled_at IS NULL")
"""And somebody still waits for it: what stays in doubt when an enrollment has ended is history."""
Index("ix_attempts_in_doubt", attempts.c.claimed_at, sqlite_where=IN_DOUBT, postgresql_where=IN_DOUBT)

interactions = Table(
    "interactions",
    metadata,
    Column("key", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("at", Time, nullable=False),
    Column("enrollment_id", Words, ForeignKey("enrollments.id")),
    Column("step", Words),
    Column("attempt", Integer),
    Column("provider", Words),
    Column("status", choice(DeliveryStatus, "status")),
    Column("detail", Words, nullable=False),
    Column("text", Words),
    Column("dispatch", choice(Dispatch, "dispatch"), nullable=False),
    Column("stored_at", Time, nullable=False),
    Column("place", Integer, nullable=False),  # among what one transaction stored
    Index(None, "enrollment_id", "stored_at"),
)
PENDING = text("dispatch = 'pending'")
"""In these very words, or the planner does not see that the index holds these rows."""
Index("ix_interactions_pending", interactions.c.stored_at, sqlite_where=PENDING, postgresql_where=PENDING)

webhooks = Table(
    "webhooks",
    metadata,
    Column("key", Words, primary_key=True),
    Column("provider", Words, nullable=False),
    Column("target", Words, nullable=False),
    Column("content_type", Words, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", Time, nullable=False),
    Column("verdict", choice(Verdict, "verdict"), nullable=False),
    Index(None, "received_at", "key"),
)

webhook_nonces = Table(
    "webhook_nonces",
    metadata,
    Column("provider", Words, primary_key=True),
    Column("nonce", Words, primary_key=True),
    Column("webhook_key", Words, nullable=False),
    Column("used_at", Time, nullable=False, index=True),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("channel", choice(Channel, "channel"), primary_key=True),
    Column("address", Words, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("added_at", Time, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("key", Words, primary_key=True),
    Column("enrollment_id", Words, ForeignKey("enrollments.id"), nullable=False, index=True),
    Column("step", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("desk", Words, nullable=False),
    Column("ref", Words),
    Column("resolved_at", Time),
    Column("claimed_by", Words),
    Column("claimed_at", Time),
    Index(None, "desk", "ref"),
)
UNRESOLVED = text("resolved_at IS NULL")
Index(
    "ix_handoffs_unresolved",
    handoffs.c.created_at,
    handoffs.c.key,
    sqlite_where=UNRESOLVED,
    postgresql_where=UNRESOLVED,
)

circuits = Table(
    "circuits",
    metadata,
    Column("channel", choice(Channel, "channel"), primary_key=True),
    Column("provider", Words, primary_key=True),
    Column("faults", Integer, nullable=False),
    Column("last_fault_at", Time),
    Column("open_until", Time),
    Column("opened", Integer, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("hash", Words, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("revoked_at", Time),
)
"""Keys to the API. The secret itself stands nowhere, only its hash."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("fingerprint", Words, nullable=False),
    Column("holder", Words, nullable=False),
    Column("claimed_at", Time, nullable=False, index=True),
    Column("answered_at", Time),
    Column("status", Integer),
    Column("headers", JSON),
    Column("body", LargeBinary),
)
"""Requests that were made under an Idempotency-Key, and what they were answered. `body` may be personal."""

audiences = Table(
    "audiences",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("definition", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
)

audience_members = Table(
    "audience_members",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("audience", Words, primary_key=True),
    Column("contact_id", Words, ForeignKey("contacts.id"), primary_key=True, index=True),
    ForeignKeyConstraint(["tenant", "audience"], ["audiences.tenant", "audiences.key"]),
)
"""Who is in an audience that was given as a list."""

salts = Table(
    "salts",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""What hashes are salted with; drawn by the migration, and never changed."""
