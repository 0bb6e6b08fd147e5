"""Hold, release and end single enrollments."""

from attrs import frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import UnknownEnrollment
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from domain.enrollment.state import Outcome
from domain.pauses import PausePolicy


@frozen
class ControlEnrollment:
    """Stored first: what is stored holds for the next send. The run hears of it at once or by the relay."""

    database: Database
    dispatch: DispatchEvents
    clock: Clock

    async def pause(self, tenant: str, enrollment_id: str) -> bool:
        """Hold it; False where it was held before, or has ended.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            await _of(tx, tenant, enrollment_id)
            changed = await tx.enrollments.set_paused(enrollment_id, now)
            rows = [orders.order(orders.PAUSE, enrollment_id, "", now, now.isoformat())] if changed else []
            await tx.interactions.add(rows)
        await let_hear(self.dispatch, rows)
        return changed

    async def resume(self, tenant: str, enrollment_id: str, policy: PausePolicy = PausePolicy.FREEZE) -> bool:
        """Let it go on; False where it was not held.

        Args:
            tenant: whose.
            enrollment_id: which.
            policy: what becomes of what fell due meanwhile.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
        """
        now = self.clock()
        async with self.database.transaction() as tx:
            await _of(tx, tenant, enrollment_id)
            changed = await tx.enrollments.set_paused(enrollment_id, None)
            told = orders.order(orders.RESUME, enrollment_id, policy.value, now, now.isoformat())
            rows = [told] if changed else []
            await tx.interactions.add(rows)
        await let_hear(self.dispatch, rows)
        return changed

    async def cancel(self, tenant: str, enrollment_id: str) -> bool:
        """End it; False where it has ended before.

        Raises:
            UnknownEnrollment: the tenant has no such enrollment.
        """
        now = self.clock()
        rows = [orders.order(orders.CANCEL, enrollment_id, "", now, "once")]
        async with self.database.transaction() as tx:
            enrollment = await _of(tx, tenant, enrollment_id)
            if enrollment.outcome is not None:
                return False
            if enrollment.started_at is None:  # nothing may start it any more
                await tx.enrollments.finish(enrollment_id, Outcome.CANCELLED, now)
            await tx.interactions.add(rows)
        await let_hear(self.dispatch, rows)
        return True


async def _of(tx: Transaction, tenant: str, enrollment_id: str) -> Enrollment:
    enrollment = await tx.enrollments.get(enrollment_id)
    if enrollment is None or enrollment.tenant != tenant:
        raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
    return enrollment
