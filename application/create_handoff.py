"""Give a case to a human."""

from attrs import frozen

from application.errors import UnknownEnrollment
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.handoffs import Handoff, HandoffDesk
from application.ports.rendering import Renderer
from application.tickets import ticket_of
from domain.idempotency import handoff_key


@frozen
class CreateHandoff:
    """Create the handoff of an enrollment: once in our books, at least once at the desk.

    A case that is lost is worse than a ticket that a human sees twice, so an attempt in doubt is repeated,
    with the handoff's key along for the desk to recognise it by.
    """

    database: Database
    desk: HandoffDesk
    renderer: Renderer
    clock: Clock

    async def __call__(self, enrollment_id: str, step: str, reason: str) -> str:
        """Hand over.

        Args:
            enrollment_id: whose case.
            step: where the campaign gave up.
            reason: the result that led here.

        Returns:
            The desk's own id.

        Raises:
            TransientFault: the desk does not take it now.
            OutcomeUnknown: the desk may have taken it; to be repeated.
            UnknownEnrollment: there is no such enrollment.
        """
        order = Handoff(
            key=handoff_key(enrollment_id),
            enrollment_id=enrollment_id,
            step=step,
            reason=reason,
            created_at=self.clock(),
            desk=self.desk.name,
        )
        async with self.database.transaction() as tx:
            enrollment = await tx.enrollments.get(enrollment_id)
            if enrollment is None:
                raise UnknownEnrollment(f"there is no enrollment {enrollment_id}")
            handoff = await tx.handoffs.add(order)
        if handoff.ref is not None:
            return handoff.ref
        async with self.database.transaction() as tx:
            ticket = await ticket_of(tx, handoff, enrollment, self.renderer)
        ref = await self.desk.open(ticket)
        async with self.database.transaction() as tx:
            await tx.handoffs.record(handoff.key, ref)
            await tx.enrollments.set_due([enrollment_id], None)
        return ref
