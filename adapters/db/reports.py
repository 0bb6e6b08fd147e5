"""Counts over one campaign of one tenant."""

from collections import defaultdict
from typing import Any

from attrs import frozen
from sqlalchemy import Select, cast, func, select

from adapters.db.columns import Words
from adapters.db.handoffs import handoff_of
from adapters.db.statements import Statements
from adapters.db.tables import attempts, enrollments, handoffs, interactions
from application.ports.handoffs import Handoff
from application.ports.reports import HandoffCount, MessageCount

_Query = Select[*tuple[Any, ...]]


@frozen
class SqlReports:
    """The figures of campaigns."""

    statements: Statements

    async def outcomes(self, tenant: str, campaign: str) -> dict[str, int]:
        """Enrollments by outcome; ``open`` for those that run."""
        counted = select(enrollments.c.outcome, func.count()).group_by(enrollments.c.outcome)
        rows = await self.statements.run(_of_campaign(counted, tenant, campaign))
        return {str(outcome or "open"): count for outcome, count in rows}

    async def messages(self, tenant: str, campaign: str) -> list[MessageCount]:
        """Attempts by channel and final status."""
        channel, state, delivery = attempts.c.channel, attempts.c.state, attempts.c.delivery
        status = func.coalesce(cast(delivery, Words), cast(state, Words))
        counted = (
            select(channel, status, func.count())
            .join_from(attempts, enrollments)
            .group_by(channel, status)
            .order_by(channel, status)
        )
        rows = await self.statements.run(_of_campaign(counted, tenant, campaign))
        return [MessageCount(str(channel), status, count) for channel, status, count in rows]

    async def handoffs(self, tenant: str, campaign: str) -> list[Handoff]:
        """The handoffs, oldest first."""
        listed = select(handoffs).join_from(handoffs, enrollments)
        rows = await self.statements.run(
            _of_campaign(listed, tenant, campaign).order_by(handoffs.c.created_at, handoffs.c.key)
        )
        return [handoff_of(row) for row in rows]

    async def handoff_count(self, tenant: str, campaign: str) -> HandoffCount:
        """How many handoffs there are."""
        counted = select(func.count(), func.count(handoffs.c.resolved_at)).join_from(handoffs, enrollments)
        total, resolved = (await self.statements.run(_of_campaign(counted, tenant, campaign))).one()
        return HandoffCount(total - resolved, resolved)

    async def busiest(self, tenant: str, campaign: str) -> str | None:
        """The enrollment with the most interactions (of several, the smallest id); None without any."""
        id_ = interactions.c.enrollment_id
        counted = select(id_).join_from(interactions, enrollments).group_by(id_)
        rows = await self.statements.run(
            _of_campaign(counted, tenant, campaign).order_by(func.count().desc(), id_).limit(1)
        )
        return next((str(id_) for (id_,) in rows), None)

    async def attempts_by_state(self, tenant: str, campaign: str) -> dict[str, list[str]]:
        """Attempt keys by attempt state, for reconciliation."""
        listed = select(attempts.c.state, attempts.c.key).join_from(attempts, enrollments)
        keys: dict[str, list[str]] = defaultdict(list)
        for state, key in await self.statements.run(
            _of_campaign(listed, tenant, campaign).order_by(attempts.c.key)
        ):
            keys[str(state)].append(key)
        return dict(keys)


def _of_campaign(query: _Query, tenant: str, campaign: str) -> _Query:
    return query.where(enrollments.c.tenant == tenant, enrollments.c.campaign == campaign)
