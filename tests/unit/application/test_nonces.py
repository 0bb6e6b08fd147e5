"""A signature that is over a nonce and not over the body is good for one delivery."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.errors import BadSignature
from domain.statuses import DeliveryStatus
from tests.unit.application.world import World, delivery


async def test_a_nonce_that_another_delivery_has_used_is_refused(world: World) -> None:
    """Nothing of the second delivery is stored, and no run hears of it."""
    key = await world.attempt(await world.enroll())
    await world.hear(world.status(key, DeliveryStatus.DELIVERED, "event-1"), nonce="n-1")
    before = world.database.state

    with pytest.raises(BadSignature, match="^fake-sms: the signature was used by another delivery before$"):
        await world.hear(world.status(key, DeliveryStatus.OPTED_OUT, "event-2"), nonce="n-1")

    assert world.database.state == before
    assert world.runs.told == []


async def test_the_same_delivery_may_come_again(world: World) -> None:
    """A vendor that had no answer repeats what it sent, nonce and all."""
    key = await world.attempt(await world.enroll())
    report = world.status(key, DeliveryStatus.CLICKED)

    assert [await world.hear(report, nonce="n-1") for _ in range(3)] == [1, 0, 0]


async def test_nonces_are_each_vendors_own(world: World) -> None:
    """Two vendors may draw the same one."""
    key = await world.attempt(await world.enroll())
    for provider in ("fake-sms", "fake-email"):
        await world.hear(world.status(key, DeliveryStatus.CLICKED), provider=provider, nonce="n-1")

    assert len(world.rows) == 2


async def test_copies_at_once_are_one_delivery(world: World) -> None:
    """Racing copies of one delivery do not lock each other out, and another one does not slip in."""
    key = await world.attempt(await world.enroll())
    good = world.status(key, DeliveryStatus.CLICKED, "event-1")
    await world.hear(good, nonce="n-1")
    bad = world.status(key, DeliveryStatus.OPTED_OUT, "event-2")
    copies = [world.hear(report, nonce="n-1") for _ in range(10) for report in (good, bad)]

    ended = await asyncio.gather(*copies, return_exceptions=True)

    assert sum(isinstance(each, BadSignature) for each in ended) == 10
    assert [row.key for row in world.rows] == ["fake-sms:event-1"]


_DELIVERIES = st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 2)), max_size=12)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(_DELIVERIES)
def test_a_nonce_belongs_to_the_first_delivery_that_used_it(deliveries: list[tuple[str, int | None]]) -> None:
    """Of any deliveries in any order, those that bring somebody else's nonce leave nothing behind."""
    owners: dict[int, str] = {}
    expected = [nonce is None or owners.setdefault(nonce, body) == body for body, nonce in deliveries]
    kept = {body for (body, _), good in zip(deliveries, expected, strict=True) if good}

    assert asyncio.run(_taken(deliveries)) == (expected, kept)


async def _taken(deliveries: list[tuple[str, int | None]]) -> tuple[list[bool], set[str]]:
    world = World()
    taken = []
    for body, nonce in deliveries:
        try:
            await world.ingest(delivery(body.encode()), nonce=None if nonce is None else str(nonce))
        except BadSignature:
            taken.append(False)
        else:
            taken.append(True)
    return taken, {webhook.body.decode() for webhook in world.database.state.webhooks.values()}
