"""Workflows as no release has had them, under the names of ours: what a replay must refuse."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

from adapters.temporal.common import names, retry_policies
from adapters.temporal.common.payloads import (
    AudiencePayload,
    BatchOutcome,
    BatchPayload,
    EnrollmentInput,
    ScheduledInput,
)
from adapters.temporal.registered import WORKFLOWS, Workflows


@workflow.defn(name=names.CAMPAIGN)
class PatientCampaign:
    """Begins with a timer, where ours begins with what the plan says."""

    @workflow.run
    async def run(self, start: EnrollmentInput) -> str:
        """Wait, and end."""
        await workflow.sleep(3600)
        return "completed"

    @workflow.signal(dynamic=True)
    def hear(self, name: str, told: Sequence[RawValue]) -> None:
        """Whatever it is."""


@workflow.defn(name=names.ENROLL_BATCH)
class BackwardBatch:
    """Starts what is stored, and stores after that."""

    @workflow.run
    async def run(self, batch: BatchPayload, audience: AudiencePayload | None = None) -> BatchOutcome:
        """The same activities as ours, in the other order."""
        bulk = retry_policies.bulk()
        bulk["task_queue"] = f"{workflow.info().task_queue}-bulk"
        outcome: BatchOutcome = await workflow.execute_activity(
            names.BATCH_START, batch, result_type=BatchOutcome, **bulk
        )
        await workflow.execute_activity(names.AUDIENCE_ENROLL, audience, **bulk)
        return outcome


@workflow.defn(name=names.SCHEDULED_ENROLLMENT)
class LonelySchedule:
    """Enrolls by itself, where ours lets the run of a batch do it."""

    @workflow.run
    async def run(self, start: ScheduledInput) -> BatchOutcome | None:
        """An activity instead of a child."""
        bulk = retry_policies.bulk()
        await workflow.execute_activity(names.AUDIENCE_ENROLL, start, **bulk)
        return None


OTHERS: Workflows = {
    names.CAMPAIGN: PatientCampaign,
    names.ENROLL_BATCH: BackwardBatch,
    names.SCHEDULED_ENROLLMENT: LonelySchedule,
}

FAILING = "a workflow that raises at once"


@workflow.defn(name=names.CAMPAIGN)
class FailingCampaign:
    """Does not get to its first order."""

    @workflow.run
    async def run(self, start: EnrollmentInput) -> str:
        """Fail: not as an activity fails, but as a mistake in the code does."""
        raise LookupError(FAILING)

    @workflow.signal(dynamic=True)
    def hear(self, name: str, told: Sequence[RawValue]) -> None:
        """Whatever it is."""


assert OTHERS.keys() == WORKFLOWS.keys()
