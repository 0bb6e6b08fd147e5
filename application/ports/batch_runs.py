"""The port to the durable runs that start the enrollments of batches."""

from typing import Protocol

from application.ports.batches import Batch


class BatchRuns(Protocol):
    """One durable run per batch; its id is `domain.batches.run_id`."""

    async def start(self, batch: Batch) -> None:
        """Start the run of a batch, or join the one that exists, or has done its work, under its id.

        It begins with storing the enrollments where the batch is an audience's, and goes on from there.

        Raises:
            RunsUnavailable: the workflow service does not answer.
            RunRefused: it does not take this call.
        """
        ...
