"""The attempts table. Each change is one statement that carries its own guard, so nothing is read first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.db.contacts import reached_at
from adapters.db.statements import Statements, chunks
from adapters.db.tables import IN_DOUBT, attempts, contacts, enrollments
from application.ports.attempts import Attempt, Heard
from domain.attempts import COMES_FROM, AttemptState
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus

_SENT = (AttemptState.ACCEPTED, AttemptState.CLAIMED, AttemptState.UNKNOWN)
"""What was, or may have been, sent."""

_GET = select(attempts).where(attempts.c.key == bindparam("of"))

_FIND = select(attempts).where(attempts.c.key.in_(bindparam("of", expanding=True)))

_BY_REF = (
    select(attempts)
    .where(attempts.c.provider == bindparam("at_provider"), attempts.c.provider_ref == bindparam("ref"))
    .order_by(attempts.c.claimed_at.desc(), attempts.c.key.desc())
    .limit(1)
)

_RANK = case({status: status.rank for status in DeliveryStatus}, value=attempts.c.delivery, else_=0)
_RAISED = bindparam("ranked", type_=Integer) > _RANK
# Not IN, which SQLAlchemy does not run for many rows.
_PROVED = or_(*(attempts.c.state == state for state in sorted(COMES_FROM[AttemptState.ACCEPTED])))

_HEAR = (
    update(attempts)
    .where(attempts.c.key == bindparam("of"))
    .values(
        delivery=case(
            (_RAISED, bindparam("heard", type_=attempts.c.delivery.type)), else_=attempts.c.delivery
        ),
        state=case((_PROVED, literal(AttemptState.ACCEPTED, attempts.c.state.type)), else_=attempts.c.state),
        reason=case((_PROVED, None), else_=attempts.c.reason),
        refusal=case((_PROVED, None), else_=attempts.c.refusal),
        recorded_at=case(
            (_PROVED, bindparam("heard_at", type_=attempts.c.recorded_at.type)), else_=attempts.c.recorded_at
        ),
        provider_ref=func.coalesce(
            attempts.c.provider_ref, bindparam("ref", type_=attempts.c.provider_ref.type)
        ),
    )
)
"""Raises an attempt's delivery status where the one that is heard outranks it."""

_OF_ENROLLMENT = (
    select(attempts)
    .where(attempts.c.enrollment_id == bindparam("of"))
    .order_by(attempts.c.claimed_at, attempts.c.key)
)


def _recording(state: AttemptState) -> ReturningUpdate[Any]:
    """Notes how a call ended, where `COMES_FROM` allows it."""
    allowed: ColumnElement[bool] = attempts.c.state.in_(sorted(COMES_FROM[state]))
    if state is AttemptState.ACCEPTED:
        allowed = or_(allowed, and_(attempts.c.state == state, attempts.c.provider_ref.is_(None)))
    ref = bindparam("ref", type_=attempts.c.provider_ref.type)
    return (
        update(attempts)
        .where(attempts.c.key == bindparam("of"), allowed)
        .values(
            state=state,
            provider_ref=func.coalesce(attempts.c.provider_ref, ref),
            reason=bindparam("why"),
            refusal=bindparam("refused"),
            recorded_at=bindparam("at"),
        )
        .returning(attempts)
    )


_RECORD = {state: _recording(state) for state in COMES_FROM}


