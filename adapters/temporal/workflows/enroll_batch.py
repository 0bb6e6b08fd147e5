"""The workflow of a batch: its enrollments are stored, where an audience has them, and their runs started."""

from temporalio import workflow

from adapters.temporal.common import names, retry_policies, task_queues
from adapters.temporal.common.payloads import AudiencePayload, BatchOutcome, BatchPayload
from adapters.temporal.common.task_queues import Queue


@workflow.defn(name=names.ENROLL_BATCH)
class EnrollBatchWorkflow:
    """One batch. How far it is stands in the database; here is only that it goes on until it is done."""

    @workflow.run
    async def run(self, batch: BatchPayload, audience: AudiencePayload | None = None) -> BatchOutcome:
        """Store what an audience holds, if one is given, then start what is stored."""
        bulk = retry_policies.bulk()
        bulk["task_queue"] = task_queues.queue_name(workflow.info().task_queue, Queue.BULK)
        if audience is not None:
            await workflow.execute_activity(names.AUDIENCE_ENROLL, audience, **bulk)
        outcome: BatchOutcome = await workflow.execute_activity(
            names.BATCH_START, batch, result_type=BatchOutcome, **bulk
        )
        return outcome
