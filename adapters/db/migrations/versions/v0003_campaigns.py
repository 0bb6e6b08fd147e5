"""What running campaigns need: entries and places of enrollments, pauses with a policy, consents, refusals.

On PostgreSQL no table is written anew; what takes time is the new index of all enrollments, and each CHECK
reads its table once. (NOT VALID would spare that, but SQLAlchemy 2.1 cannot look at such a constraint, as
`adapters.db.migrate.check` does.) SQLite changes no constraint of a table: there the enrollments are copied.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LOSES = (
    "consents, pauses, and at which step each enrollment stands; whoever was won counts as completed, and "
    "whoever was held out as exited"
)
"""What going back from here loses, for whoever is asked whether to."""

_TIME = sa.DateTime(timezone=True)
_CHANNELS = ("sms", "email", "voice")
_FIRST_OUTCOMES = (
    *("completed", "exhausted", "exited", "escalated"),
    *("resolved", "opted_out", "complained", "cancelled"),
)
_OUTCOMES = (*_FIRST_OUTCOMES, "won", "held_out")
_REFUSALS = (
    *("paused", "expired", "catching_up", "window", "cap", "consent"),
    *("suppressed", "address", "content", "provider", "ended"),
)
_PERSON = ("tenant", "campaign", "contact_id")
_COLUMNS = (
    *("id", "tenant", "campaign", "version", "contact_id"),
    *("created_at", "time_scale", "started_at", "outcome", "finished_at"),
)
"""Of the first enrollments."""


def upgrade() -> None:
    """Add what is new: every enrollment is a first entry, and every hold a pause that goes on."""
    _create_pauses()
    _create_consents()
    if _on_sqlite():
        _copy_enrollments(_OUTCOMES, (*_PERSON, "entry"), _places())
    else:
        for column in _places():
            op.add_column("enrollments", column)
        _replace_rules(_PERSON, (*_PERSON, "entry"), _OUTCOMES)
    # Both databases take a column with its CHECK at once; Alembic would write two statements.
    check = f"CONSTRAINT ck_attempts_refusal CHECK ({_one_of('refusal', _REFUSALS)})"
    op.execute(f"ALTER TABLE attempts ADD COLUMN refusal VARCHAR(32) {check}")
    is_open = sa.text("outcome IS NULL")
    op.create_index(
        "ix_enrollments_open",
        "enrollments",
        ["tenant", "campaign", "version", "step", "id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    """Go back to one entry and fewer words: what was won is completed, and who was held out has exited.

    Raises:
        CommandError: a contact has entered a campaign again, which the earlier tables cannot hold.
    """
    again = op.get_bind().scalar(sa.text("SELECT count(*) FROM enrollments WHERE entry > 1"))
    if again:
        raise CommandError(f"{again} enrollments are second or later ones of their contact in their campaign")
    op.execute("UPDATE enrollments SET outcome = 'completed' WHERE outcome = 'won'")
    op.execute("UPDATE enrollments SET outcome = 'exited' WHERE outcome = 'held_out'")
    op.drop_index("ix_enrollments_open", "enrollments")
    if _on_sqlite():
        _copy_enrollments(_FIRST_OUTCOMES, _PERSON, ())
    else:
        _replace_rules((*_PERSON, "entry"), _PERSON, _FIRST_OUTCOMES)
        for column in _places():
            op.drop_column("enrollments", column.name)
    op.drop_column("attempts", "refusal")
    op.drop_table("consents")
    _drop_pauses()


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, values))})"


def _places() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("entry", sa.Integer(), nullable=False, server_default=sa.text("1")),
        sa.Column("step", sa.Text()),
        sa.Column("paused_at", _TIME),
    )


def _create_pauses() -> None:
    op.create_table(
        "campaign_pauses",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("paused_at", _TIME, nullable=False),
        sa.Column("policy", sa.String(32), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("resumed_at", _TIME),
        sa.Column("next_slot", sa.BigInteger()),
        sa.PrimaryKeyConstraint("tenant", "key", "paused_at"),
        sa.CheckConstraint(_one_of("policy", ("freeze", "expire", "catch_up")), name="policy"),
        sa.CheckConstraint("rate > 0", name="rate"),
    )
    goes_on = sa.text("resumed_at IS NULL")
    op.create_index(
        "uq_campaign_pauses_open",
        "campaign_pauses",
        ["tenant", "key"],
        unique=True,
        sqlite_where=goes_on,
        postgresql_where=goes_on,
    )
    # Nobody has noted since when they are held.
    now = sa.bindparam("now", datetime.now(UTC), type_=_TIME)
    held = "SELECT tenant, key, :now, 'freeze', 1.0 FROM campaign_holds"
    into = "INSERT INTO campaign_pauses (tenant, key, paused_at, policy, rate)"
    op.execute(sa.text(f"{into} {held}").bindparams(now))
    op.drop_table("campaign_holds")


def _drop_pauses() -> None:
    op.create_table(
        "campaign_holds",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    held = "SELECT tenant, key FROM campaign_pauses WHERE resumed_at IS NULL"
    op.execute(f"INSERT INTO campaign_holds (tenant, key) {held}")
    op.drop_table("campaign_pauses")


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "channel", "at"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"]),
        sa.CheckConstraint(_one_of("channel", _CHANNELS), name="channel"),
    )


def _replace_rules(was: tuple[str, ...], unique: tuple[str, ...], outcomes: tuple[str, ...]) -> None:
    """PostgreSQL: one UNIQUE and one CHECK of the enrollments for others."""
    op.create_unique_constraint(None, "enrollments", list(unique))
    op.drop_constraint(op.f(f"uq_enrollments_{'_'.join(was)}"), "enrollments")
    op.drop_constraint(op.f("ck_enrollments_outcome"), "enrollments")
    op.create_check_constraint("outcome", "enrollments", _one_of("outcome", outcomes))


def _copy_enrollments(
    outcomes: tuple[str, ...], unique: tuple[str, ...], places: tuple[sa.Column[object], ...]
) -> None:
    """SQLite: the enrollments in a new table, as https://sqlite.org/lang_altertable.html (7.) has it.

    Foreign keys are off meanwhile (`adapters.db.migrate`), so those that refer to the table do so again.
    """
    new = op.create_table(
        "enrollments_new",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("time_scale", sa.Double(), nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("outcome", sa.String(32)),
        sa.Column("finished_at", _TIME),
        *places,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_enrollments_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "campaign", "version"],
            ["campaigns.tenant", "campaigns.key", "campaigns.version"],
            name=op.f("fk_enrollments_tenant_campaign_version_campaigns"),
        ),
        sa.UniqueConstraint(*unique, name=op.f(f"uq_enrollments_{'_'.join(unique)}")),
        sa.CheckConstraint(_one_of("outcome", outcomes), name=op.f("ck_enrollments_outcome")),
        sa.CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name=op.f("ck_enrollments_finished")),
    )
    old = sa.table("enrollments", *map(sa.column, _COLUMNS))
    op.execute(new.insert().from_select(_COLUMNS, sa.select(old)))
    op.drop_table("enrollments")
    op.rename_table("enrollments_new", "enrollments")
    op.create_index("ix_enrollments_contact_id", "enrollments", ["contact_id"])
    unstarted = sa.text("started_at IS NULL")
    op.create_index("ix_enrollments_unstarted", "enrollments", ["created_at"], sqlite_where=unstarted)
