"""Let one enrollment go to another step of its campaign."""

from attrs import frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import Conflict, UnknownEnrollment, UnknownStep
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from domain.enrollment.turn import HANDOFF
from domain.wording import listed, shown


@frozen
class MoveEnrollment:
    """Stored first; the run hears of it at once or by the relay, and goes there once nothing is under way.

    A step that was sent is not sent again: its wait begins anew. A run that is not started yet hears of it
    when it is.
    """

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def __call__(self, tenant: str, enrollment_id: str, step: str) -> None:
        """Order it to go there; where it stands there already when it hears of it, nothing changes.

        Args:
            tenant: whose.
            enrollment_id: which.
            step: the key of a step of the version that it follows; a split is as good as any.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
            UnknownStep: its version has no such step.
            Conflict: it has ended, or a human has the case.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None or enrollment.tenant != tenant:
                raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
            await _check(tx, enrollment, step)
            name = f"{now.isoformat()}:{step}"
            rows = [orders.order(orders.MOVE, enrollment_id, orders.move_text(step), now, name)]
            await tx.interactions.add(rows)
        await let_hear(self.dispatch, rows)


async def _check(tx: Transaction, enrollment: Enrollment, step: str) -> None:
    if enrollment.outcome is not None:
        raise Conflict(f"the enrollment has ended as {enrollment.outcome.value}: it goes nowhere any more")
    plan = (await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)).plan
    if plan.index(step) is None:
        known = listed([each.key for each in plan.steps])
        raise UnknownStep(
            f"version {plan.version} of {plan.campaign} has no step {shown(step)}; its steps are {known}"
        )
    if enrollment.step == HANDOFF:
        raise Conflict("a human has the case: resolve the handoff, or cancel the enrollment")
