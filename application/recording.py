"""Storing what became of a call, and what it says about the provider, in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from attrs import evolve, frozen

from application.errors import ApplicationError, DatabaseUnavailable, TransientFault
from application.failover import Chosen, Failover
from application.opt_outs import OptOut, spread
from application.ports.attempts import Attempt
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.attempts import AttemptState
from domain.circuit import Circuit
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

    An accept is recorded by one statement alone, since nothing may fail between the two; what it says of the
    provider is noted after that, and only where there is something to correct. A fault's circuit is written
    before the attempt, as it is where an attempt is claimed: two transactions that took them in different
    orders could wait for each other.

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

    async def looked_up(
        self, key: AttemptKey, found: Accepted | None, is_its: Callable[[Transaction, str], Awaitable[bool]]
    ) -> Attempt:
        """A look-up has found the message, or nothing: then nobody can say what became of it.

        Args:
            key: which attempt.
            found: what was found.
            is_its: whether the provider's id can be no other attempt's; asked in the same transaction, since
                others are sent meanwhile.
        """

        async def record(tx: Transaction) -> Attempt:
            ref = None if found is None else found.provider_ref
            if ref is None or not await is_its(tx, ref):
                return await tx.attempts.record(key, AttemptState.UNKNOWN, self.clock())
            return await tx.attempts.record(key, AttemptState.ACCEPTED, self.clock(), provider_ref=ref)

        return await self._stored(record)

    async def accepted(self, key: AttemptKey, chosen: Chosen, answer: Accepted) -> Attempt:
        """The provider has taken the message."""

        async def record(tx: Transaction) -> Attempt:
            ref = answer.provider_ref
            return await tx.attempts.record(key, AttemptState.ACCEPTED, self.clock(), provider_ref=ref)

        attempt = await self._stored(record)
        await self._noted_as_well(chosen)
        return attempt

    async def unknown(self, key: AttemptKey, chosen: Chosen, reason: str) -> Attempt:
        """The provider may have taken the message."""

        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            await self.failover.note_fault(tx, chosen, now)
            return await tx.attempts.record(key, AttemptState.UNKNOWN, now, reason=reason)

        return await self._stored(record)

    async def doubted(self, chosen: Chosen) -> None:
        """The provider has not answered; the attempt is left as it is, in doubt."""

        async def record(tx: Transaction) -> None:
            await self.failover.note_fault(tx, chosen, self.clock())

        await self._stored(record)

    async def released(self, key: AttemptKey, chosen: Chosen, fault: TransientFault) -> bool:
        """The provider has not taken the message; returns whether another one would get it now."""

        async def record(tx: Transaction) -> bool:
            now = self.clock()
            elsewhere = await self.failover.note_fault(tx, chosen, now, fault.retry_after)
            await tx.enrollments.set_due([key.enrollment_id], now)  # it is still to be sent
            await tx.attempts.record(key, AttemptState.RELEASED, now, reason=fault.reason)
            return elsewhere

        return await self._stored(record)

    async def refused(
        self,
        key: AttemptKey,
        chosen: Chosen,
        message: OutboundMessage,
        refused: Refused,
        *,
        is_repeat: bool = False,
    ) -> Attempt:
        """The provider will never take the message; it may know that the address must be left alone.

        Args:
            key: which attempt.
            chosen: who was called.
            message: what was refused.
            refused: in which words.
            is_repeat: it was called before. That it refuses the second call says nothing about the first one;
                what it says of the address counts all the same.
        """
        state = AttemptState.UNKNOWN if is_repeat else AttemptState.REJECTED

        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            attempt = await tx.attempts.record(key, state, now, reason=refused.reason)
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

        attempt = await self._stored(record)
        await self._noted_as_well(chosen)
        return attempt

    async def _noted_as_well(self, chosen: Chosen) -> None:
        """Note that the provider answers, where something else was known; the attempt is recorded already."""
        if chosen.circuit == Circuit():
            return
        try:
            async with self.database.transaction() as tx:
                await self.failover.note_success(tx, chosen)
        except ApplicationError as fault:
            _log.warning("circuit.not_noted", provider=chosen.provider.name, reason=str(fault))

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
