"""What a schedule starts when it fires: an audience is enrolled, and the runs of that batch are started."""

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.temporal.common import names
from adapters.temporal.common.payloads import AudiencePayload, BatchOutcome, BatchPayload, ScheduledInput
from domain.batches import run_id
from domain.idempotency import scheduled_batch_id


@workflow.defn(name=names.SCHEDULED_ENROLLMENT)
class ScheduledEnrollmentWorkflow:
    """One firing. Its batch is named after its own id, which holds the firing's time: so it is one batch.

    Whoever was enrolled in the campaign before is not enrolled again: each firing takes those who are new.
    """

    @workflow.run
    async def run(self, start: ScheduledInput) -> BatchOutcome | None:
        """Let the run of the batch enroll, then start what was enrolled, and wait for it.

        It has the id of every batch's run, so that whoever else asks for it, as the relay does where a batch
        stands still, joins it: two at once would start runs at twice the batch's rate.

        Returns:
            How the batch stands; None where a firing of the same time, which is made up for, has made it.
        """
        batch_id = scheduled_batch_id(workflow.info().workflow_id)
        audience = AudiencePayload(
            tenant=start.tenant,
            campaign=start.campaign,
            audience=start.audience,
            batch_id=batch_id,
            version=start.version,
            rate=start.rate,
        )
        try:
            outcome: BatchOutcome = await workflow.execute_child_workflow(
                names.ENROLL_BATCH,
                args=[BatchPayload(batch_id), audience],
                id=run_id(batch_id),
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                search_attributes=workflow.info().typed_search_attributes,
                result_type=BatchOutcome,
            )
        except WorkflowAlreadyStartedError:
            return None
        return outcome
