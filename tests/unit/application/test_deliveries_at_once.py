"""Deliveries that come at the same time are stored together, and each is answered as if it had come alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import pytest
from attrs import define, field

from application.dispatch_events import DispatchEvents
from application.errors import BadSignature, DatabaseUnavailable
from application.ingest_provider_event import FEW, IngestProviderEvent
from application.ports.callbacks import Report
from application.ports.database import Database, Transaction
from application.ports.interactions import Dispatch
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import DeliveryStatus
from tests.unit.application.world import TENANT, World, delivery


@define
class Counted:
    """A database that counts its transactions."""

    database: Database
    transactions: int = 0

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        self.transactions += 1
        return self.database.transaction()


@define
class Door:
    """Where deliveries come in.

    Args:
        stores: the database in which they are stored.
        marks: the same, as it is used to mark what was told.
        ingest: takes them in.
    """

    stores: Counted
    marks: Counted
    ingest: IngestProviderEvent

    async def take(self, report: Report, name: str = "", provider: str = "fake-sms", **more: str) -> int:
        return await self.ingest(delivery(f"{name} {report!r}".encode(), provider), [report], **more)


@pytest.fixture
def door(world: World) -> Door:
    """Over the world's database and its runs."""
    stores, marks = Counted(world.database), Counted(world.database)
    dispatch = DispatchEvents(marks, world.runs)
    return Door(stores, marks, IngestProviderEvent(stores, dispatch, world.clock, TENANT))


async def _people(world: World, count: int) -> list[AttemptKey]:
    return [await world.attempt(await world.enroll(f"person-{n}", f"+1555011{n:04}")) for n in range(count)]


async def test_what_comes_at_once_shares_its_transactions(world: World, door: Door) -> None:
    """It is stored together and marked together; each run is told of its own."""
    keys = await _people(world, 12)
    reports = [world.status(key, DeliveryStatus.REPLIED, event=f"event-{key}") for key in keys]

    counts = await asyncio.gather(*(door.take(report) for report in reports))

    assert counts == [1] * 12
    assert door.stores.transactions <= 2
    assert door.marks.transactions <= 3
    assert {row.enrollment_id for row in world.rows} == {key.enrollment_id for key in keys}
    assert {row.dispatch for row in world.rows} == {Dispatch.DISPATCHED}
    assert sorted(row.enrollment_id or "" for row in world.runs.told) == sorted(
        key.enrollment_id for key in keys
    )


async def test_one_that_comes_alone_is_stored_and_marked_by_itself(world: World, door: Door) -> None:
    """Nothing is waited for."""
    [key] = await _people(world, 1)
    await door.take(world.status(key, DeliveryStatus.REPLIED))

    assert (door.stores.transactions, door.marks.transactions) == (1, 1)


async def test_an_event_that_two_deliveries_bring_at_once_is_one_row(world: World, door: Door) -> None:
    """Both are kept as they came; one of them is told that it was news."""
    [key] = await _people(world, 1)
    report = world.status(key, DeliveryStatus.REPLIED)
    counts = await asyncio.gather(*(door.take(report, name) for name in ("once", "twice", "thrice")))

    assert sorted(counts) == [0, 0, 1]
    assert len(world.rows) == len(world.runs.told) == 1
    assert len(world.database.state.webhooks) == 3


async def test_statuses_that_come_at_once_leave_the_highest(world: World, door: Door) -> None:
    """Of one attempt, from several deliveries, in whatever order; an attempt in doubt is settled."""
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    told = (DeliveryStatus.SENT, DeliveryStatus.OPENED, DeliveryStatus.DELIVERED)
    await asyncio.gather(*(door.take(world.status(key, each, each.value, "SM1")) for each in told))

    known = await world.stored(key)
    assert (known.state, known.delivery, known.provider_ref) == (
        AttemptState.ACCEPTED,
        DeliveryStatus.OPENED,
        "SM1",
    )


async def test_what_contradicts_a_delivery_of_the_same_moment_is_found_out(world: World, door: Door) -> None:
    """The first one tells the message's reference; another message's reports change nothing any more."""
    claimed = AttemptState.CLAIMED
    one, other = [await world.attempt(await world.enroll(n, p), claimed) for n, p in _TWO]
    reports = [
        world.status(one, DeliveryStatus.SENT, "first", "SM1"),
        world.status(one, DeliveryStatus.OPTED_OUT, "another message's", "SM2"),
        world.status(other, DeliveryStatus.OPTED_OUT, "that very message's", "SM1"),
    ]
    counts = await asyncio.gather(*(door.take(report) for report in reports))

    assert counts == [1, 1, 1]
    assert [row.enrollment_id for row in world.rows] == [one.enrollment_id, None, None]
    assert (await world.stored(one)).delivery is DeliveryStatus.SENT
    assert (await world.stored(other)).delivery is None


