"""Send one attempt, once: choose, wait for a turn, gate and claim, call, record."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import structlog
from attrs import evolve, field, frozen

from application.errors import OutcomeUnknown, TransientFault, UnknownEnrollment
from application.expectations import expect_answer
from application.failover import Chosen, Failover
from application.gate import Gate, Refused, Touch, known_refs
from application.ports.attempts import Attempt
from application.ports.clock import Clock
from application.ports.database import Database, Transaction
from application.ports.enrollments import Enrollment
from application.ports.messaging import MessageProvider, OutboundMessage
from application.ports.messaging import Refused as ProviderRefused
from application.ports.pacing import NoPacing, Pacing
from application.ports.telemetry import Telemetry
from application.recording import RECORD_PAUSES, Recorder
from domain.attempts import LOOK_UP_FOR, AttemptState, Repeat, on_repeat
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import ENDING, Channel

_log = structlog.get_logger(__name__)

AT_THE_NEXT = timedelta(seconds=1)
"""How long an attempt waits before it goes to the next provider."""
_T = TypeVar("_T")


class SendStatus(StrEnum):
    """How sending an attempt ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"


@frozen
class SendResult:
    """What is told to the enrollment.

    Args:
        status: how it ended.
        provider_ref: the provider's id, once accepted.
        reason: why it was rejected or refused.
        until: when our gate may let it out, for `SendStatus.REFUSED`, where that is known.
        refusal: why our gate has refused it, as a word.
    """

    status: SendStatus
    provider_ref: str | None = None
    reason: str | None = None
    until: datetime | None = None
    refusal: Refusal | None = None


