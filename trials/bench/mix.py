"""Enrollments as they lie beside each other after a while: ended in one way or another, and still waiting."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.idempotency import handoff_key
from trials.bench.lived import HAPPY, IN_DOUBT, THREE_STEPS
from trials.bench.lives import TENANT, Lives, Passing

MIX = (
    (HAPPY, True, 55),
    (HAPPY, False, 12),
    (THREE_STEPS, True, 20),
    (THREE_STEPS, False, 12),
    (IN_DOUBT, True, 1),
)
"""Of a hundred enrollments: which campaign, whether it has ended, and how many."""

_AGO = timedelta(days=2)
"""So long that what is stuck would have been noticed, and not so long that what is open would be overdue."""


async def a_mix(engine: AsyncEngine, part: float) -> None:
    """Let the enrollments of `MIX` live, of each sort at least one. Every case is closed: nothing is stuck.

    Args:
        engine: of an empty database, migrated.
        part: of a hundred of them.
    """
    lives, number = Lives(engine, Passing(datetime.now(UTC) - _AGO)), 0
    await lives.publish(HAPPY, THREE_STEPS)
    for shape, to_its_end, of_hundred in MIX:
        for _ in range(max(1, round(of_hundred * part))):
            number += 1
            enrollment_id = await lives.live(shape, number, to_its_end=to_its_end)
            if shape is THREE_STEPS and to_its_end:
                await lives.use.control_handoffs().resolve(TENANT, handoff_key(enrollment_id), by="ann")
