"""Find what was stored and not passed on, and pass it on."""

from datetime import timedelta

from attrs import frozen

from application.dispatch_events import DispatchEvents
from application.errors import ApplicationError
from application.idempotent_requests import ANSWER_KEPT
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.webhooks import NONCE_KEPT
from application.relay_batches import RelayBatches
from application.start_runs import StartRuns

GRACE = timedelta(seconds=5)
"""How old something must be before the relay takes it: whoever stored it is given this long to finish. What
bears a time that is yet to come by more than that was stored by a clock that was wrong, and is taken at once:
it would be old enough hours later."""

BATCH = 200


@frozen
class RelayEvents:
    """The second chance: after a crash or an outage between storing and signalling."""

    database: Database
    dispatch: DispatchEvents
    start_runs: StartRuns
    clock: Clock
    grace: timedelta = GRACE
    batches: RelayBatches | None = None

    async def __call__(self) -> int:
        """Signal events that were stored and not signalled, then start runs that were stored and not started.

        Batches that stand still are asked for at the end.

        Returns:
            How many were signalled or started; as many as a batch holds means that there may be more.

        Raises:
            RunsUnavailable: the workflow service does not answer; nothing is lost.
        """
        now = self.clock()
        before, ahead = now - self.grace, now + self.grace
        async with self.database.transaction() as tx:
            pending = await tx.interactions.pending(before, BATCH, ahead)
            unstarted = await tx.enrollments.unstarted(before, BATCH, ahead)
            await tx.webhooks.forget_nonces(before - NONCE_KEPT)
            await tx.idempotency_keys.forget(before - ANSWER_KEPT)
        fault: ApplicationError | None = None
        done = 0
        try:
            done += await self.dispatch(pending)
        except ApplicationError as error:  # neither kind of work keeps the other waiting
            fault = error
        if unstarted:
            done += await self.start_runs(unstarted)
        if self.batches is not None:
            await self.batches()
        if fault is not None:
            raise fault
        return done
