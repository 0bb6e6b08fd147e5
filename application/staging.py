"""Look through the staging table for somebody, part by part, so that nobody waits for it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from application.ports.database import Database, Transaction
from application.ports.holdings import Place
from application.ports.webhooks import StagedWebhook
from domain.erasure import Traces

PART = 2000
"""How many deliveries one transaction looks at: some tens of milliseconds, in which SQLite has one writer."""

BEGINNING = Place(datetime.min.replace(tzinfo=UTC))


async def all_staged(database: Database, traces: Traces) -> list[StagedWebhook]:
    """Every delivery in which somebody is found, oldest first. Each part is a transaction of its own.

    The database reads every body that there is.
    """
    found: list[StagedWebhook] = []
    after: Place | None = BEGINNING
    while after is not None:
        async with database.transaction() as tx:
            after, some = await _part(tx, traces, after)
        found += some
    return found


async def staged_since(tx: Transaction, traces: Traces, since: datetime) -> AsyncIterator[StagedWebhook]:
    """The deliveries since a time in which somebody is found, oldest first."""
    after: Place | None = Place(since)
    while after is not None:
        after, some = await _part(tx, traces, after)
        for each in some:
            yield each


async def _part(tx: Transaction, traces: Traces, after: Place) -> tuple[Place | None, list[StagedWebhook]]:
    until = await tx.holdings.part_of_staged(after, PART)
    return until, [] if until is None else await tx.holdings.staged(traces, after, until)
