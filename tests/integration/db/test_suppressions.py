"""The suppressions table: an address is suppressed for one tenant on one channel."""

import asyncio

from application.ports.database import Database
from domain.statuses import Channel
from tests.fakes.clock import NOW

NUMBER = "+15550100001"


async def test_an_address_is_suppressed_once(database: Database) -> None:
    """Ten opt-outs at the same time are one."""

    async def add() -> bool:
        async with database.transaction() as tx:
            return await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)

    news = await asyncio.gather(*(add() for _ in range(10)))

    assert sum(news) == 1


async def test_a_suppression_holds_for_its_tenant_and_channel(database: Database) -> None:
    """Another tenant, another channel and another address are not suppressed."""
    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)

    async with database.transaction() as tx:
        held = await tx.suppressions.holds("acme", Channel.SMS, NUMBER)
        others = [
            await tx.suppressions.holds("other", Channel.SMS, NUMBER),
            await tx.suppressions.holds("acme", Channel.VOICE, NUMBER),
            await tx.suppressions.holds("acme", Channel.SMS, "+15550100002"),
        ]

    assert held
    assert others == [False, False, False]
