"""Storing what became of a call, and what it says about the provider, in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from attrs import evolve, frozen

from application.errors import DatabaseUnavailable
from application.failover import Chosen, Failover
from application.opt_outs import OptOut, spread
from application.ports.attempts import Attempt
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

RECORD_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries to record an answer."""

RECORD_SECONDS = 12.0
"""How long recording may take in all; with the provider's time-out it fits into one call of an activity."""


@frozen
class Recorder:
    """Records answers. Every method may raise `DatabaseUnavailable`: then the attempt is in doubt.

    The circuit is written before the attempt, as it is where an attempt is claimed: two transactions that
    took them in different orders could wait for each other.

    Args:
        database: where to.
        clock: the time.
        failover: learns from the answers of calls.
        pauses: seconds between the tries.
    """

    database: Database
    clock: Clock
    failover: Failover
    pauses: Sequence[float] = RECORD_PAUSES

    async def looked_up(self, key: AttemptKey, found: Accepted | None) -> Attempt:
        """A look-up has found the message, or nothing: then nobody can say what became of it."""
        state = AttemptState.UNKNOWN if found is None else AttemptState.ACCEPTED
        ref = None if found is None else found.provider_ref

        async def record(tx: Transaction) -> Attempt:
            return await tx.attempts.record(key, state, self.clock(), provider_ref=ref)

        return await self._stored(record)

    async def accepted(self, key: AttemptKey, chosen: Chosen, answer: Accepted) -> Attempt:
        """The provider has taken the message."""

        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            await self.failover.note(tx, chosen, now, well=True)
            ref = answer.provider_ref
            return await tx.attempts.record(key, AttemptState.ACCEPTED, now, provider_ref=ref)

        return await self._stored(record)

    async def unknown(self, key: AttemptKey, chosen: Chosen, reason: str) -> Attempt:
        """The provider may have taken the message."""

        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            await self.failover.note(tx, chosen, now, well=False)
            return await tx.attempts.record(key, AttemptState.UNKNOWN, now, reason=reason)

        return await self._stored(record)

    async def doubted(self, chosen: Chosen) -> None:
        """The provider has not answered; the attempt is left as it is, in doubt."""

        async def record(tx: Transaction) -> None:
            await self.failover.note(tx, chosen, self.clock(), well=False)

        await self._stored(record)

    async def released(self, key: AttemptKey, chosen: Chosen, reason: str) -> bool:
        """The provider has not taken the message; returns whether another one would get it now."""

        async def record(tx: Transaction) -> bool:
            now = self.clock()
            elsewhere = await self.failover.note(tx, chosen, now, well=False)
            await tx.attempts.record(key, AttemptState.RELEASED, now, reason=reason)
            return elsewhere

        return await self._stored(record)

    async def refused(
        self, key: AttemptKey, chosen: Chosen, message: OutboundMessage, refused: Refused
    ) -> Attempt:
        """The provider will never take the message; it may know that the address must be left alone."""

        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            await self.failover.note(tx, chosen, now, well=True)
            attempt = await tx.attempts.record(key, AttemptState.REJECTED, now, reason=refused.reason)
            enrollment = await tx.enrollments.get(key.enrollment_id)
            if not refused.suppresses or enrollment is None:
                return attempt
            # The provider knows of an opt-out that we did not: here it counts like one that we are told of.
            provider, status = chosen.provider, DeliveryStatus.OPTED_OUT
            wish = OptOut(str(key), provider.channel, message.to, status.value, provider.name, now)
            if attempt.state is not AttemptState.REJECTED:  # too late to be this attempt's answer
                await spread(tx, wish, [enrollment.tenant])
                return attempt
            await tx.attempts.hear(key, status, now, None)
            await spread(tx, wish, [enrollment.tenant], apart_from=enrollment.id)
            return evolve(attempt, delivery=status)

        return await self._stored(record)

    async def _stored(self, record: Callable[[Transaction], Awaitable[_T]]) -> _T:
        """A hiccup of the database must not make a known answer unknown, so it is tried for a while."""
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                for pause in self.pauses:
                    try:
                        async with self.database.transaction() as tx:
                            return await record(tx)
                    except DatabaseUnavailable as fault:
                        _log.warning("send.not_recorded_yet", reason=str(fault), seconds=pause)
                        await asyncio.sleep(pause)
                async with self.database.transaction() as tx:
                    return await record(tx)
        except TimeoutError:
            raise DatabaseUnavailable("the database takes too long to record an answer") from None
