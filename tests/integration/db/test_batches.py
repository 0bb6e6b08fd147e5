"""Batches that come at once."""

import asyncio

from adapters.db.database import SqlDatabase
from application.ports.callbacks import StatusReport
from domain.statuses import Channel, DeliveryStatus
from tests.unit.application.world import World

PEOPLE = 30


async def test_batches_about_the_same_addresses_do_not_wait_for_each_other(sql_database: SqlDatabase) -> None:
    """Each takes them in the same order, however the vendor tells: no deadlock, and nothing comes again."""
    world = World(database=sql_database)
    await world.publish()
    mails = []
    for number in range(PEOPLE):
        enrollment = await world.enroll(f"p{number}", email=f"p{number}@example.com")
        world.runs.ended.add(enrollment)
        steps = [
            await world.attempt(enrollment, step=step, channel=Channel.EMAIL) for step in ("mail", "more")
        ]
        mails.append(steps)

    def batch(which: int) -> list[StatusReport]:
        return [
            world.status(steps[which], DeliveryStatus.BOUNCED, f"{which}-{number}")
            for number, steps in enumerate(mails)
        ]

    new = await asyncio.gather(
        world.hear(*batch(0), provider="sendgrid"), world.hear(*reversed(batch(1)), provider="sendgrid")
    )

    assert new == [PEOPLE, PEOPLE]
