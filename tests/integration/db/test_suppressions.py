"""The suppressions table: an address is suppressed for one tenant on one channel."""

import asyncio
from datetime import datetime, timedelta

import pytest

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


async def test_a_suppression_is_lifted_once(database: Database) -> None:
    """Who lifts it hears so; afterwards nothing is there to be lifted, and it can be set again."""
    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)

    async def lift() -> bool:
        async with database.transaction() as tx:
            return await tx.suppressions.lift("acme", Channel.SMS, NUMBER, "opted_out", NOW)

    lifted = await asyncio.gather(*(lift() for _ in range(5)))
    async with database.transaction() as tx:
        held = await tx.suppressions.holds("acme", Channel.SMS, NUMBER)
        again = await tx.suppressions.add("acme", Channel.SMS, NUMBER, "complained", NOW)

    assert sum(lifted) == 1
    assert (held, again) == (False, True)


@pytest.mark.parametrize(
    ("tenant", "channel", "address", "reason"),
    [
        ("acme", Channel.SMS, NUMBER, "complained"),
        ("other", Channel.SMS, NUMBER, "opted_out"),
        ("acme", Channel.VOICE, NUMBER, "opted_out"),
        ("acme", Channel.SMS, "+15550100002", "opted_out"),
    ],
)
async def test_only_the_suppression_that_is_meant_is_lifted(
    database: Database, tenant: str, channel: Channel, address: str, reason: str
) -> None:
    """Another reason, tenant, channel or address leaves it as it is."""
    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)
        lifted = await tx.suppressions.lift(tenant, channel, address, reason, NOW)
        held = await tx.suppressions.holds("acme", Channel.SMS, NUMBER)

    assert (lifted, held) == (False, True)


async def test_an_older_word_does_not_lift_a_newer_suppression(database: Database) -> None:
    """The later of two STOPs counts, in whichever order they came."""
    before, after = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)

    async def lift(at: datetime) -> bool:
        async with database.transaction() as tx:
            return await tx.suppressions.lift("acme", Channel.SMS, NUMBER, "opted_out", at)

    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", before)
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", before)

    assert [await lift(before), await lift(after)] == [False, True]
