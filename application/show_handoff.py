"""Let a case at the desk show what a human did with it."""

from collections.abc import Iterable

import structlog
from attrs import frozen

from application.addressees import handoff_of
from application.errors import ApplicationError
from application.ports.callbacks import HandoffAction, HandoffReport, Report
from application.ports.database import Database, Transaction
from application.ports.handoffs import Handoff, HandoffDesk, ShowingDesk, Ticket
from application.ports.rendering import Renderer
from application.tickets import ticket_of

_log = structlog.get_logger(__name__)


@frozen
class ShowHandoff:
    """Where the desk shows a case's state only when it is told, tell it.

    For people's eyes only: what they did is stored before, so a desk that does not take it now is left alone.
    """

    database: Database
    desk: HandoffDesk
    renderer: Renderer

    async def __call__(self, provider: str, reports: Iterable[Report]) -> None:
        """Show what some stored reports of a desk say.

        Args:
            provider: who reported.
            reports: what was reported; only `HandoffReport` matters here.
        """
        desk = self.desk
        if not isinstance(desk, ShowingDesk) or desk.name != provider:
            return
        for report in reports:
            if isinstance(report, HandoffReport):
                await self._show(desk, report)

    async def _show(self, desk: ShowingDesk, report: HandoffReport) -> None:
        try:
            async with self.database.transaction() as tx:
                handoff = await handoff_of(tx, desk.name, report)
                if handoff is None or handoff.ref is None or _too_late(handoff, report):
                    return
                ticket = await self._ticket(tx, handoff)
            if ticket is not None:
                await desk.show(handoff.ref, ticket, report)
        except ApplicationError as fault:
            _log.warning("handoff.not_shown", desk=desk.name, action=report.action.value, reason=str(fault))

    async def _ticket(self, tx: Transaction, handoff: Handoff) -> Ticket | None:
        enrollment = await tx.enrollments.get(handoff.enrollment_id)
        return None if enrollment is None else await ticket_of(tx, handoff, enrollment, self.renderer)


def _too_late(handoff: Handoff, report: HandoffReport) -> bool:
    """Whether the case is closed: then it is not shown as given to somebody any more."""
    return handoff.resolved_at is not None and report.action is HandoffAction.REASSIGNED
