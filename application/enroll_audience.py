"""Enroll everybody who is in an audience, as a batch."""

import structlog
from attrs import evolve, frozen

from application.audience_members import known_audience, members
from application.batches import all_stored, locked
from application.entries import enter
from application.errors import Conflict, UnknownAudience
from application.ports.batch_runs import BatchRuns
from application.ports.batches import Batch
from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.published import published
from application.store_batch import Heard, nobody_listens, start_run
from domain.batches import BatchState, audience_of, audience_source

_log = structlog.get_logger(__name__)


@frozen
class EnrollAudience:
    """Store enrollments for the members of an audience, page by page, as a batch.

    Each page moves the batch's own cursor in the same transaction: done again, by whichever process, it goes
    on where it was, and counts nobody twice.
    """

    database: Database
    clock: Clock

    async def __call__(
        self,
        tenant: str,
        campaign: str,
        audience: str,
        batch_id: str,
        *,
        version: int | None = None,
        rate: float | None = None,
        heartbeat: Heard = nobody_listens,
    ) -> Batch:
        """Store them; their runs are not started here. Whoever may not enter now is left as they are.

        Args:
            tenant: whose campaign and contacts.
            campaign: the campaign's key.
            audience: the audience's key.
            batch_id: of the batch to make; the same id is the same batch, with what it was made with.
            version: the version to follow; None for the latest.
            rate: starts a second at most; None for the setting's.
            heartbeat: is told how far it has come, after each page.

        Raises:
            UnknownAudience: there is no such audience.
            UnknownCampaign: there is no such version.
            Conflict: the batch of this id is another one.
        """
        batch = await self.begin(tenant, campaign, audience, batch_id, version=version, rate=rate)
        while batch.state is BatchState.STORING:
            batch = await self._page(batch, audience)
            heartbeat(batch)
        return batch

    async def begin(
        self,
        tenant: str,
        campaign: str,
        audience: str,
        batch_id: str,
        *,
        version: int | None = None,
        rate: float | None = None,
    ) -> Batch:
        """Make the batch, or give the one of this id; arguments and errors as above."""
        async with self.database.transaction() as tx:
            known = await tx.batches.get(batch_id)
            if known is not None:
                if (known.tenant, known.campaign, audience_of(known.source)) != (tenant, campaign, audience):
                    raise Conflict("the id stands for another batch")
                return known
            await known_audience(tx, tenant, audience)
            batch = Batch(
                id=batch_id,
                tenant=tenant,
                campaign=campaign,
                version=(await published(tx, tenant, campaign, version)).plan.version,
                source=audience_source(audience),
                created_at=self.clock(),
                rate=rate,
            )
            await tx.batches.add(batch)
        return batch

    async def _page(self, batch: Batch, audience: str) -> Batch:
        now = self.clock()
        async with self.database.transaction() as tx:
            batch = await locked(tx, batch.id)
            if batch.state is not BatchState.STORING:
                return batch
            try:
                found = await members(
                    tx, await known_audience(tx, batch.tenant, audience), batch.reached or ""
                )
            except UnknownAudience:  # it was deleted meanwhile; those who are stored stay
                _log.warning("batch.audience_gone", batch_id=batch.id, audience=audience)
                found = None
            if found is None or found.reached is None:
                batch = all_stored(batch, now)
            else:
                campaign = await published(tx, batch.tenant, batch.campaign, batch.version)
                ids = [contact.id for contact in found.contacts]
                entered = await enter(tx, batch.tenant, campaign, ids, now, batch=batch.id)
                batch = evolve(
                    batch,
                    received=batch.received + len(ids),
                    enrolled=batch.enrolled + len(entered),
                    already=batch.already + len(ids) - len(entered),
                    stored_at=now,
                    reached=found.reached,
                )
            await tx.batches.save(batch)
        return batch


@frozen
class OrderAudience:
    """Have everybody who is in an audience enrolled, by the durable run of a batch."""

    enroll: EnrollAudience
    runs: BatchRuns
    new_id: NewId

    async def __call__(
        self,
        tenant: str,
        campaign: str,
        audience: str,
        *,
        version: int | None = None,
        rate: float | None = None,
    ) -> Batch:
        """Make the batch; its run stores and starts the enrollments. Arguments as for `EnrollAudience`.

        Raises:
            UnknownAudience: there is no such audience.
            UnknownCampaign: there is no such version.
        """
        batch = await self.enroll.begin(tenant, campaign, audience, self.new_id(), version=version, rate=rate)
        await start_run(self.runs, batch)
        return batch