@frozen
class SendMessage:
    """Send one attempt of one enrollment.

    Running it again with the same key never sends twice: what is recorded is given back, and an attempt that
    was claimed and not recorded is in doubt (`domain.attempts.on_repeat`).

    Args:
        database: of everything.
        providers: by channel; new attempts go to the first that is well (`domain.circuit.choose`).
        gate: lets messages out, and gives their words.
        clock: the time.
        telemetry: counts.
        pacing: keeps to the providers' rates.
        record_pauses: seconds between the tries to record an answer.
        look_up_for: how long after its claim an attempt in doubt is looked for.
    """

    database: Database
    providers: Mapping[Channel, Sequence[MessageProvider]]
    gate: Gate
    clock: Clock
    telemetry: Telemetry
    pacing: Pacing = field(factory=NoPacing)
    record_pauses: Sequence[float] = RECORD_PAUSES
    look_up_for: timedelta = LOOK_UP_FOR

    async def __call__(
        self, key: AttemptKey, channel: Channel, due: datetime | None = None, since: datetime | None = None
    ) -> SendResult:
        """Send, or give back what became of it.

        Args:
            key: which attempt.
            channel: by which channel.
            due: when it fell due; now where that is not known.
            since: when the wait for that began; None where there was none.

        Raises:
            TransientFault: no provider took it and one may take it later; nothing was sent.
            OutcomeUnknown: somebody else has it in hand, or it cannot be asked about now; to be asked again.
            UnknownEnrollment: there is no such enrollment.
            DatabaseUnavailable: the database does not answer.
        """
        began = self.clock()
        touch = Touch(key, channel, due or began, since or due or began)
        failover = Failover(channel, self.providers.get(channel, ()), self.telemetry)
        async with self.database.transaction() as tx:
            case: _Case | Chosen = await self._look(tx, touch, failover)
            if isinstance(case, Enrollment):
                case = await self._start(tx, case, touch, failover)
        if isinstance(case, Chosen):
            # Nothing is claimed meanwhile, and waiting is no part of sending.
            chosen, touch = case, touch.let_out(began)
            await self._turn(chosen.provider, began)
            began = self.clock()
            async with self.database.transaction() as tx:
                case = await self._look(tx, touch, failover)
                if isinstance(case, Enrollment):
                    message = await self.gate.admit(tx, case, touch, self.clock())
                    case = await self._claim(tx, case, touch, chosen, message)
        if isinstance(case, _Told):
            self._count(channel, case.provider, case.result.status.value, began)
            return case.result
        return await self._send(failover, case, began)

    async def _look(self, tx: Transaction, touch: Touch, failover: Failover) -> "_Case":
        """What is to be done about an attempt; its enrollment where it is free to be claimed."""
        key = touch.key
        enrollment = await tx.enrollments.get(key.enrollment_id)
        if enrollment is None:
            raise UnknownEnrollment(f"there is no enrollment {key.enrollment_id}")
        known = await tx.attempts.get(key)
        if known is not None and known.state is not AttemptState.RELEASED:
            return await self._met_again(tx, enrollment, known, touch, failover)
        if self.gate.leaves_alone(enrollment):
            result = SendResult(SendStatus.OPTED_OUT, reason="the contact has opted out")
            return _Told(result, failover.preferred)
        return enrollment

    async def _met_again(
        self, tx: Transaction, enrollment: Enrollment, known: Attempt, touch: Touch, failover: Failover
    ) -> "_Told | _Ready":
        """An attempt that is recorded, or in doubt: then it is a matter of the provider that may have it."""
        await expect_answer(tx, enrollment, known.key.step, self.clock())
        provider = failover.named(known.provider)
        repeat = on_repeat(
            known.state,
            honours_key=provider is not None and provider.honours_key,
            can_look_up=provider is not None and provider.can_look_up,
        )
        if repeat is Repeat.RETURN:
            return _Told(_result(known), known.provider)
        _log.warning("send.in_doubt", attempt=str(known.key), provider=known.provider, then=repeat.value)
        if provider is not None and repeat is not Repeat.GIVE_UP:
            message = await self._prepared(tx, enrollment, known, touch, repeat)
            if isinstance(message, OutboundMessage):
                if repeat is Repeat.RESEND:
                    await _claim_anew(tx, known, self.clock())
                return _Ready(known.key, Chosen(provider), message, repeat)
            if message.until is not None:  # what passes with time is no reason to give it up
                raise OutcomeUnknown(f"it cannot be sent again yet: {message.reason}")
        given_up = await tx.attempts.record(known.key, AttemptState.UNKNOWN, self.clock())
        return _Told(_result(given_up), known.provider)

    async def _prepared(
        self, tx: Transaction, enrollment: Enrollment, known: Attempt, touch: Touch, repeat: Repeat
    ) -> OutboundMessage | Refused:
        if repeat is Repeat.LOOK_UP:
            return await self.gate.compose_for_look_up(tx, enrollment, known)
        # Calling again may be the first call that arrives, so it passes the gate like one.
        now = self.clock()
        return await self.gate.admit(tx, enrollment, touch.let_out(now), now)

    async def _start(
        self, tx: Transaction, enrollment: Enrollment, touch: Touch, failover: Failover
    ) -> "_Told | _Ready | Chosen":
        """Choose a provider, and claim the attempt for it unless one must wait for a turn."""
        preferred = failover.first
        if preferred is None:
            return _nobody(failover.channel)
        message = await self.gate.admit(tx, enrollment, touch, self.clock())
        if isinstance(message, Refused):
            # What does not go out takes nobody's turn and is no probe.
            return await self._claim(tx, enrollment, touch, Chosen(preferred), message)
        chosen = await failover.choose(tx, self.clock())
        if not await self.pacing.at_once(chosen.provider.name, failover.channel):
            return chosen
        return await self._claim(tx, enrollment, touch, chosen, message)

    async def _claim(
        self,
        tx: Transaction,
        enrollment: Enrollment,
        touch: Touch,
        chosen: Chosen,
        message: OutboundMessage | Refused,
    ) -> "_Told | _Ready":
        """Claim the attempt, in the transaction in which the gate has let it out.

        One that it may let out later is left free; of one that it never will, the row tells why.
        """
        provider, key = chosen.provider, touch.key
        if isinstance(message, Refused) and message.until is not None:
            await tx.enrollments.set_due([enrollment.id], message.until)
            return _Told(_refused(message), provider.name)
        await expect_answer(tx, enrollment, key.step, self.clock())
        claimed = Attempt(key, provider.channel, provider.name, AttemptState.CLAIMED, self.clock())
        if not await tx.attempts.claim(claimed):
            raise OutcomeUnknown("another worker holds this attempt")
        if isinstance(message, Refused):
            refused = await tx.attempts.record(
                key, AttemptState.REJECTED, self.clock(), reason=message.reason, refusal=message.refusal
            )
            return _Told(_result(refused), provider.name)
        return _Ready(key, chosen, message)

    async def _turn(self, provider: MessageProvider, began: datetime) -> None:
        try:
            await self.pacing.turn(provider.name, provider.channel)
        except TransientFault:  # ours, not the provider's
            self._count(provider.channel, provider.name, "paced", began)
            raise

    async def _send(self, failover: Failover, ready: "_Ready", began: datetime) -> SendResult:
        name = ready.chosen.provider.name
        recorder = Recorder(self.database, self.clock, failover, self.record_pauses)
        try:
            result = _result(await _to_the_end(self._carry_out(recorder, ready)))
        except TransientFault:
            self._count(failover.channel, name, "transient", began)
            raise
        except OutcomeUnknown:
            self._count(failover.channel, name, "in_doubt", began)
            raise
        self._count(failover.channel, name, result.status.value, began)
        return result

    async def _carry_out(self, recorder: Recorder, ready: "_Ready") -> Attempt:
        provider = ready.chosen.provider
        if ready.repeat is Repeat.LOOK_UP:
            return await self._looked_up(recorder, ready)
        if ready.repeat is Repeat.RESEND:
            await _in_doubt(self.pacing.turn(provider.name, provider.channel))
        return await self._call(recorder, ready)

    async def _call(self, recorder: Recorder, ready: "_Ready") -> Attempt:
        key, chosen, message = ready.key, ready.chosen, ready.message
        try:
            answer = await chosen.provider.send(message)
        except TransientFault as fault:
            if ready.repeat is Repeat.RESEND:
                # This call was not taken; the first one may have been, so nobody else may get the attempt.
                raise OutcomeUnknown(fault.reason) from fault
            if await recorder.released(key, chosen, fault):
                # How long this provider wants to be left alone is no matter of the next one.
                raise TransientFault(fault.reason, AT_THE_NEXT) from fault
            raise
        except OutcomeUnknown as doubt:
            name, provider = chosen.provider.name, chosen.provider
            _log.warning("send.unknown", attempt=str(key), provider=name, reason=str(doubt))
            if provider.can_look_up or provider.honours_key:
                await recorder.doubted(chosen)  # the attempt stays claimed: it is met again, in doubt
                raise
            return await recorder.unknown(key, chosen, str(doubt))
        if isinstance(answer, ProviderRefused):
            is_repeat = ready.repeat is Repeat.RESEND
            return await recorder.refused(key, chosen, message, answer, is_repeat=is_repeat)
        return await recorder.accepted(key, chosen, answer)

    async def _looked_up(self, recorder: Recorder, ready: "_Ready") -> Attempt:
        """Look for an attempt in doubt, again and again for a while: vendors' lists lag behind, or are down.

        Raises:
            OutcomeUnknown: it is not found yet, or what is found may be another attempt's.
        """
        provider, since = ready.chosen.provider, ready.message.since
        may_wait = since is not None and self.clock() < since + self.look_up_for
        try:
            found = await provider.find(ready.message)
        except (TransientFault, OutcomeUnknown) as fault:
            # That says nothing about the message.
            if may_wait:
                raise OutcomeUnknown(str(fault)) from fault
            found = None
        if found is None and may_wait:
            raise OutcomeUnknown("it is not found at the provider, yet")
        return await recorder.looked_up(ready.key, found, partial(_is_its, ready, may_wait=may_wait))

    def _count(self, channel: Channel, provider: str, result: str, began: datetime) -> None:
        seconds = (self.clock() - began).total_seconds()
        self.telemetry.sent(channel.value, provider, result, seconds)


