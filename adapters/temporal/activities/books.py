"""Local activities that ask the books what a run cannot know: they run within the run's own task."""

from datetime import datetime

from attrs import frozen
from structlog.contextvars import bound_contextvars
from temporalio import activity

from adapters.temporal.common import names
from adapters.temporal.common.errors import told_to_temporal
from adapters.temporal.common.payloads import Prepared, PreparePayload, WaitPayload, WaitVerdict
from application.check_wait import CheckWait
from application.prepare_step import PrepareStep


@frozen
class StepPrepare:
    """What a step comes to for a contact."""

    prepare_step: PrepareStep

    @activity.defn(name=names.STEP_PREPARE)
    async def step_prepare(self, enrollment_id: str, payload: PreparePayload) -> Prepared:
        """Ask the contact's data: `application.prepare_step`."""
        with bound_contextvars(enrollment_id=enrollment_id), told_to_temporal():
            at = datetime.fromisoformat(payload.at)
            told = await self.prepare_step.for_run(enrollment_id, payload.step, at)
            return Prepared(_iso(told.due), told.branch, told.skip, told.rejected)


@frozen
class WaitCheck:
    """Whether a wait that has ended counts."""

    check_wait: CheckWait

    @activity.defn(name=names.WAIT_CHECK)
    async def wait_check(self, enrollment_id: str, payload: WaitPayload) -> WaitVerdict:
        """Ask for the campaign's pauses: `application.check_wait`."""
        with bound_contextvars(enrollment_id=enrollment_id), told_to_temporal():
            due = datetime.fromisoformat(payload.due)
            since = due if payload.since is None else datetime.fromisoformat(payload.since)
            at = due if payload.at is None else datetime.fromisoformat(payload.at)
            return WaitVerdict(_iso(await self.check_wait(enrollment_id, since, due, at)))


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
