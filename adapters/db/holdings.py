"""What all tables hold on one person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from attrs import AttrsInstance, fields, frozen
from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Text,
    Update,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from adapters.db.handoffs import handoff_of
from adapters.db.statements import Statements, chunks
from adapters.db.tables import (
    attempts,
    audience_members,
    consents,
    contacts,
    enrollments,
    handoffs,
    interactions,
    webhooks,
)
from application.ports.enrollments import Enrollment
from application.ports.handoffs import Handoff
from application.ports.holdings import Forgotten, Place
from application.ports.webhooks import StagedWebhook
from domain.erasure import Traces, tombstone

_T = TypeVar("_T", bound=AttrsInstance)

_AROUND = timedelta(seconds=5), timedelta(minutes=1)
"""How long before and after its receipt a delivery's events are stored."""

_STAGED = (webhooks.c.received_at, webhooks.c.key)


@frozen
class SqlHoldings:
    """What is held on the people of all tenants."""

    statements: Statements

    async def enrollments(self, contact_id: str) -> list[Enrollment]:
        """All enrollments of a contact, oldest first."""
        found = await self.statements.run(
            select(enrollments)
            .where(enrollments.c.contact_id == contact_id)
            .order_by(enrollments.c.created_at, enrollments.c.id)
        )
        return [_read(Enrollment, row) for row in found]

    async def handoffs(self, contact_id: str) -> list[Handoff]:
        """The cases of a contact, oldest first."""
        found = await self.statements.run(
            select(handoffs)
            .where(handoffs.c.enrollment_id.in_(_enrolled(contact_id)))
            .order_by(handoffs.c.created_at, handoffs.c.key)
        )
        return [handoff_of(row) for row in found]

    async def audiences(self, contact_id: str) -> list[str]:
        """The keys of the audiences in which a contact stands by name, sorted."""
        keys = audience_members.c.audience
        found = await self.statements.run(
            select(keys).where(audience_members.c.contact_id == contact_id).order_by(keys)
        )
        return list(found.scalars())

    # Deliveries --------------------------------------------------------------------------------------

    async def part_of_staged(self, after: Place, size: int) -> Place | None:
        """Where a part of the staging table ends that begins after a place."""
        part = select(*_STAGED).where(_after(after)).order_by(*_STAGED).limit(size).subquery()
        last = part.c.received_at.desc(), part.c.key.desc()
        found = (await self.statements.run(select(part).order_by(*last).limit(1))).one_or_none()
        return None if found is None else Place(found.received_at, found.key)

    async def staged(self, traces: Traces, after: Place, until: Place) -> list[StagedWebhook]:
        """The deliveries in a part of the staging table in which somebody is found."""
        keys = await self._mentioning(traces, _after(after) & ~_after(until))
        found: list[StagedWebhook] = []
        for some in chunks(keys):
            rows = await self.statements.run(select(webhooks).where(webhooks.c.key.in_(some)))
            found += [_read(StagedWebhook, row) for row in rows]
        sure = [each for each in found if traces.found_in(each.target.encode() + b"\n" + each.body)]
        return sorted(sure, key=lambda each: (each.received_at, each.key))

    async def empty_staged(self, deliveries: Sequence[StagedWebhook]) -> int:
        """Empty body and target of deliveries, and what strangers wrote in them."""
        emptied = 0
        for some in chunks([each.key for each in deliveries]):
            emptied += await self._count(
                update(webhooks).where(webhooks.c.key.in_(some)).values(body=b"", target="")
            )
        for each in deliveries:
            await self._empty_strangers(each)
        return emptied

    async def _empty_strangers(self, delivery: StagedWebhook) -> None:
        before, after = _AROUND
        stored = interactions.c.stored_at
        await self.statements.run(
            update(interactions)
            .where(
                interactions.c.enrollment_id.is_(None),
                stored >= literal(delivery.received_at - before, stored.type),
                stored <= literal(delivery.received_at + after, stored.type),
                interactions.c.provider == delivery.provider,
                interactions.c.text.is_not(None),
            )
            .values(text=None, detail="")
        )

    async def _mentioning(self, traces: Traces, part: ColumnElement[bool]) -> list[str]:
        # Made once for each row, or every trace would have the whole body made anew.
        read = select(
            webhooks.c.key,
            self._text(webhooks.c.body).label("body"),
            func.lower(self._text(webhooks.c.body)).label("folded"),
            webhooks.c.target,
            func.lower(webhooks.c.target).label("folded_target"),
        ).where(part)
        staged = _once(read)
        wanted = [
            *(self._holds(staged.c.folded, self._as_text(trace)) for trace in traces.rough),
            *(self._holds(staged.c.body, self._as_text(trace)) for trace in traces.pieces),
            *(self._holds(staged.c.folded_target, trace) for trace in traces.rough),
            *(self._holds(staged.c.target, trace) for trace in traces.pieces),
        ]
        if not wanted:
            return []
        found = await self.statements.run(select(staged.c.key).where(or_(*wanted)))
        return list(found.scalars())

    def _text(self, body: ColumnElement[bytes]) -> ColumnElement[str]:
        """Bytes as a text in which ASCII stands for itself."""
        return cast(body, Text) if self._on_sqlite else func.encode(body, "escape", type_=Text())

    def _as_text(self, trace: str) -> str:
        """A trace as `_text` has it: in PostgreSQL's "escape" form every backslash is two."""
        return trace if self._on_sqlite else trace.replace("\\", "\\\\")

    def _holds(self, column: ColumnElement[Any], trace: str) -> ColumnElement[bool]:
        position = func.instr if self._on_sqlite else func.strpos
        return position(column, trace) > 0

    @property
    def _on_sqlite(self) -> bool:
        return self.statements.connection.dialect.name == "sqlite"

    # Forgetting --------------------------------------------------------------------------------------

    async def forget(self, contact_id: str, traces: Traces, at: datetime) -> Forgotten:
        """Take out of a contact's rows what is personal, and make their own row a tombstone."""
        await self._rename(contact_id, traces)
        mine = _enrolled(contact_id)
        told, sent = interactions.c.enrollment_id.in_(mine), attempts.c.enrollment_id.in_(mine)
        reported = interactions.c.provider.is_not(None) & (interactions.c.detail != "")
        kept = attempts.c.reason.is_not(None) | attempts.c.provider_ref.is_not(None)
        cases = handoffs.c.enrollment_id.in_(mine) & handoffs.c.ref.is_not(None)
        forgotten = Forgotten(
            consents=await self._count(delete(consents).where(consents.c.contact_id == contact_id)),
            audience_members=await self._count(
                delete(audience_members).where(audience_members.c.contact_id == contact_id)
            ),
            interactions=await self._count(
                update(interactions)
                .where(told, reported | interactions.c.text.is_not(None))
                .values(text=None, detail="")
            ),
            attempts=await self._count(
                update(attempts).where(sent, kept).values(reason=None, provider_ref=None)
            ),
            handoffs=await self._count(update(handoffs).where(cases).values(ref=None)),
        )
        await self.statements.run(
            update(contacts)
            .where(contacts.c.id == contact_id)
            .values(
                external_id=tombstone(contact_id),
                phone=None,
                email=None,
                timezone=None,
                attributes={},
                erased_at=at,
            )
        )
        return forgotten

    async def _rename(self, contact_id: str, traces: Traces) -> None:
        """Callers name events as they like, and their names are keys: one may be an address."""
        key = interactions.c.key
        found = await self.statements.run(
            select(key).where(interactions.c.enrollment_id.in_(_enrolled(contact_id))).order_by(key)
        )
        named = [name for name in found.scalars() if traces.found_in(name.encode())]
        for number, name in enumerate(named):
            await self.statements.run(
                update(interactions).where(key == name).values(key=f"{tombstone(contact_id)}:{number}")
            )

    async def _count(self, change: Update | Delete) -> int:
        return (await self.statements.run(change)).rowcount


def _enrolled(contact_id: str) -> Select[tuple[str]]:
    return select(enrollments.c.id).where(enrollments.c.contact_id == contact_id)


def _after(place: Place) -> ColumnElement[bool]:
    here = (literal(place.received_at, webhooks.c.received_at.type), literal(place.key, webhooks.c.key.type))
    return tuple_(*_STAGED) > tuple_(*here)


def _once(read: Select[Any]) -> Any:
    """A part of a query that both databases carry out once, and not again wherever it is named."""
    return read.cte("staged").prefix_with("MATERIALIZED")


def _read(cls: type[_T], row: Any) -> _T:
    return cls(**{column.name: getattr(row, column.name) for column in fields(cls)})