@frozen
class _Told:
    """There is nothing to send any more.

    Args:
        result: what is told.
        provider: whose it is, for the counts.
    """

    result: SendResult
    provider: str


@frozen
class _Ready:
    """A claim that was won, or an attempt in doubt that was met: what to do with it.

    Args:
        key: which attempt.
        chosen: whom to ask.
        message: what to send or to look for.
        repeat: CALL, RESEND or LOOK_UP.
    """

    key: AttemptKey
    chosen: Chosen
    message: OutboundMessage
    repeat: Repeat = Repeat.CALL


_Case = _Told | _Ready | Enrollment

_STATUS = {
    AttemptState.ACCEPTED: SendStatus.ACCEPTED,
    AttemptState.REJECTED: SendStatus.REJECTED,
    AttemptState.UNKNOWN: SendStatus.UNKNOWN,
}


async def _claim_anew(tx: Transaction, known: Attempt, now: datetime) -> None:
    """Let an attempt in doubt count from now on, for caps: where no call has arrived yet, this one may.

    It is all in one transaction, so nobody ever sees it released.
    """
    await tx.attempts.record(known.key, AttemptState.RELEASED, now)
    await tx.attempts.claim(evolve(known, claimed_at=now))


async def _is_its(ready: "_Ready", tx: Transaction, ref: str, *, may_wait: bool) -> bool:
    """Whether what a look-up has found can be no other attempt's, by what is known now.

    Raises:
        OutcomeUnknown: it can be, and there is time to look again.
    """
    provider, known = ready.chosen.provider, ready.message.known_refs
    holder = await tx.attempts.by_ref(provider.name, ref)
    others = await known_refs(tx, ready.message, provider.channel, provider.name)
    is_its = holder is None or holder.key == ready.key
    if known is not None:  # it was not found by the key itself: others may have been sent meanwhile
        is_its = is_its and others is not None and ref not in others
    if not is_its and may_wait:
        raise OutcomeUnknown("what was found at the provider may be another attempt's")
    return is_its


async def _in_doubt(question: Awaitable[_T]) -> _T:
    """A fault that keeps us from asking says nothing about the message, which may have been sent."""
    try:
        return await question
    except TransientFault as fault:
        raise OutcomeUnknown(fault.reason) from fault


async def _to_the_end(work: Coroutine[Any, Any, Attempt]) -> Attempt:
    """Once the provider is called its answer is recorded, even if the worker is being shut down meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _nobody(channel: Channel) -> _Told:
    return _Told(_refused(Refused(Refusal.PROVIDER, f"no provider is set up for {channel.value}")), "none")


def _refused(refused: Refused) -> SendResult:
    status = SendStatus.REFUSED
    return SendResult(status, reason=refused.reason, until=refused.until, refusal=refused.refusal)


def _result(attempt: Attempt) -> SendResult:
    if attempt.state is AttemptState.REJECTED and attempt.delivery in ENDING:
        return SendResult(SendStatus.OPTED_OUT, reason=attempt.reason)
    if attempt.state not in _STATUS:
        raise OutcomeUnknown("another worker released this attempt meanwhile")
    if attempt.refusal is not None:
        return SendResult(SendStatus.REFUSED, reason=attempt.reason, refusal=attempt.refusal)
    return SendResult(_STATUS[attempt.state], attempt.provider_ref, attempt.reason)
