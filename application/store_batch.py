"""Store many enrollments that are asked for at once, and have their runs started."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import structlog
from attrs import evolve, frozen

from application.batches import all_stored, locked
from application.enroll_contacts import keep_consents, stored
from application.entries import enter
from application.errors import Conflict, RunRefused, RunsUnavailable
from application.ports.batch_runs import BatchRuns
from application.ports.batches import MOST_PROBLEMS, Batch, BatchProblem
from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.ports.files import ContactRow, ContactStream, RejectedRow
from application.published import published
from domain.batches import ENDED, BatchState

_log = structlog.get_logger(__name__)

CHUNK = 1000
"""How many rows are stored in one transaction."""

Heard = Callable[[Batch], None]
"""Hears how a batch stands, again and again."""


def nobody_listens(_: Batch) -> None:
    """Hear nothing."""


@frozen
class StoreBatch:
    """Store the rows, a chunk after the other, then let a durable run start the enrollments.

    A process that dies in between leaves a batch that is being stored: what it holds is started by the relay
    after a while (`application.relay_batches`). The same rows again enroll the rest, and nobody twice.
    """

    database: Database
    runs: BatchRuns
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        tenant: str,
        campaign: str,
        contacts: ContactStream,
        *,
        version: int | None = None,
        rate: float | None = None,
        time_scale: float = 1.0,
        heard: Heard = nobody_listens,
    ) -> Batch:
        """Store a batch; a contact who may not enter the campaign now is left as they are.

        Args:
            tenant: whose campaign and contacts.
            campaign: the campaign's key.
            contacts: whom; they are read in a thread of its own.
            version: the version to follow; None for the latest.
            rate: starts a second at most; None for the setting's.
            time_scale: what the plan's durations are multiplied with; 1 outside demonstrations.
            heard: is told how far it has come, after each chunk.

        Returns:
            The batch, whose runs are being started.

        Raises:
            UnknownCampaign: there is no such version; nothing is stored.
            InvalidCampaign: the plan cannot be followed at this scale; nothing is stored.
            Conflict: the batch was called off while it was stored.
            DatabaseUnavailable: the database does not answer; what was stored before stays.
        """
        batch = await self._planned(tenant, campaign, contacts, version, rate, time_scale)
        async with self.database.transaction() as tx:
            await tx.batches.add(batch)
        heard(batch)
        while chunk := await asyncio.to_thread(_next, contacts.rows):
            batch = await self._store(batch.id, chunk)
            heard(batch)
        async with self.database.transaction() as tx:
            batch = all_stored(await locked(tx, batch.id), self.clock())
            await tx.batches.save(batch)
        heard(batch)
        await start_run(self.runs, batch)
        return batch

    async def check(
        self, tenant: str, campaign: str, contacts: ContactStream, *, version: int | None = None
    ) -> Batch:
        """Read all rows and store nothing.

        Args:
            tenant: as above.
            campaign: as above.
            contacts: as above.
            version: as above.

        Returns:
            What a batch of them would be: how many rows there are, and what is wrong with some.

        Raises:
            UnknownCampaign: there is no such version.
        """
        batch = await self._planned(tenant, campaign, contacts, version, None, 1.0)
        while chunk := await asyncio.to_thread(_next, contacts.rows):
            batch = _counted(batch, chunk)
        return batch

    async def _planned(
        self,
        tenant: str,
        campaign: str,
        contacts: ContactStream,
        version: int | None,
        rate: float | None,
        time_scale: float,
    ) -> Batch:
        async with self.database.transaction() as tx:
            plan = (await published(tx, tenant, campaign, version)).plan
        plan.scaled(time_scale)  # what could never be started is not stored
        return Batch(
            id=self.new_id(),
            tenant=tenant,
            campaign=campaign,
            version=plan.version,
            source=contacts.form.value,
            created_at=self.clock(),
            rate=rate,
            time_scale=time_scale,
        )

    async def _store(self, batch_id: str, chunk: Sequence[ContactRow | RejectedRow]) -> Batch:
        now = self.clock()
        contacts = [row.contact for row in chunk if isinstance(row, ContactRow)]
        async with self.database.transaction() as tx:
            batch = await locked(tx, batch_id)
            if batch.state is not BatchState.STORING:
                raise Conflict(f"the batch is {batch.state.value}; the rest of its rows was not stored")
            campaign = await published(tx, batch.tenant, batch.campaign, batch.version)
            ids = await tx.contacts.upsert(batch.tenant, [stored(each, self.new_id) for each in contacts])
            await keep_consents(tx, contacts, ids, now)
            entered = await enter(
                tx,
                batch.tenant,
                campaign,
                list(ids.values()),
                now,
                time_scale=batch.time_scale,
                batch=batch.id,
            )
            batch = evolve(
                _counted(batch, chunk),
                enrolled=batch.enrolled + len(entered),
                already=batch.already + len(contacts) - len(entered),
                stored_at=now,
            )
            await tx.batches.save(batch)
        return batch


async def start_run(runs: BatchRuns, batch: Batch) -> None:
    """Have a batch worked on; while the workflow service does not take it, the relay tries again."""
    if batch.state in ENDED:
        return
    try:
        await runs.start(batch)
    except (RunsUnavailable, RunRefused) as fault:
        _log.warning("batch.left_to_relay", batch_id=batch.id, reason=str(fault))


def _next(rows: Iterable[ContactRow | RejectedRow]) -> list[ContactRow | RejectedRow]:
    return list(islice(rows, CHUNK))


def _counted(batch: Batch, chunk: Sequence[ContactRow | RejectedRow]) -> Batch:
    rejected = [row for row in chunk if isinstance(row, RejectedRow)]
    room = MOST_PROBLEMS - len(batch.problems)
    found = (problem for row in rejected for problem in row.problems)
    told = [BatchProblem(each.line, each.column, each.reason) for each in islice(found, max(room, 0))]
    return evolve(
        batch,
        received=batch.received + len(chunk),
        rejected=batch.rejected + len(rejected),
        problems=(*batch.problems, *told),
    )
