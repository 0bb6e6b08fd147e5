"""Cases that humans have: look at them, take them, pass them on, and close them."""

from collections.abc import Callable
from datetime import datetime

import structlog
from attrs import evolve, frozen

from application import orders
from application.dispatch_events import DispatchEvents, let_hear
from application.errors import Conflict, UnknownCampaign, UnknownHandoff
from application.news import HANDOFF_REASSIGNED
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.handoffs import Handoff, HandoffCase, HandoffQuery
from application.ports.interactions import Dispatch, Interaction
from application.ports.rendering import Renderer
from application.show_handoff import ShowHandoff
from application.tickets import ticket_of
from domain.errors import DomainError
from domain.handoffs import read_name
from domain.idempotency import order_key

_log = structlog.get_logger(__name__)

HANDOFF_CLAIMED = "handoff_claimed"
"""The kind of an interaction by which somebody takes a case."""

HANDOFF_RELEASED = "handoff_released"
"""The kind of an interaction by which nobody has a case any more."""

_GONE = "The summary cannot be written any more: the campaign is not in the books, or cannot be read."


@frozen
class CaseView:
    """A case as a human needs it.

    Args:
        case: the handoff, and whose.
        summary: one sentence, written anew from the contact's data; personal.
    """

    case: HandoffCase
    summary: str


@frozen
class ControlHandoffs:
    """What people do with cases by the API and the command line, as they do at the desk.

    Who has a case is stored, and shown by the lists; a desk's own people see there what the desk tells them.

    Args:
        database: where the cases are.
        dispatch: lets enrollments hear.
        desk: gives what lets the desk show that a case is closed; asked for only then, since whoever only
            looks need not have the desk's credentials.
        renderer: writes summaries.
        clock: the time.
    """

    database: Database
    dispatch: DispatchEvents
    desk: Callable[[], ShowHandoff]
    renderer: Renderer
    clock: Clock

    async def page(
        self, tenant: str, query: HandoffQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[HandoffCase]:
        """A page of the tenant's cases, oldest first; arguments as for `Handoffs.page`."""
        async with self.database.transaction() as tx:
            return await tx.handoffs.page(tenant, query, after, limit)

    async def get(self, tenant: str, key: str) -> CaseView:
        """One case, with its summary.

        Raises:
            UnknownHandoff: the tenant has none of this key.
        """
        async with self.database.transaction() as tx:
            case = await _case(tx, tenant, key)
            return CaseView(case, await self._summary(tx, case.handoff))

    async def claim(self, tenant: str, key: str, by: str) -> HandoffCase:
        """Take a case that nobody has. Whoever has it may say so again.

        Args:
            tenant: whose case.
            key: which.
            by: who takes it.

        Raises:
            InvalidName: that is no name.
            UnknownHandoff: the tenant has none of this key.
            Conflict: somebody else has it, or it is closed.
        """
        by, now = read_name(by), self.clock()
        async with self.database.transaction() as tx:
            known = (await _case(tx, tenant, key)).handoff
            if not await tx.handoffs.claim(key, by, now):
                raise _taken((await _case(tx, tenant, key)).handoff)
            if known.claimed_by is None:
                await tx.interactions.add([_row(HANDOFF_CLAIMED, known, f"by {by}", now)])
            return await _case(tx, tenant, key)

    async def reassign(self, tenant: str, key: str, to: str, by: str | None = None) -> HandoffCase:
        """Give a case to somebody, whoever has it.

        Args:
            tenant: whose case.
            key: which.
            to: who is to have it.
            by: who says so.

        Raises:
            InvalidName: one of these is no name.
            UnknownHandoff: the tenant has none of this key.
            Conflict: it is closed.
        """
        to, said_by = read_name(to), _by(by)
        return await self._assign(tenant, key, to, HANDOFF_REASSIGNED, f"{said_by} to {to}".strip())

    async def release(self, tenant: str, key: str, by: str | None = None) -> HandoffCase:
        """Let nobody have a case any more.

        Raises:
            InvalidName: `by` is no name.
            UnknownHandoff: the tenant has none of this key.
            Conflict: it is closed.
        """
        return await self._assign(tenant, key, None, HANDOFF_RELEASED, _by(by))

    async def resolve(
        self, tenant: str, key: str, by: str | None = None, note: str | None = None
    ) -> HandoffCase:
        """Close a case; the enrollment that waits for it ends, as when somebody closes it at the desk.

        Once it is closed, here or there, another time changes nothing.

        Args:
            tenant: whose case.
            key: which.
            by: who closes it.
            note: what came of it; kept with the timeline as personal data.

        Raises:
            InvalidName: `by` is no name.
            UnknownHandoff: the tenant has none of this key.
        """
        said_by, now = _by(by), self.clock()
        rows: list[Interaction] = []
        async with self.database.transaction() as tx:
            handoff = (await _case(tx, tenant, key)).handoff
            if await tx.handoffs.resolve(key, now):
                told = orders.order(orders.HANDOFF_RESOLVED, handoff.enrollment_id, said_by, now, "once")
                enrollment = await tx.enrollments.get(handoff.enrollment_id)
                has_ended = enrollment is None or enrollment.outcome is not None
                dispatch = Dispatch.LATE if has_ended else Dispatch.PENDING
                rows = [evolve(told, text=note or None, dispatch=dispatch)]
                await tx.interactions.add(rows)
            closed = await _case(tx, tenant, key)
        await let_hear(self.dispatch, rows)
        for row in rows:
            report = HandoffReport(row.key, HandoffAction.RESOLVED, now, key, handoff.ref, by or "")
            await self.desk()(handoff.desk, [report])
        return closed

    async def _assign(self, tenant: str, key: str, to: str | None, kind: str, detail: str) -> HandoffCase:
        now = self.clock()
        async with self.database.transaction() as tx:
            known = (await _case(tx, tenant, key)).handoff
            if known.claimed_by != to or known.resolved_at is not None:
                if not await tx.handoffs.assign(key, to, now):
                    raise _taken((await _case(tx, tenant, key)).handoff)
                await tx.interactions.add([_row(kind, known, detail, now)])
            return await _case(tx, tenant, key)

    async def _summary(self, tx: Transaction, handoff: Handoff) -> str:
        enrollment = await tx.enrollments.get(handoff.enrollment_id)
        try:
            if enrollment is not None:
                return (await ticket_of(tx, handoff, enrollment, self.renderer)).summary
        except (DomainError, UnknownCampaign) as fault:
            _log.warning("handoff.no_summary", enrollment_id=handoff.enrollment_id, reason=str(fault))
        return _GONE


async def _case(tx: Transaction, tenant: str, key: str) -> HandoffCase:
    case = await tx.handoffs.case(tenant, key)
    if case is None:
        raise UnknownHandoff("there is no such handoff")
    return case


def _taken(handoff: Handoff) -> Conflict:
    if handoff.resolved_at is not None:
        return Conflict(f"the handoff was resolved at {handoff.resolved_at:%Y-%m-%d %H:%M} UTC")
    return Conflict(f"the handoff is claimed by {handoff.claimed_by}; reassign gives it to somebody else")


def _by(name: str | None) -> str:
    return "" if name is None else f"by {read_name(name)}"


def _row(kind: str, handoff: Handoff, detail: str, now: datetime) -> Interaction:
    key = order_key(handoff.enrollment_id, kind, now.isoformat())
    return Interaction(key=key, kind=kind, at=now, enrollment_id=handoff.enrollment_id, detail=detail)
