"""What the activities that work on many enrollments share."""

from temporalio import activity
from temporalio.exceptions import ApplicationError as Failure
from temporalio.exceptions import ApplicationErrorCategory

from adapters.temporal.common.payloads import BatchOutcome
from application.ports.batches import Batch


def outcome_of(batch: Batch) -> BatchOutcome:
    """How a batch stands."""
    return BatchOutcome(batch.state.value, batch.enrolled, batch.already, batch.started, batch.refused)


def leave_off_where_worker_stops() -> None:
    """End the call where its worker is told to stop: another one goes on from the last heartbeat.

    Raises:
        temporalio.exceptions.ApplicationError: the worker stops.
    """
    if activity.is_worker_shutdown():
        raise Failure(
            "the worker stops; another one goes on",
            type="WorkerStops",
            category=ApplicationErrorCategory.BENIGN,
        )
