"""Transactions over the SQL database, with all tables in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from attrs import Factory, frozen
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.db.api_keys import SqlApiKeys
from adapters.db.attempts import SqlAttempts
from adapters.db.audiences import SqlAudiences
from adapters.db.batches import SqlBatches
from adapters.db.campaigns import CampaignCache, SqlCampaigns
from adapters.db.circuits import SqlCircuits
from adapters.db.consents import SqlConsents
from adapters.db.contacts import SqlContacts
from adapters.db.enrollments import SqlEnrollments
from adapters.db.errors import NOT_MIGRATED
from adapters.db.handoffs import SqlHandoffs
from adapters.db.holdings import SqlHoldings
from adapters.db.idempotency_keys import SqlIdempotencyKeys
from adapters.db.interactions import SqlInteractions
from adapters.db.reports import SqlReports
from adapters.db.salts import SaltCache
from adapters.db.statements import Statements, begin
from adapters.db.stuck import SqlStandstills
from adapters.db.suppressions import SqlSuppressions
from adapters.db.webhooks import SqlWebhooks
from application.errors import DatabaseUnavailable
from application.ports.clock import Clock


@frozen
class SqlTransaction:
    """The tables, inside one transaction."""

    api_keys: SqlApiKeys
    attempts: SqlAttempts
    audiences: SqlAudiences
    batches: SqlBatches
    campaigns: SqlCampaigns
    circuits: SqlCircuits
    consents: SqlConsents
    contacts: SqlContacts
    enrollments: SqlEnrollments
    handoffs: SqlHandoffs
    holdings: SqlHoldings
    idempotency_keys: SqlIdempotencyKeys
    interactions: SqlInteractions
    reports: SqlReports
    standstills: SqlStandstills
    suppressions: SqlSuppressions
    webhooks: SqlWebhooks

    @classmethod
    def over(
        cls, connection: AsyncConnection, campaigns: CampaignCache, salts: SaltCache, now: datetime
    ) -> "SqlTransaction":
        """The tables over a connection that has begun.

        Args:
            connection: the connection.
            campaigns: campaign versions that were read before.
            salts: salts that were read before.
            now: when what is stored is stored.
        """
        statements = Statements(connection)
        return cls(
            api_keys=SqlApiKeys(statements),
            attempts=SqlAttempts(statements),
            audiences=SqlAudiences(statements),
            batches=SqlBatches(statements),
            campaigns=SqlCampaigns(statements, campaigns),
            circuits=SqlCircuits(statements),
            consents=SqlConsents(statements),
            contacts=SqlContacts(statements),
            enrollments=SqlEnrollments(statements),
            handoffs=SqlHandoffs(statements),
            holdings=SqlHoldings(statements),
            idempotency_keys=SqlIdempotencyKeys(statements),
            interactions=SqlInteractions(statements, now),
            reports=SqlReports(statements),
            standstills=SqlStandstills(statements),
            suppressions=SqlSuppressions(statements, salts),
            webhooks=SqlWebhooks(statements),
        )


def _utc_now() -> datetime:
    return datetime.now(UTC)


@frozen
class SqlDatabase:
    """Gives transactions. On SQLite they take turns, so one must not be begun inside another.

    Args:
        engine: from `adapters.db.engine.create_engine`; whoever made it disposes of it.
        clock: what rows are stamped with that bear no time of their own.
    """

    engine: AsyncEngine
    clock: Clock = _utc_now
    _campaigns: CampaignCache = Factory(CampaignCache)
    _salts: SaltCache = Factory(SaltCache)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """Begin; commit at the end of the block, roll back when it raises or is cancelled.

        Raises:
            DatabaseUnavailable: the database does not answer, is locked, full or not migrated; nothing of
                the block is stored.
            adapters.db.errors.StatementRefused: the block broke a constraint, which is a bug.
        """
        async with begin(self.engine) as connection:
            yield SqlTransaction.over(connection, self._campaigns, self._salts, self.clock())

    async def check(self) -> None:
        """Tell whether the database is ready for this program.

        Raises:
            DatabaseUnavailable: it does not answer, or is not migrated to exactly what this program needs.
        """
        from adapters.db import migrate  # imported here: Alembic takes a third of a second

        revision = await migrate.current(self.engine)
        if revision == migrate.head():
            return
        if revision is not None and not migrate.knows(revision):
            raise DatabaseUnavailable(
                f"the database is at revision {revision}, which this version of drumbeat does not know; "
                "run the version that migrated it, or a newer one"
            )
        raise DatabaseUnavailable(NOT_MIGRATED)
