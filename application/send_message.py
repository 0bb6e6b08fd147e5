"""Send one attempt, once: gate, claim, call, record."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from attrs import evolve, frozen

from application.errors import (
    DatabaseUnavailable,
    OutcomeUnknown,
    TemplateFault,
    TransientFault,
    UnknownEnrollment,
)
from application.opt_outs import OptOut, spread
from application.ports.attempts import Attempt
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.messaging import Accepted, MessageProvider, OutboundMessage, Refused
from application.ports.rendering import Renderer
from application.ports.telemetry import Telemetry
from domain.attempts import AttemptState, Repeat, on_repeat
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import ENDING, Channel, DeliveryStatus

_log = structlog.get_logger(__name__)

PAUSE_CHECK = timedelta(minutes=15)
"""How long a send for a paused campaign is put off before the gate is asked again."""


RECORD_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries to record an answer."""

RECORD_SECONDS = 12.0
"""How long recording may take in all; with the provider's time-out it fits into one call of an activity."""


class SendStatus(StrEnum):
    """How sending an attempt ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    DEFERRED = "deferred"
    OPTED_OUT = "opted_out"


@frozen
class SendResult:
    """What is told to the enrollment.

    Args:
        status: how it ended.
        provider_ref: the provider's id, once accepted.
        reason: why it was rejected or deferred.
        until: when the gate may be asked again, for `SendStatus.DEFERRED`.
    """

    status: SendStatus
    provider_ref: str | None = None
    reason: str | None = None
    until: datetime | None = None


@frozen
class SendMessage:
    """Send one attempt of one enrollment.

    Running it again with the same key never sends twice: what is recorded is given back, and an attempt that
    was claimed and not recorded is in doubt (`domain.attempts.on_repeat`).
    """

    database: Database
    providers: Mapping[Channel, MessageProvider]
    renderer: Renderer
    clock: Clock
    telemetry: Telemetry
    record_pauses: Sequence[float] = RECORD_PAUSES

    async def __call__(self, key: AttemptKey, channel: Channel) -> SendResult:
        """Send, or give back what became of it.

        Args:
            key: which attempt.
            channel: by which channel.

        Raises:
            TransientFault: the provider did not take it and may take it later; nothing was sent.
            OutcomeUnknown: somebody else has it in hand, or it cannot be looked up now; to be asked again.
            UnknownEnrollment: there is no such enrollment.
            DatabaseUnavailable: the database does not answer.
        """
        provider = self.providers.get(channel)
        if provider is None:
            return SendResult(SendStatus.REJECTED, reason=f"no provider is set up for {channel.value}")
        began = self.clock()
        async with self.database.transaction() as tx:
            ready = await self._prepare(tx, key, provider)
        if isinstance(ready, SendResult):
            return self._counted(provider, ready, began)
        try:
            result = _result(await _to_the_end(self._carry_out(provider, key, ready)))
        except TransientFault:
            self._count(provider, "transient", began)
            raise
        return self._counted(provider, result, began)

    async def _prepare(
        self, tx: Transaction, key: AttemptKey, provider: MessageProvider
    ) -> "SendResult | _Ready":
        """Gate and claim, in one transaction."""
        enrollment = await tx.enrollments.get(key.enrollment_id)
        if enrollment is None:
            raise UnknownEnrollment(f"there is no enrollment {key.enrollment_id}")
        known = await tx.attempts.get(key)
        if known is not None and known.state is not AttemptState.RELEASED:
            return await self._met_again(tx, enrollment, known, provider)
        if enrollment.outcome in _LEFT_ALONE:
            # It ended while its run was being started, so nobody could tell the run: it hears of it here.
            return SendResult(SendStatus.OPTED_OUT, reason="the contact has opted out")
        if enrollment.outcome is None and await tx.campaigns.is_paused(
            enrollment.tenant, enrollment.campaign
        ):
            return SendResult(SendStatus.DEFERRED, reason="campaign paused", until=self.clock() + PAUSE_CHECK)
        message = await self._admit(tx, enrollment, key, provider.channel)
        claimed = Attempt(key, provider.channel, provider.name, AttemptState.CLAIMED, self.clock())
        if not await tx.attempts.claim(claimed):
            raise OutcomeUnknown("another worker holds this attempt")
        if isinstance(message, str):
            refused = await tx.attempts.record(key, AttemptState.REJECTED, self.clock(), reason=message)
            return _result(refused)
        return _Ready(Repeat.CALL, message)

    async def _met_again(
        self, tx: Transaction, enrollment: Enrollment, known: Attempt, provider: MessageProvider
    ) -> "SendResult | _Ready":
        """An attempt that is recorded, or in doubt."""
        repeat = on_repeat(known.state, honours_key=provider.honours_key, can_look_up=provider.can_look_up)
        if repeat is Repeat.RETURN:
            return _result(known)
        _log.warning("send.in_doubt", attempt=str(known.key), then=repeat.value)
        # Calling again may be the first call that arrives, so it passes the gate like one.
        prepare = self._admit if repeat is Repeat.CALL else self._compose
        message = await prepare(tx, enrollment, known.key, provider.channel)
        return _Ready(Repeat.GIVE_UP, None) if isinstance(message, str) else _Ready(repeat, message)

    async def _admit(
        self, tx: Transaction, enrollment: Enrollment, key: AttemptKey, channel: Channel
    ) -> OutboundMessage | str:
        """The gate: the message if it may go out, else why it may not."""
        if enrollment.outcome is not None:
            return "the enrollment has ended"
        message = await self._compose(tx, enrollment, key, channel)
        if isinstance(message, str):
            return message
        if await tx.suppressions.holds(enrollment.tenant, channel, message.to):
            return "the address is suppressed"
        return message

    async def _compose(
        self, tx: Transaction, enrollment: Enrollment, key: AttemptKey, channel: Channel
    ) -> OutboundMessage | str:
        """The message, else why there is none."""
        campaign = await tx.campaigns.get(enrollment.tenant, enrollment.campaign, enrollment.version)
        contact = await tx.contacts.get(enrollment.contact_id)
        address = None if contact is None else contact.address(channel)
        template = campaign.messages.get(key.step)
        if contact is None or address is None:
            return f"no address for {channel.value}"
        if template is None:
            return f"the campaign has no step {key.step}"
        try:
            return OutboundMessage(key, address, self.renderer.message(template, contact))
        except TemplateFault as fault:
            return str(fault)

    async def _carry_out(self, provider: MessageProvider, key: AttemptKey, ready: "_Ready") -> Attempt:
        if ready.message is None or ready.repeat is Repeat.GIVE_UP:
            return await self._record(key, AttemptState.UNKNOWN)
        if ready.repeat is Repeat.LOOK_UP:
            found = await _found(provider, ready.message)
            return await self._record(key, AttemptState.ACCEPTED if found else AttemptState.UNKNOWN, found)
        return await self._call(provider, key, ready.message)

    async def _call(self, provider: MessageProvider, key: AttemptKey, message: OutboundMessage) -> Attempt:
        try:
            answer = await provider.send(message)
        except TransientFault as fault:
            await self._record(key, AttemptState.RELEASED, reason=fault.reason)
            raise
        except OutcomeUnknown as doubt:
            _log.warning("send.unknown", attempt=str(key), provider=provider.name, reason=str(doubt))
            return await self._record(key, AttemptState.UNKNOWN, reason=str(doubt))
        if isinstance(answer, Refused):
            return await self._refused(provider, key, message, answer)
        return await self._record(key, AttemptState.ACCEPTED, answer)

    async def _record(
        self,
        key: AttemptKey,
        state: AttemptState,
        accepted: Accepted | None = None,
        reason: str | None = None,
    ) -> Attempt:
        ref = None if accepted is None else accepted.provider_ref

        async def record(tx: Transaction) -> Attempt:
            return await tx.attempts.record(key, state, self.clock(), provider_ref=ref, reason=reason)

        return await self._stored(record)

    async def _refused(
        self, provider: MessageProvider, key: AttemptKey, message: OutboundMessage, refused: Refused
    ) -> Attempt:
        async def record(tx: Transaction) -> Attempt:
            now = self.clock()
            attempt = await tx.attempts.record(key, AttemptState.REJECTED, now, reason=refused.reason)
            enrollment = await tx.enrollments.get(key.enrollment_id)
            if not refused.suppresses or enrollment is None:
                return attempt
            # The provider knows of an opt-out that we did not: here it counts like one that we are told of.
            status = DeliveryStatus.OPTED_OUT
            wish = OptOut(str(key), provider.channel, message.to, status.value, provider.name, now)
            if attempt.state is not AttemptState.REJECTED:  # too late to be this attempt's answer
                await spread(tx, wish, [enrollment.tenant])
                return attempt
            await tx.attempts.hear(key, status, now, None)
            await spread(tx, wish, [enrollment.tenant], apart_from=enrollment.id)
            return evolve(attempt, delivery=status)

        return await self._stored(record)

    async def _stored(self, record: Callable[[Transaction], Awaitable[Attempt]]) -> Attempt:
        """Store what a provider answered. A hiccup of the database must not make a known answer unknown.

        Raises:
            DatabaseUnavailable: it was more than a hiccup; the attempt is in doubt.
        """
        try:
            async with asyncio.timeout(RECORD_SECONDS):
                for pause in self.record_pauses:
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

    def _counted(self, provider: MessageProvider, result: SendResult, began: datetime) -> SendResult:
        self._count(provider, result.status.value, began)
        return result

    def _count(self, provider: MessageProvider, result: str, began: datetime) -> None:
        seconds = (self.clock() - began).total_seconds()
        self.telemetry.sent(provider.channel.value, provider.name, result, seconds)


@frozen
class _Ready:
    """A claim that was won, or an attempt in doubt that was met: what to do with it.

    Args:
        repeat: CALL, LOOK_UP or GIVE_UP.
        message: what to send or to look for; None only to give up.
    """

    repeat: Repeat
    message: OutboundMessage | None


_LEFT_ALONE = frozenset({Outcome.OPTED_OUT, Outcome.COMPLAINED})

_STATUS = {
    AttemptState.ACCEPTED: SendStatus.ACCEPTED,
    AttemptState.REJECTED: SendStatus.REJECTED,
    AttemptState.UNKNOWN: SendStatus.UNKNOWN,
}


async def _found(provider: MessageProvider, message: OutboundMessage) -> Accepted | None:
    try:
        return await provider.find(message)
    except TransientFault as fault:  # that says nothing about the message, which may have been sent
        raise OutcomeUnknown(fault.reason) from fault


async def _to_the_end(work: Coroutine[Any, Any, Attempt]) -> Attempt:
    """Once the provider is called its answer is recorded, even if the worker is being shut down meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _result(attempt: Attempt) -> SendResult:
    if attempt.state is AttemptState.REJECTED and attempt.delivery in ENDING:
        return SendResult(SendStatus.OPTED_OUT, reason=attempt.reason)
    if attempt.state not in _STATUS:
        raise OutcomeUnknown("another worker released this attempt meanwhile")
    return SendResult(_STATUS[attempt.state], attempt.provider_ref, attempt.reason)