@frozen
class SqlAttempts:
    """The attempts of all enrollments."""

    statements: Statements

    async def get(self, key: AttemptKey) -> Attempt | None:
        """The attempt, if it was ever claimed."""
        found = await self.statements.run(_GET, {"of": str(key)})
        return _attempt(found.one_or_none())

    async def find(self, keys: Collection[AttemptKey]) -> dict[AttemptKey, Attempt]:
        """Those of some attempts that were ever claimed."""
        found: dict[AttemptKey, Attempt] = {}
        for some in chunks(sorted(map(str, keys))):
            rows = await self.statements.run(_FIND, {"of": some})
            found |= {attempt.key: attempt for row in rows if (attempt := _attempt(row)) is not None}
        return found

    async def claim(self, attempt: Attempt) -> bool:
        """Insert a new attempt, or take over a released one. False where somebody else holds it already."""
        if await self.statements.add(attempts, [_row(attempt)], attempts.c.key):
            return True
        taken = await self.statements.run(
            update(attempts)
            .where(attempts.c.key == str(attempt.key), attempts.c.state == AttemptState.RELEASED)
            .values(
                state=AttemptState.CLAIMED,
                provider=attempt.provider,
                claimed_at=attempt.claimed_at,
                reason=None,
                refusal=None,
                recorded_at=None,
            )
        )
        return taken.rowcount == 1

    async def record(
        self,
        key: AttemptKey,
        state: AttemptState,
        at: datetime,
        *,
        provider_ref: str | None = None,
        reason: str | None = None,
        refusal: Refusal | None = None,
    ) -> Attempt:
        """Note how the call ended, where `COMES_FROM` allows it; else the answer that was known before stays.

        A callback without the provider's id may have proved acceptance first: then the id is filled in.

        Raises:
            LookupError: the attempt was never claimed, which is a bug of the caller.
        """
        told = {"of": str(key), "ref": provider_ref, "why": reason, "refused": refusal, "at": at}
        changed = await self.statements.run(_RECORD[state], told)
        attempt = _attempt(changed.one_or_none()) or await self.get(key)
        if attempt is None:
            raise LookupError(f"attempt {key} was never claimed")
        return attempt

    async def hear(
        self, key: AttemptKey, status: DeliveryStatus, at: datetime, provider_ref: str | None
    ) -> None:
        """Raise the delivery status if the new one outranks it; a callback proves acceptance, too."""
        await self.hear_all([Heard(key, status, provider_ref)], at)

    async def hear_all(self, heard: Sequence[Heard], at: datetime) -> None:
        """Do the same for several attempts, each of which is among them once."""
        rows = [
            {
                "of": str(each.key),
                "heard": each.status,
                "ranked": each.status.rank,
                "heard_at": at,
                "ref": each.provider_ref,
            }
            for each in heard
        ]
        if rows:  # in one order everywhere, or two batches wait for each other
            await self.statements.run(_HEAR, sorted(rows, key=itemgetter("of")))

    async def by_ref(self, provider: str, provider_ref: str) -> Attempt | None:
        """The attempt that a provider knows by this id; the newest, should it ever give one out twice."""
        found = await self.statements.run(_BY_REF, {"at_provider": provider, "ref": provider_ref})
        return _attempt(found.one_or_none())

    async def latest_to(self, channel: Channel, address: str) -> Attempt | None:
        """The newest attempt to an address that was, or may have been, sent.

        Those of open enrollments come first, and those in flight last.
        """
        ended = case((enrollments.c.outcome.is_(None), 0), else_=1)
        in_flight = case((attempts.c.state == AttemptState.CLAIMED, 1), else_=0)
        found = await self.statements.run(
            select(attempts)
            .join(enrollments, enrollments.c.id == attempts.c.enrollment_id)
            .join(contacts, contacts.c.id == enrollments.c.contact_id)
            .where(
                reached_at(channel, address),
                attempts.c.channel == channel,
                attempts.c.state.in_(_SENT),
            )
            .order_by(ended, in_flight, attempts.c.claimed_at.desc(), attempts.c.key.desc())
            .limit(1)
        )
        return _attempt(found.one_or_none())

    async def others_to(
        self, channel: Channel, address: str, provider: str, key: AttemptKey, since: datetime
    ) -> list[Attempt]:
        """The other attempts at a provider to an address, claimed since, that were or may have been sent."""
        found = await self.statements.run(
            select(attempts)
            .join(enrollments, enrollments.c.id == attempts.c.enrollment_id)
            .join(contacts, contacts.c.id == enrollments.c.contact_id)
            .where(
                reached_at(channel, address),
                attempts.c.channel == channel,
                attempts.c.provider == provider,
                attempts.c.key != str(key),
                attempts.c.claimed_at >= literal(since, attempts.c.claimed_at.type),
                attempts.c.state.in_(_SENT),
            )
            .order_by(attempts.c.claimed_at, attempts.c.key)
        )
        return [attempt for row in found if (attempt := _attempt(row)) is not None]

    async def nth_latest(
        self, contact_id: str, nth: int, channel: Channel | None, apart_from: AttemptKey
    ) -> datetime | None:
        """When the nth newest of a contact's attempts that were or may have been sent was claimed.

        It is found by the contact's enrollments and their attempts, of which there are few.
        """
        sent = (
            select(attempts.c.claimed_at)
            .join(enrollments, enrollments.c.id == attempts.c.enrollment_id)
            .where(
                enrollments.c.contact_id == contact_id,
                attempts.c.state.in_(_SENT),
                attempts.c.key != str(apart_from),
            )
            .order_by(attempts.c.claimed_at.desc())
            .offset(nth - 1)
            .limit(1)
        )
        if channel is not None:
            sent = sent.where(attempts.c.channel == channel)
        return (await self.statements.run(sent)).scalar_one_or_none()

    async def of_enrollment(self, enrollment_id: str) -> list[Attempt]:
        """All attempts of one enrollment, oldest first."""
        found = await self.statements.run(_OF_ENROLLMENT, {"of": enrollment_id})
        return [attempt for row in found if (attempt := _attempt(row)) is not None]

    async def settle(self, enrollment_id: str, at: datetime) -> None:
        """Note that nobody waits any more for those of an enrollment that are in doubt: it has ended."""
        await self.statements.run(
            update(attempts).where(attempts.c.enrollment_id == enrollment_id, IN_DOUBT).values(settled_at=at)
        )

    async def of_enrollments(self, enrollment_ids: Sequence[str]) -> list[Attempt]:
        """All attempts of some enrollments, oldest first."""
        found = await self.statements.run(
            select(attempts)
            .where(attempts.c.enrollment_id.in_(enrollment_ids))
            .order_by(attempts.c.claimed_at, attempts.c.key)
        )
        return [attempt for row in found if (attempt := _attempt(row)) is not None]


def _row(attempt: Attempt) -> dict[str, Any]:
    return {
        "key": str(attempt.key),
        "enrollment_id": attempt.key.enrollment_id,
        "step": attempt.key.step,
        "attempt": attempt.key.attempt,
        "channel": attempt.channel,
        "provider": attempt.provider,
        "state": AttemptState.CLAIMED,
        "claimed_at": attempt.claimed_at,
    }


def _attempt(row: Any) -> Attempt | None:
    if row is None:
        return None
    return Attempt(
        key=AttemptKey(row.enrollment_id, row.step, row.attempt),
        channel=row.channel,
        provider=row.provider,
        state=row.state,
        claimed_at=row.claimed_at,
        provider_ref=row.provider_ref,
        delivery=row.delivery,
        reason=row.reason,
        refusal=row.refusal,
    )
