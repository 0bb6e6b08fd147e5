"""The batches table, and the enrollments of batches that have no run yet."""

import asyncio
from datetime import timedelta
from typing import Any

from attrs import evolve

from application.ports.batches import Batch, BatchProblem
from application.ports.database import Database
from domain.batches import BatchState
from domain.enrollment.state import Outcome
from tests.fakes.clock import NOW
from tests.integration.db.rows import HELLO, contact, enrollment

LATER = NOW + timedelta(minutes=1)
FAR = NOW + timedelta(days=1)


def batch(name: str = "b-1", **details: Any) -> Batch:
    given = {"id": name, "tenant": "acme", "campaign": "hello", "version": 1, "source": "csv"}
    return Batch(**(given | {"created_at": NOW} | details))


async def stored(database: Database, *batches: Batch, people: int = 0) -> list[str]:
    """Store batches, and enrollments e-0, e-1, ... of ``b-1``; returns their ids."""
    names = [str(number) for number in range(people)]
    async with database.transaction() as tx:
        await tx.campaigns.publish("acme", HELLO, NOW)
        await tx.contacts.upsert("acme", [contact(name) for name in names])
        for each in batches:
            await tx.batches.add(each)
        await tx.enrollments.add([enrollment(name, batch="b-1") for name in names])
    return [f"e-{name}" for name in names]


async def test_a_batch_is_read_back(database: Database) -> None:
    """With all that it holds; once it is there, another one of its id is not taken."""
    whole = batch(
        state=BatchState.CANCELLED,
        rate=2.5,
        time_scale=0.5,
        received=7,
        rejected=1,
        enrolled=5,
        already=1,
        started=3,
        refused=1,
        problems=(BatchProblem(3, "phone", "phone is bad"), BatchProblem(4, "row", "no")),
        stored_at=LATER,
        finished_at=FAR,
        reached="c-9",
    )
    await stored(database, whole)
    async with database.transaction() as tx:
        again = await tx.batches.add(batch())
        found, locked = await tx.batches.get("b-1"), await tx.batches.lock("b-1")
        nothing = await tx.batches.get("b-2"), await tx.batches.lock("b-2")

    assert found == locked == whole
    assert not again
    assert nothing == (None, None)


async def test_a_batch_changes(database: Database) -> None:
    """It alone does; what is not there stays so."""
    await stored(database, batch(), batch("b-2"))
    changed = evolve(batch(), state=BatchState.DONE, started=3, finished_at=LATER, problems=())
    async with database.transaction() as tx:
        await tx.batches.save(changed)
        await tx.batches.save(batch("b-3"))
    async with database.transaction() as tx:
        found = [await tx.batches.get(name) for name in ("b-1", "b-2", "b-3")]

    assert found == [changed, batch("b-2"), None]


async def test_two_who_count_wait_for_each_other(database: Database) -> None:
    """No count is lost."""
    await stored(database, batch())

    async def count() -> None:
        async with database.transaction() as tx:
            known = await tx.batches.lock("b-1")
            assert known is not None
            await tx.batches.save(evolve(known, started=known.started + 1))

    await asyncio.gather(*(count() for _ in range(8)))
    async with database.transaction() as tx:
        found = await tx.batches.get("b-1")

    assert found is not None
    assert found.started == 8


async def test_batches_come_in_pages_newest_first(database: Database) -> None:
    """Of one tenant; those of one time by id."""
    mine = [batch("b-1"), batch("b-2"), batch("b-3", created_at=LATER)]
    async with database.transaction() as tx:
        await tx.campaigns.publish("others", HELLO, NOW)
    await stored(database, *mine, batch("b-4", tenant="others"))
    async with database.transaction() as tx:
        first = await tx.batches.page("acme", None, 2)
        rest = await tx.batches.page("acme", (first[-1].created_at, first[-1].id), 5)
        none = await tx.batches.page("nobody", None, 5)

    assert [each.id for each in first] == ["b-3", "b-2"]
    assert [each.id for each in rest] == ["b-1"]
    assert none == []


async def test_what_has_not_ended_is_in_hand(database: Database) -> None:
    """Oldest first, of all tenants."""
    done = batch("b-3", state=BatchState.DONE, finished_at=LATER)
    await stored(database, batch("b-1", created_at=LATER), batch("b-2"), done)
    async with database.transaction() as tx:
        found = await tx.batches.in_hand(5)
        one = await tx.batches.in_hand(1)

    assert [each.id for each in found] == ["b-2", "b-1"]
    assert [each.id for each in one] == ["b-2"]


async def test_enrollments_without_a_run_come_in_pages(database: Database) -> None:
    """By id; those that are started, have ended, or belong to no batch are not among them."""
    ids = await stored(database, batch(), people=6)
    async with database.transaction() as tx:
        await tx.contacts.upsert("acme", [contact("alone")])
        await tx.enrollments.add([enrollment("alone")])
        await tx.enrollments.finish(ids[1], Outcome.OPTED_OUT, NOW)
        marked = await tx.batches.mark_started([ids[0], "e-nobody"], NOW)
        again = await tx.batches.mark_started([ids[0], ids[2]], LATER)
    async with database.transaction() as tx:
        first = await tx.batches.unstarted("b-1", "", 2)
        rest = await tx.batches.unstarted("b-1", first[-1].id, 5)
        counts = await tx.batches.count_unstarted("b-1"), await tx.batches.count_unstarted("b-1", ids[4])
        kept = await tx.enrollments.get(ids[0])

    assert (marked, again) == (1, 1)
    assert kept is not None
    assert kept.started_at == NOW
    assert [each.id for each in (*first, *rest)] == ids[3:]
    assert counts == (3, 2)


async def test_enrollments_without_a_run_are_cancelled(database: Database) -> None:
    """Some at a time, in the order of their ids; the others stay."""
    ids = await stored(database, batch(), people=4)
    async with database.transaction() as tx:
        await tx.batches.mark_started([ids[1]], NOW)
        ended = [await tx.batches.cancel_unstarted("b-1", 2, LATER) for _ in range(3)]
        found = [await tx.enrollments.get(each) for each in ids]

    assert ended == [2, 1, 0]
    outcomes = [None if each is None else each.outcome for each in found]
    assert outcomes == [Outcome.CANCELLED, None, Outcome.CANCELLED, Outcome.CANCELLED]
