"""Carry out a request once, however often it is made: under its key stands what it was answered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from attrs import frozen

from application.errors import AnswerErased, DatabaseUnavailable, KeyInUse, KeyReused
from application.ports.clock import Clock, NewId
from application.ports.database import Database
from application.ports.idempotency_keys import Answer, KeyedRequest

ANSWER_KEPT = timedelta(hours=24)
"""How long a key stands for its request."""
LEASE = timedelta(seconds=60)
"""How long a holder may be silent before it counts as dead: four heartbeats, since some may be late."""
BEAT = timedelta(seconds=15)
"""How often a holder tells that it is alive: work may take minutes, and a key must not be blocked so long."""
_TRANSIENT = frozenset({401, 403, 408, 429})

_log = structlog.get_logger(__name__)


@frozen
class IdempotentRequests:
    """Requests under keys.

    What a request does and the answer that is kept are two transactions: where the process dies between them,
    a repeat is carried out again, after `LEASE`. The use cases' own keys then find what is there.

    Args:
        database: where keys and answers are.
        clock: the time of claims.
        new_id: names holders.
        beat: how often a holder tells that it is alive.
    """

    database: Database
    clock: Clock
    new_id: NewId
    beat: timedelta = BEAT

    async def __call__(
        self, tenant: str, key: str, fingerprint: str, work: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """Do the work, or give what it was answered before.

        What a retry may change (5xx, and who may do what how often: 401, 403, 408, 429) is not kept.

        Args:
            tenant: whose request it is.
            key: as the client has drawn it.
            fingerprint: of everything in the request that matters.
            work: what the request is for.

        Returns:
            The answer, and whether it is an earlier one.

        Raises:
            KeyReused: the key stands for another request.
            KeyInUse: the first request goes on, here or in another process.
            AnswerErased: there was an answer; it was about somebody whose data was erased.
            DatabaseUnavailable: nothing was done.
        """
        mine = KeyedRequest(fingerprint, self.new_id(), self.clock())
        known = await self._claim(tenant, key, mine)
        if known is not None:
            if known.answer is None:
                raise AnswerErased("the request was carried out before, and its answer was erased since")
            return known.answer, True
        return await self._carry_out(tenant, key, mine.holder, work), False

    async def _claim(self, tenant: str, key: str, mine: KeyedRequest) -> KeyedRequest | None:
        """None where the request is ours now; what it was answered where it was before."""
        async with self.database.transaction() as tx:
            if await tx.idempotency_keys.claim(tenant, key, mine, mine.claimed_at - ANSWER_KEPT):
                return None
            known = await tx.idempotency_keys.get(tenant, key)
            if known is None:  # released between the two statements
                raise KeyInUse("the first request of this Idempotency-Key goes on; come again soon")
            if known.fingerprint != mine.fingerprint:
                raise KeyReused("this Idempotency-Key stands for another request; draw a new one for each")
            if known.answered_at is not None:
                return known
            # Also one from a time to come: that clock was wrong, and nobody should wait until it is right.
            silent = abs(mine.claimed_at - known.claimed_at) > LEASE
            if silent and await tx.idempotency_keys.take_over(tenant, key, known, mine):
                return None
        raise KeyInUse("the first request of this Idempotency-Key goes on; come again soon")

    async def _carry_out(
        self, tenant: str, key: str, holder: str, work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        async with self._alive(tenant, key, holder):
            try:
                answer = await work()
            except Exception:
                await self._release(tenant, key, holder)
                raise
        if answer.status >= 500 or answer.status in _TRANSIENT:
            await self._release(tenant, key, holder)
        else:
            await self._keep(tenant, key, holder, answer)
        return answer

    async def _keep(self, tenant: str, key: str, holder: str, answer: Answer) -> None:
        """Keep the answer. Where that cannot be, the client gets it all the same; a repeat is carried out."""
        try:
            async with self.database.transaction() as tx:
                await tx.idempotency_keys.answer(tenant, key, holder, answer, self.clock())
        except DatabaseUnavailable as fault:
            _log.warning("idempotency.answer_not_kept", reason=str(fault))

    async def _release(self, tenant: str, key: str, holder: str) -> None:
        try:
            async with self.database.transaction() as tx:
                await tx.idempotency_keys.release(tenant, key, holder)
        except DatabaseUnavailable as fault:  # the lease runs out by itself
            _log.warning("idempotency.not_released", reason=str(fault))

    @asynccontextmanager
    async def _alive(self, tenant: str, key: str, holder: str) -> AsyncIterator[None]:
        """Tell from time to time that the holder is alive, as long as the block lasts."""
        telling = asyncio.create_task(self._tell(tenant, key, holder))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    async def _tell(self, tenant: str, key: str, holder: str) -> None:
        held = True
        while held:
            await asyncio.sleep(self.beat.total_seconds())
            try:
                async with self.database.transaction() as tx:
                    held = await tx.idempotency_keys.renew(tenant, key, holder, self.clock())
            except DatabaseUnavailable as fault:
                _log.warning("idempotency.not_renewed", reason=str(fault))
