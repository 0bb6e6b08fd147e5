"""The interactions table: each key once, pending until its run has heard of it."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.database import Database
from application.ports.interactions import Dispatch
from domain.enrollment.state import Outcome
from domain.statuses import DeliveryStatus
from tests.fakes.clock import NOW, FakeClock
from tests.integration.db.rows import enrolled, interaction


async def test_an_interaction_is_read_back(database: Database) -> None:
    """A row comes back with everything that was given, words in any script."""
    await enrolled(database, "ada")
    given = interaction(
        enrollment_id="e-ada",
        step="text",
        attempt=1,
        provider="twilio",
        status=DeliveryStatus.REPLIED,
        detail="30003",
        text="Да \N{WAVING HAND SIGN}",
        dispatch=Dispatch.PENDING,
        at=NOW + timedelta(microseconds=1),
    )

    async with database.transaction() as tx:
        new = await tx.interactions.add([given])
        found = await tx.interactions.of_enrollment("e-ada")

    assert new == {"one"}
    assert found == [evolve(given, stored_at=NOW)]


async def test_each_key_is_stored_once(database: Database) -> None:
    """Rows that are there, also earlier in the same batch, are left out and as they are."""
    async with database.transaction() as tx:
        first = await tx.interactions.add([interaction("one", dispatch=Dispatch.PENDING)])
        second = await tx.interactions.add([interaction("one"), interaction("two"), interaction("two")])
        none = await tx.interactions.add([])

    async with database.transaction() as tx:
        pending = await tx.interactions.pending(NOW + timedelta(days=1), 10)
    assert (first, second, none) == ({"one"}, {"two"}, frozenset())
    assert [row.key for row in pending] == ["one"]


async def test_an_event_reported_at_once_from_two_sides_is_one(database: Database) -> None:
    """Ten deliveries of one event at the same time make one row."""

    async def add() -> frozenset[str]:
        async with database.transaction() as tx:
            return await tx.interactions.add([interaction("one")])

    news = await asyncio.gather(*(add() for _ in range(10)))

    assert sum(map(len, news)) == 1


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
async def test_what_a_database_cannot_store_is_replaced(database: Database, text: str) -> None:
    """A NUL or half a character in a callback does not keep it from being stored and recognised."""
    row = interaction(f"event-{text}", text=text, detail=text, dispatch=Dispatch.PENDING)

    async with database.transaction() as tx:
        new = await tx.interactions.add([row])
        again = await tx.interactions.add([row])
        pending = await tx.interactions.pending(NOW + timedelta(days=1), 10)

    assert new == {row.key}
    assert again == frozenset()
    assert len(pending) == 1


@pytest.mark.parametrize("dispatch", Dispatch)
async def test_only_pending_interactions_wait(database: Database, dispatch: Dispatch) -> None:
    """Once marked otherwise, an interaction does not wait any more."""
    async with database.transaction() as tx:
        await tx.interactions.add([interaction("one", dispatch=Dispatch.PENDING)])
        await tx.interactions.mark([("one", dispatch)])
        pending = await tx.interactions.pending(NOW + timedelta(days=1), 10)

    assert len(pending) == (dispatch is Dispatch.PENDING)


async def test_what_was_noted_first_stays(database: Database) -> None:
    """A relay that was overtaken does not turn what was heard in time into something late."""
    async with database.transaction() as tx:
        row = interaction("one", enrollment_id=None, dispatch=Dispatch.PENDING)
        await tx.interactions.add([row])
        await tx.interactions.mark([("one", Dispatch.DISPATCHED)])
        await tx.interactions.mark([("one", Dispatch.PENDING)])
        pending = await tx.interactions.pending(NOW + timedelta(days=1), 10)

    assert pending == []


async def test_pending_interactions_come_in_the_order_they_were_stored(
    database: Database, clock: FakeClock
) -> None:
    """What counts is when they were stored, not when they happened; a time and a limit bound them."""
    for name, at in (("first", 9), ("second", 3), ("third", 5)):
        async with database.transaction() as tx:
            row = interaction(name, at=NOW + timedelta(minutes=at), dispatch=Dispatch.PENDING)
            await tx.interactions.add([row])
        clock.advance(seconds=1)

    async with database.transaction() as tx:
        before = await tx.interactions.pending(NOW + timedelta(seconds=2), 10)
        limited = await tx.interactions.pending(NOW + timedelta(days=1), 1)

        outside = await tx.interactions.pending(NOW + timedelta(seconds=1), 10, NOW + timedelta(seconds=1))

    assert [row.key for row in before] == ["first", "second"]
    assert [row.key for row in limited] == ["first"]
    assert [row.key for row in outside] == ["first", "third"]


async def test_a_timeline_is_in_the_order_of_storing(database: Database, clock: FakeClock) -> None:
    """What came in first stands first; what came in together stands as it happened."""
    await enrolled(database, "ada", "bob")
    row = interaction("first", enrollment_id="e-ada", at=NOW + timedelta(hours=1))
    later = [evolve(row, key="third", at=NOW), evolve(row, key="second", at=NOW - timedelta(hours=1))]

    async with database.transaction() as tx:
        await tx.interactions.add([row, evolve(row, key="other", enrollment_id="e-bob")])
    clock.advance(seconds=1)
    async with database.transaction() as tx:
        await tx.interactions.add(later)
        found = await tx.interactions.of_enrollment("e-ada")

    assert [row.key for row in found] == ["first", "second", "third"]


async def test_what_happened_at_one_instant_stands_as_it_was_told(database: Database) -> None:
    """A wait that ended comes before the move that followed from it, whatever their keys are."""
    await enrolled(database, "ada")
    keys = ["timed_out", "moved_on", "escalated"]
    async with database.transaction() as tx:
        await tx.interactions.add([interaction(key, enrollment_id="e-ada") for key in keys[:2]])
        await tx.interactions.add([interaction(keys[2], enrollment_id="e-ada")])
        found = await tx.interactions.of_enrollment("e-ada")

    assert [row.key for row in found] == keys


async def test_what_is_for_a_run_that_is_not_started_keeps_nothing_waiting(database: Database) -> None:
    """It is left out until the run is started, or has ended without a start."""
    for name in ("ada", "bob", "cyd"):
        await enrolled(database, name)
    later = NOW + timedelta(days=1)
    rows = [
        interaction(key=name, enrollment_id=f"e-{name}", dispatch=Dispatch.PENDING)
        for name in ("ada", "bob", "cyd")
    ]
    async with database.transaction() as tx:
        await tx.interactions.add([*rows, interaction(key="nobody", dispatch=Dispatch.PENDING)])
        await tx.enrollments.mark_started(["e-bob"], NOW)
        await tx.enrollments.finish("e-cyd", Outcome.OPTED_OUT, NOW)
        pending = await tx.interactions.pending(later, 3)

    assert {row.key for row in pending} == {"bob", "cyd", "nobody"}


async def test_what_several_enrollments_have_of_some_kinds_comes_together(database: Database) -> None:
    """In the order of storing, whosever it is; nothing of other kinds, and nobody else's."""
    await enrolled(database, "ada", "bob", "cyd")
    async with database.transaction() as tx:
        told = ("bob", "deferred"), ("ada", "delivered"), ("ada", "deferred"), ("cyd", "deferred")
        for name, kind in told:
            row = interaction(f"{name}-{kind}", kind=kind, enrollment_id=f"e-{name}")
            await tx.interactions.add([row])
        found = await tx.interactions.of_enrollments(["e-ada", "e-bob"], {"deferred", "backed_off"})

    assert [row.key for row in found] == ["bob-deferred", "ada-deferred"]
