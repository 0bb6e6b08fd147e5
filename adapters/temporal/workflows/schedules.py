"""What a schedule starts when it fires: an audience is enrolled, and the runs of that batch are started."""

from temporalio import workflow

from adapters.temporal.common import names, retry_policies, task_queues
from adapters.temporal.common.payloads import AudiencePayload, BatchOutcome, BatchPayload, ScheduledInput
from adapters.temporal.common.task_queues import Queue
from domain.idempotency import scheduled_batch_id


@workflow.defn(name=names.SCHEDULED_ENROLLMENT)
class ScheduledEnrollmentWorkflow:
    """One firing. Its batch is named after its own id, which holds the firing's time: so it is one batch.

    Whoever was enrolled in the campaign before is not enrolled again: each firing takes those who are new.
    """

    @workflow.run
    async def run(self, start: ScheduledInput) -> BatchOutcome:
        """Enroll, then start what was enrolled."""
        info = workflow.info()
        bulk = retry_policies.bulk()
        bulk["task_queue"] = task_queues.queue_name(info.task_queue, Queue.BULK)
        batch_id = scheduled_batch_id(info.workflow_id)
        await workflow.execute_activity(
            names.AUDIENCE_ENROLL,
            AudiencePayload(
                tenant=start.tenant,
                campaign=start.campaign,
                audience=start.audience,
                batch_id=batch_id,
                version=start.version,
                rate=start.rate,
            ),
            **bulk,
        )
        outcome: BatchOutcome = await workflow.execute_activity(
            names.BATCH_START, BatchPayload(batch_id), result_type=BatchOutcome, **bulk
        )
        return outcome
