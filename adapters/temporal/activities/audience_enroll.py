"""The activity that stores the enrollments of an audience."""

from attrs import frozen
from structlog.contextvars import bound_contextvars
from temporalio import activity

from adapters.temporal.activities.bulk import leave_off_where_worker_stops, outcome_of
from adapters.temporal.common import names
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.payloads import AudiencePayload, BatchOutcome
from application.enroll_audience import EnrollAudience
from application.ports.batches import Batch


@frozen
class AudienceEnroll:
    """Store the enrollments of an audience as a batch."""

    enroll_audience: EnrollAudience

    @activity.defn(name=names.AUDIENCE_ENROLL)
    async def audience_enroll(self, payload: AudiencePayload) -> BatchOutcome:
        """Store them: `application.enroll_audience`. The batch itself holds how far it is."""
        with bound_contextvars(batch_id=payload.batch_id), told_to_temporal():
            batch = await self.enroll_audience(
                payload.tenant,
                payload.campaign,
                payload.audience,
                payload.batch_id,
                version=payload.version,
                rate=payload.rate,
                heartbeat=_beat,
            )
            return outcome_of(batch)


def _beat(batch: Batch) -> None:
    activity.heartbeat(batch.received, batch.enrolled)
    leave_off_where_worker_stops()
