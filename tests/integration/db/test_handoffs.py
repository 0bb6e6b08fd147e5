"""The handoffs table: one for each key, found by key or by the desk's own id, closed once."""

from datetime import timedelta

from application.ports.database import Database
from tests.fakes.clock import NOW
from tests.integration.db.rows import enrolled, handoff


async def test_a_handoff_is_stored_once(database: Database) -> None:
    """A second handoff under the same key gives back the first one, with the desk's id once it is there."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        first = await tx.handoffs.add(handoff())
        await tx.handoffs.record(first.key, "C1:123.456")
        second = await tx.handoffs.add(handoff(reason="another", desk="other"))

    assert first == handoff()
    assert second == handoff(ref="C1:123.456")


async def test_a_handoff_is_found_by_its_key(database: Database) -> None:
    """There is one, or none."""
    await enrolled(database, "ada")

    async with database.transaction() as tx:
        await tx.handoffs.add(handoff())
        found = await tx.handoffs.get(handoff().key)
        nothing = await tx.handoffs.get("e-bob:handoff")

    assert found == handoff()
    assert nothing is None


async def test_a_handoff_is_found_by_what_its_desk_calls_it(database: Database) -> None:
    """Ids of another desk, and handoffs that no desk has taken yet, are not mistaken for it."""
    await enrolled(database, "ada", "bob", "cyd")

    async with database.transaction() as tx:
        for name, desk in (("ada", "slack"), ("bob", "jira"), ("cyd", "slack")):
            await tx.handoffs.add(handoff(name, desk=desk))
        for name in ("ada", "bob"):
            await tx.handoffs.record(handoff(name).key, "77")
        found = await tx.handoffs.by_ref("slack", "77")
        nothing = await tx.handoffs.by_ref("linear", "77"), await tx.handoffs.by_ref("slack", "")

    assert found == handoff(ref="77")
    assert nothing == (None, None)


async def test_of_two_handoffs_with_one_ref_the_newest_is_meant(database: Database) -> None:
    """A desk that was emptied may count from the start again."""
    await enrolled(database, "ada", "bob")
    newer = handoff("bob", created_at=NOW + timedelta(days=1))

    async with database.transaction() as tx:
        for each in (newer, handoff("ada")):
            await tx.handoffs.add(each)
            await tx.handoffs.record(each.key, "1")
        found = await tx.handoffs.by_ref("slack", "1")

    assert found is not None
    assert found.key == newer.key


async def test_a_handoff_is_resolved_once(database: Database) -> None:
    """The first time stays, other handoffs stay open, and one that is not there is not made."""
    await enrolled(database, "ada", "bob")

    async with database.transaction() as tx:
        for name in ("ada", "bob"):
            await tx.handoffs.add(handoff(name))
        for hours in (1, 2):
            await tx.handoffs.resolve(handoff().key, NOW + timedelta(hours=hours))
        await tx.handoffs.resolve("e-cyd:handoff", NOW)
        found = await tx.reports.handoffs("acme", "hello")

    assert found == [handoff(resolved_at=NOW + timedelta(hours=1)), handoff("bob")]
