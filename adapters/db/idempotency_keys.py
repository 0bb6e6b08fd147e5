"""The table of the idempotency keys."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, LargeBinary, delete, func, literal, null, or_, select, update

from adapters.db.statements import Statements
from adapters.db.tables import idempotency_keys as table
from application.ports.idempotency_keys import Answer, KeyedRequest


@frozen
class SqlIdempotencyKeys:
    """The keys of all tenants."""

    statements: Statements

    async def claim(self, tenant: str, key: str, request: KeyedRequest, forgotten: datetime) -> bool:
        """Take on the first request under a key; of many at once, the INSERT of one goes through."""
        await self.statements.run(delete(table).where(*_of(tenant, key), _before(forgotten)))
        row = {
            "tenant": tenant,
            "key": key,
            "fingerprint": request.fingerprint,
            "holder": request.holder,
            "claimed_at": request.claimed_at,
        }
        return bool(await self.statements.count_added(table, [row]))

    async def get(self, tenant: str, key: str) -> KeyedRequest | None:
        """The request that a key stands for."""
        found = await self.statements.run(select(table).where(*_of(tenant, key)))
        row = found.one_or_none()
        return None if row is None else _request(row)

    async def take_over(self, tenant: str, key: str, known: KeyedRequest, request: KeyedRequest) -> bool:
        """Take on a request whose holder has gone; of many at once, the UPDATE of one finds it as it was."""
        as_known = (*_held(tenant, key, known.holder), table.c.claimed_at == known.claimed_at)
        return await self._changes(*as_known, holder=request.holder, claimed_at=request.claimed_at)

    async def renew(self, tenant: str, key: str, holder: str, at: datetime) -> bool:
        """Tell that the holder is alive; False where it is not the holder any more."""
        return await self._changes(*_held(tenant, key, holder), claimed_at=at)

    async def answer(self, tenant: str, key: str, holder: str, answer: Answer, at: datetime) -> bool:
        """Keep the answer; False where whoever tells it is not the holder any more."""
        return await self._changes(
            *_held(tenant, key, holder),
            answered_at=at,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body,
        )

    async def release(self, tenant: str, key: str, holder: str) -> None:
        """Forget a request that was not answered, so that the next one under its key is the first."""
        await self.statements.run(delete(table).where(*_held(tenant, key, holder)))

    async def forget(self, before: datetime) -> None:
        """Forget all that was claimed before a time."""
        await self.statements.run(delete(table).where(_before(before)))

    async def redact(self, tenant: str, needles: Collection[bytes]) -> int:
        """Erase the answers that contain one of these byte strings; that there was one stays known."""
        wanted = [self._contains(needle) for needle in needles if needle]
        if not wanted:
            return 0
        changed = await self.statements.run(
            update(table)
            .where(table.c.tenant == tenant, or_(*wanted))
            .values(status=None, headers=null(), body=None)
        )
        return changed.rowcount

    def _contains(self, needle: bytes) -> ColumnElement[bool]:
        """Both databases find bytes in bytes, each under another name."""
        looked_for = literal(needle, LargeBinary())
        if self.statements.connection.dialect.name == "sqlite":
            return func.instr(table.c.body, looked_for) > 0
        return func.position(looked_for.op("IN")(table.c.body)) > 0

    async def _changes(self, *where: ColumnElement[bool], **values: Any) -> bool:
        changed = await self.statements.run(update(table).where(*where).values(**values))
        return changed.rowcount == 1


def _of(tenant: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant == tenant, table.c.key == key


def _held(tenant: str, key: str, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (*_of(tenant, key), table.c.holder == holder, table.c.answered_at.is_(None))


def _before(time: datetime) -> ColumnElement[bool]:
    return table.c.claimed_at < literal(time, table.c.claimed_at.type)


def _request(row: Any) -> KeyedRequest:
    answer = None if row.status is None else Answer(row.status, row.headers, row.body)
    return KeyedRequest(row.fingerprint, row.holder, row.claimed_at, row.answered_at, answer)