_TWO = (("ann", "+15550110001"), ("bob", "+15550110002"))


async def test_deliveries_of_several_providers_go_together(world: World, door: Door) -> None:
    """Each is held against its own provider's attempts."""
    [key] = await _people(world, 1)
    report = world.status(None, DeliveryStatus.REPLIED, ref=f"ref-{key}")
    counts = await asyncio.gather(door.take(report), door.take(report, provider="other"))

    assert counts == [1, 1]
    assert {(row.provider, row.enrollment_id) for row in world.rows} == {
        ("fake-sms", key.enrollment_id),
        ("other", None),
    }


async def test_what_people_write_is_stored_one_by_one(world: World, door: Door) -> None:
    """It counts what they have said last."""
    await _people(world, 1)
    texts = [world.text(word, f"text-{n}") for n, word in enumerate(("STOP", "START", "STOP"))]
    await asyncio.gather(*(door.take(text) for text in texts))

    assert door.stores.transactions == 3


async def test_a_signature_that_was_used_spoils_nothing_that_comes_with_it(world: World, door: Door) -> None:
    """It is refused; what comes at the same moment is stored."""
    first, second = await _people(world, 2)
    await door.take(world.status(first, DeliveryStatus.SENT, "one"), nonce="n-1")
    told = await asyncio.gather(
        door.take(world.status(first, DeliveryStatus.FAILED, "two"), nonce="n-1"),
        door.take(world.status(second, DeliveryStatus.FAILED, "three")),
        return_exceptions=True,
    )

    assert isinstance(told[0], BadSignature)
    assert told[1] == 1
    assert sorted(row.key for row in world.rows) == ["fake-sms:one", "fake-sms:three"]


async def test_many_events_are_a_transaction_of_their_own(world: World, door: Door) -> None:
    """Whoever brings few does not wait for them."""
    [key] = await _people(world, 1)
    many = [world.status(key, DeliveryStatus.SENT, f"event-{n}") for n in range(FEW + 1)]
    await asyncio.gather(*(door.ingest(delivery(name), many) for name in (b"one", b"two")))

    assert door.stores.transactions == 2


async def test_a_database_that_is_gone_is_told_to_everybody(world: World, door: Door) -> None:
    """Nobody is told that all is well, nothing is stored, and it is not tried for each of them."""
    keys = await _people(world, 5)
    world.database.down = True
    reports = [world.status(key, DeliveryStatus.REPLIED, event=f"event-{key}") for key in keys]
    told = await asyncio.gather(*(door.take(report) for report in reports), return_exceptions=True)

    assert [type(each) for each in told] == [DatabaseUnavailable] * 5
    assert door.stores.transactions <= 2
    assert world.rows == []
    assert world.runs.told == []


async def test_nobody_waits_for_longer_than_a_vendor_would(world: World) -> None:
    """Where the database hangs, whoever waits is sent away, and whoever is not stored by then never is."""
    keys = await _people(world, 2)
    hangs = Hanging(world.database)
    dispatch = DispatchEvents(world.database, world.runs)
    ingest = IngestProviderEvent(hangs, dispatch, world.clock, TENANT, patience=timedelta(seconds=0.05))
    door = Door(Counted(hangs), Counted(world.database), ingest)
    first = asyncio.create_task(door.take(world.status(keys[0], DeliveryStatus.REPLIED, "first")))
    await hangs.asked.wait()
    second = asyncio.create_task(door.take(world.status(keys[1], DeliveryStatus.REPLIED, "second")))

    for each in (first, second):
        with pytest.raises(DatabaseUnavailable):
            await each
    hangs.goes_on.set()
    assert await door.take(world.status(keys[1], DeliveryStatus.SENT, "third")) == 1
    assert sorted(row.key for row in world.rows) == ["fake-sms:first", "fake-sms:third"]


@define
class Hanging:
    """A database of which every transaction waits until it is let go."""

    database: Database
    asked: asyncio.Event = field(factory=asyncio.Event)
    goes_on: asyncio.Event = field(factory=asyncio.Event)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.asked.set()
        await self.goes_on.wait()
        async with self.database.transaction() as tx:
            yield tx
