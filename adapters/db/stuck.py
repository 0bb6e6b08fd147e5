"""What goes on for too long: one statement a kind, each from a partial index of what goes on at all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from adapters.db.statements import Statements
from adapters.db.tables import (
    DUE,
    GOES_ON,
    IN_DOUBT,
    IN_HAND,
    PENDING,
    UNRESOLVED,
    UNSTARTED,
    attempts,
    batches,
    campaign_pauses,
    enrollments,
    handoffs,
    interactions,
)
from application.ports.stuck import SHOWN, Standstill
from domain.batches import BatchState
from domain.stuck import StuckKind

_Query = Select[*tuple[Any, ...]]


@frozen
class SqlStandstills:
    """What is stuck, in all tables."""

    statements: Statements

    async def of(self, kind: StuckKind, before: datetime, tenant: str | None) -> Standstill:
        """What of one kind has been waited for since before a time; of one tenant, or of all."""
        listed = _LISTS[kind](before)
        if tenant is not None:
            listed = listed.where(_TENANTS.get(kind, enrollments.c.tenant) == tenant)
        found = listed.subquery()
        rows = await self.statements.run(
            select(found.c.id, found.c.since, func.count().over())
            .order_by(found.c.since, found.c.id)
            .limit(SHOWN)
        )
        told = rows.all()
        if not told:
            return Standstill()
        return Standstill(told[0][2], told[0][1], tuple(str(row[0]) for row in told))


_NOT_TO_START = or_(enrollments.c.started_at.is_not(None), enrollments.c.outcome.is_not(None))


def _overdue(before: datetime) -> _Query:
    paused = exists().where(
        campaign_pauses.c.tenant == enrollments.c.tenant,
        campaign_pauses.c.key == enrollments.c.campaign,
        GOES_ON,
    )
    # Not before its run is that old: what waits for its turn in a batch was due when it was stored.
    begun = enrollments.c.started_at < before
    return select(enrollments.c.id, enrollments.c.due_at.label("since")).where(
        DUE, enrollments.c.due_at < before, begun, enrollments.c.paused_at.is_(None), ~paused
    )


def _not_started(before: datetime) -> _Query:
    return select(enrollments.c.id, enrollments.c.created_at.label("since")).where(
        UNSTARTED, enrollments.c.created_at < before
    )


def _of_its_enrollment(wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    """What holds of an attempt's enrollment, looked up for each one.

    Not by a join: PostgreSQL takes what is in doubt for as much as there ever was, and reads all enrollments.
    """
    return select(wanted).where(enrollments.c.id == attempts.c.enrollment_id).scalar_subquery()


def _in_doubt(before: datetime) -> _Query:
    here = or_(enrollments.c.step.is_(None), enrollments.c.step == attempts.c.step)
    return select(attempts.c.key.label("id"), attempts.c.claimed_at.label("since")).where(
        IN_DOUBT,
        attempts.c.claimed_at < before,
        _of_its_enrollment(and_(enrollments.c.outcome.is_(None), here)),
    )


def _not_dispatched(before: datetime) -> _Query:
    # Those of runs that are not started yet are told when that is done: they count as not started.
    return (
        select(interactions.c.key.label("id"), interactions.c.stored_at.label("since"))
        .join_from(interactions, enrollments)
        .where(PENDING, interactions.c.stored_at < before, _NOT_TO_START)
    )


def _standing_still(before: datetime) -> _Query:
    touched = func.coalesce(batches.c.stored_at, batches.c.created_at)
    started = exists().where(enrollments.c.batch == batches.c.id, enrollments.c.started_at >= before)
    return select(batches.c.id, touched.label("since")).where(
        IN_HAND,
        batches.c.created_at < before,
        touched < before,
        batches.c.state.in_((BatchState.STORING, BatchState.STARTING)),
        ~started,
    )


def _unclaimed(before: datetime) -> _Query:
    return (
        select(handoffs.c.key.label("id"), handoffs.c.created_at.label("since"))
        .join_from(handoffs, enrollments)
        .where(and_(UNRESOLVED, handoffs.c.created_at < before, handoffs.c.claimed_at.is_(None)))
    )


_LISTS: Mapping[StuckKind, Callable[[datetime], _Query]] = {
    StuckKind.ENROLLMENT_OVERDUE: _overdue,
    StuckKind.ENROLLMENT_NOT_STARTED: _not_started,
    StuckKind.SEND_IN_DOUBT: _in_doubt,
    StuckKind.EVENT_NOT_DISPATCHED: _not_dispatched,
    StuckKind.BATCH_STANDS_STILL: _standing_still,
    StuckKind.HANDOFF_UNCLAIMED: _unclaimed,
}
"""Each gives ``id`` and ``since``."""

_TENANTS: Mapping[StuckKind, ColumnElement[str]] = {
    StuckKind.SEND_IN_DOUBT: _of_its_enrollment(enrollments.c.tenant),
    StuckKind.BATCH_STANDS_STILL: batches.c.tenant,
}
"""By what it is told whose it is, where that is not by an enrollment in the list."""
