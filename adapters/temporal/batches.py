"""The port `BatchRuns` on Temporal: one workflow for each batch."""

from attrs import frozen
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from adapters.temporal.calls import answered
from adapters.temporal.common import names, retry_policies, task_queues
from adapters.temporal.common.payloads import AudiencePayload, BatchPayload
from adapters.temporal.common.search_attributes import search_attributes
from application.ports.batches import Batch
from domain.batches import audience_of, run_id


@frozen
class TemporalBatchRuns:
    """Starts the runs of batches.

    Args:
        client: may be lazy.
        task_queue: where the worker looks for workflows.
    """

    client: Client
    task_queue: str = task_queues.DRUMBEAT

    async def start(self, batch: Batch) -> None:
        """Start the run of a batch, or join the one that exists, or has done its work, under its id.

        A run that somebody has terminated has not done its work, and the batch would hang for ever: it is
        started anew. Who wants it to end calls the batch off.

        Raises:
            RunsUnavailable: Temporal does not answer.
            RunRefused: it does not take this call.
        """
        start = self.client.start_workflow(
            names.ENROLL_BATCH,
            args=[BatchPayload(batch.id), _audience(batch)],
            id=run_id(batch.id),
            task_queue=self.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            search_attributes=search_attributes(batch.tenant, batch.campaign),
            rpc_timeout=retry_policies.START_RPC,
        )
        try:
            await answered(start, retry_policies.START_RPC)
        except WorkflowAlreadyStartedError:
            return


def _audience(batch: Batch) -> AudiencePayload | None:
    audience = audience_of(batch.source)
    if audience is None:
        return None
    return AudiencePayload(
        tenant=batch.tenant,
        campaign=batch.campaign,
        audience=audience,
        batch_id=batch.id,
        version=batch.version,
        rate=batch.rate,
    )
