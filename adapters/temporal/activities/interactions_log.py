"""The activity that writes what only a run knows. It is local: it runs within the run's own task."""

from attrs import frozen
from structlog.contextvars import bound_contextvars
from temporalio import activity

from adapters.temporal.common import names
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.mapping import load_due, load_place, load_records
from adapters.temporal.common.payloads import RecordsPayload
from application.log_interactions import LogInteractions


@frozen
class InteractionsLog:
    """Write the rows of one decision, once."""

    log_interactions: LogInteractions

    @activity.defn(name=names.INTERACTIONS_LOG)
    async def interactions_log(self, enrollment_id: str, payload: RecordsPayload) -> int | str:
        """Write them; returns how many are new, or how the enrollment had ended before."""
        with bound_contextvars(enrollment_id=enrollment_id), told_to_temporal():
            return await self.log_interactions(
                enrollment_id, *load_records(payload), load_place(payload), load_due(payload)
            )
