"""What follows when a person must not be contacted any more at an address, or may be contacted again."""

from collections.abc import Collection
from datetime import UTC, datetime

from attrs import frozen

from application.orders import OPT_OUT
from application.ports.database import Transaction
from application.ports.interactions import Dispatch, Interaction
from domain.enrollment.state import Outcome
from domain.idempotency import shared_event_key
from domain.statuses import Channel, DeliveryStatus

WORD = DeliveryStatus.OPTED_OUT.value
"""The reason of a suppression that the person has asked for, and can take back."""


_EVER = datetime.max.replace(tzinfo=UTC)


@frozen
class OptOut:
    """A wish to be left alone, or a fact that comes to the same.

    Args:
        key: the interaction that it came with; what follows from it has keys of its own, derived from this.
        channel: on which channel.
        address: which address.
        reason: a word: opted_out, complained, ...
        provider: who reported it.
        at: when, by the provider's clock, and no later than now.
    """

    key: str
    channel: Channel
    address: str
    reason: str
    provider: str
    at: datetime


async def suppress(tx: Transaction, wish: OptOut, tenants: Collection[str]) -> None:
    """Suppress the address for some tenants.

    A reason that the person cannot take back by a word replaces one that can be taken back.
    """
    for tenant in sorted(tenants):
        if wish.reason != WORD:
            await tx.suppressions.lift(tenant, wish.channel, wish.address, WORD, _EVER)
        await tx.suppressions.add(tenant, wish.channel, wish.address, wish.reason, wish.at)


async def lift(
    tx: Transaction, channel: Channel, address: str, tenants: Collection[str], at: datetime
) -> bool:
    """Let some tenants contact the address again, where it was the person's own word that kept them from it.

    A bounce says nothing of what the person wants, and a complaint outlives a word: both stay. So does a word
    that was said later, though it came first.

    Returns:
        Whether anything has changed.
    """
    lifted = [await tx.suppressions.lift(tenant, channel, address, WORD, at) for tenant in sorted(tenants)]
    return any(lifted)


async def spread(
    tx: Transaction, wish: OptOut, tenants: Collection[str], *, apart_from: str | None = None
) -> list[Interaction]:
    """Suppress the address for some tenants, and let every open enrollment that reaches it know.

    An enrollment whose run was not started yet has ended with this: nothing may start it any more. Should
    somebody be starting it at this moment, the run hears of it from its first send, which the gate refuses.

    Args:
        tx: the transaction that stores the wish.
        wish: what is wanted.
        tenants: whose enrollments.
        apart_from: an enrollment that hears of it in another way.

    Returns:
        The interactions that are new, to be dispatched once the transaction is committed.
    """
    await suppress(tx, wish, tenants)
    return await tell(tx, wish, tenants, apart_from=apart_from)


async def tell(
    tx: Transaction, wish: OptOut, tenants: Collection[str], *, apart_from: str | None = None
) -> list[Interaction]:
    """Let every open enrollment of some tenants that reaches the address know, as `spread` does."""
    rows: list[Interaction] = []
    for tenant in sorted(tenants):
        for enrollment in await tx.enrollments.open_to(tenant, wish.channel, wish.address):
            if enrollment.id == apart_from:
                continue
            if enrollment.started_at is None:
                await tx.enrollments.finish(enrollment.id, Outcome.OPTED_OUT, wish.at)
            rows.append(_row(wish, enrollment.id))
    new = await tx.interactions.add(rows)
    return [row for row in rows if row.key in new]


def _row(wish: OptOut, enrollment_id: str) -> Interaction:
    return Interaction(
        key=shared_event_key(wish.key, enrollment_id),
        kind=OPT_OUT,
        at=wish.at,
        enrollment_id=enrollment_id,
        provider=wish.provider,
        detail=wish.reason,
        dispatch=Dispatch.PENDING,
    )
