"""The handoffs table: one for each key."""

from application.ports.database import Database
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
