"""The enrollments table."""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from attrs import asdict, fields, frozen
from sqlalchemy import bindparam, func, select, update

from adapters.db.columns import outside
from adapters.db.contacts import reached_at
from adapters.db.enrollment_lists import page
from adapters.db.statements import Statements, chunks
from adapters.db.tables import OPEN, UNSTARTED, contacts
from adapters.db.tables import enrollments as table
from application.ports.enrollments import Enrollment, EnrollmentQuery, InFlight, Listed
from domain.enrollment.state import Outcome
from domain.statuses import Channel

_GET = select(table).where(table.c.id == bindparam("of"))

_FIND = select(table).where(table.c.id.in_(bindparam("of", expanding=True)))

_SET_DUE = (
    update(table)
    .where(table.c.id.in_(bindparam("of", expanding=True)), table.c.outcome.is_(None))
    .values(due_at=bindparam("due"))
)

_FINISH = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.outcome.is_(None))
    .values(outcome=bindparam("why"), finished_at=bindparam("ended"), due_at=None)
)


@frozen
class SqlEnrollments:
    """The enrollments of all campaigns."""

    statements: Statements

    async def add(self, enrollments: Sequence[Enrollment]) -> frozenset[str]:
        """Insert those that are not there yet, one for each entry of a contact; returns their ids."""
        rows = [asdict(enrollment) for enrollment in sorted(enrollments, key=attrgetter("id"))]
        return await self.statements.add(table, rows, table.c.id)

    async def get(self, enrollment_id: str) -> Enrollment | None:
        """The enrollment, if there is one."""
        found = await self.statements.run(_GET, {"of": enrollment_id})
        row = found.one_or_none()
        return None if row is None else _enrollment(row)

    async def find(self, enrollment_ids: Collection[str]) -> dict[str, Enrollment]:
        """Those of some enrollments that there are, by id."""
        found: dict[str, Enrollment] = {}
        for some in chunks(sorted(enrollment_ids)):
            rows = await self.statements.run(_FIND, {"of": some})
            found |= {row.id: _enrollment(row) for row in rows}
        return found

    async def search(
        self, tenant: str, query: EnrollmentQuery, after: tuple[datetime, str] | None, limit: int
    ) -> list[Listed]:
        """A page of a tenant's enrollments, newest first."""
        found = await self.statements.run(page(tenant, query, after, limit))
        return [Listed(_enrollment(row), row.external_id) for row in found]

    async def latest(self, tenant: str, campaign: str, contact_ids: Sequence[str]) -> dict[str, Enrollment]:
        """The latest entry of each contact into a campaign, by contact id."""
        entered: dict[str, Enrollment] = {}
        for some in chunks(contact_ids):
            found = await self.statements.run(
                select(table)
                .where(
                    table.c.tenant == tenant,
                    table.c.campaign == campaign,
                    table.c.contact_id.in_(some),
                )
                .order_by(table.c.entry)
            )
            entered |= {row.contact_id: _enrollment(row) for row in found}
        return entered

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> None:
        """Note that their runs exist; the first time stays."""
        for some in chunks(sorted(enrollment_ids)):
            await self.statements.run(
                update(table).where(table.c.id.in_(some), table.c.started_at.is_(None)).values(started_at=at)
            )

    async def place(
        self, enrollment_id: str, version: int, step: str | None, due: datetime | None = None
    ) -> None:
        """Note where an enrollment stands, and what is expected; one that has ended stays where it was."""
        await self.statements.run(
            update(table)
            .where(table.c.id == enrollment_id, table.c.outcome.is_(None))
            .values(version=version, step=step, due_at=due)
        )

    async def set_due(self, enrollment_ids: Sequence[str], due: datetime | None) -> None:
        """Note by when something is expected of those that have not ended."""
        for some in chunks(sorted(enrollment_ids)):
            await self.statements.run(_SET_DUE, {"of": some, "due": due})

    async def set_paused(self, enrollment_id: str, at: datetime | None) -> bool:
        """Hold one enrollment, or let it go on; False where that was so before, or it has ended."""
        running = table.c.paused_at.is_(None)
        changed = await self.statements.run(
            update(table)
            .where(table.c.id == enrollment_id, table.c.outcome.is_(None), running if at else ~running)
            .values(paused_at=at)
        )
        return changed.rowcount == 1

    async def finish(self, enrollment_id: str, outcome: Outcome, at: datetime) -> bool:
        """Note why and when it ended: nothing is expected any more; False where it has ended before."""
        told = {"of": enrollment_id, "why": outcome, "ended": at}
        return (await self.statements.run(_FINISH, told)).rowcount == 1

    async def unstarted(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Enrollment]:
        """Enrollments of no batch stored before or after whose run was not started, oldest first."""
        found = await self.statements.run(
            select(table)
            .where(UNSTARTED, outside(table.c.created_at, before, or_after))
            .order_by(table.c.created_at, table.c.id)
            .limit(limit)
        )
        return [_enrollment(row) for row in found]

    async def in_flight(self, tenant: str, campaign: str) -> list[InFlight]:
        """Open enrollments by version and step, in that order; those without a step come first."""
        version, step = table.c.version, table.c.step
        found = await self.statements.run(
            select(version, step, func.count())
            .where(table.c.tenant == tenant, table.c.campaign == campaign, OPEN)
            .group_by(version, step)
            .order_by(version, step.nulls_first())
        )
        return [InFlight(version, step, count) for version, step, count in found]

    async def open_at(
        self, tenant: str, campaign: str, version: int, step: str | None, after: str, limit: int
    ) -> list[Enrollment]:
        """A page of the open enrollments at one place, by id, from the first one after an id."""
        found = await self.statements.run(
            select(table)
            .where(
                table.c.tenant == tenant,
                table.c.campaign == campaign,
                table.c.version == version,
                # Not IS NOT DISTINCT FROM, by which PostgreSQL uses no index.
                table.c.step.is_(None) if step is None else table.c.step == step,
                table.c.id > after,
                OPEN,
            )
            # By the step, too, or PostgreSQL does not see that the index is in order where that is NULL.
            .order_by(table.c.step, table.c.id)
            .limit(limit)
        )
        return [_enrollment(row) for row in found]

    async def open_of(self, contact_id: str) -> list[Enrollment]:
        """The open enrollments of a contact, oldest first."""
        found = await self.statements.run(
            select(table)
            .where(table.c.contact_id == contact_id, table.c.outcome.is_(None))
            .order_by(table.c.created_at, table.c.id)
        )
        return [_enrollment(row) for row in found]

    async def open_to(self, tenant: str, channel: Channel, address: str) -> list[Enrollment]:
        """Open enrollments of the contacts who are reached at this address on this channel, oldest first."""
        found = await self.statements.run(
            select(table)
            .join(contacts, contacts.c.id == table.c.contact_id)
            .where(
                reached_at(channel, address),
                table.c.tenant == tenant,
                table.c.outcome.is_(None),
            )
            .order_by(table.c.created_at, table.c.id)
        )
        return [_enrollment(row) for row in found]


def _enrollment(row: Any) -> Enrollment:
    return Enrollment(**{column.name: getattr(row, column.name) for column in fields(Enrollment)})
