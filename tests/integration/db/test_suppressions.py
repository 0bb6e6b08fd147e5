"""The suppressions table: an address is suppressed for one tenant on one channel."""

import asyncio
from datetime import datetime, timedelta

import pytest

from application.ports.database import Database
from application.ports.suppressions import EVERYBODY, Suppression
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


async def test_a_suppression_may_hold_for_everybody(database: Database) -> None:
    """It holds for every tenant, beside the tenant's own, and is lifted by itself."""
    async with database.transaction() as tx:
        await tx.suppressions.add(EVERYBODY, Channel.SMS, NUMBER, "imported", NOW)
        alone = await tx.suppressions.holds("acme", Channel.SMS, NUMBER)
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW + timedelta(seconds=1))
        both = await tx.suppressions.of("acme", Channel.SMS, NUMBER)
        other = await tx.suppressions.of("other", Channel.SMS, NUMBER)
        everybody = await tx.suppressions.of(EVERYBODY, Channel.SMS, NUMBER)
        elsewhere = await tx.suppressions.of("acme", Channel.VOICE, NUMBER)
        lifted = [
            await tx.suppressions.lift(by, Channel.SMS, NUMBER, "imported", NOW) for by in ("acme", "*")
        ]
        left = await tx.suppressions.of("acme", Channel.SMS, NUMBER)

    own = Suppression("acme", "opted_out", NOW + timedelta(seconds=1))
    general = Suppression(EVERYBODY, "imported", NOW)
    assert alone
    assert (both, other, everybody, elsewhere) == ([own, general], [general], [general], [])
    assert lifted == [False, True]
    assert left == [own]


async def test_thousands_of_addresses_are_suppressed_at_once(database: Database) -> None:
    """Those that were there stay as they are, whatever is said of them now; the others are new."""
    numbers = {f"+1555{number:07}": "imported" for number in range(2500)}
    known = dict.fromkeys(list(numbers)[:1200], "complained")

    async with database.transaction() as tx:
        first = await tx.suppressions.add_many("acme", Channel.SMS, known, NOW)
        second = await tx.suppressions.add_many("acme", Channel.SMS, numbers, NOW + timedelta(days=1))
        other = await tx.suppressions.add_many("other", Channel.SMS, numbers, NOW)
        none = await tx.suppressions.add_many("acme", Channel.SMS, {}, NOW)
        old = await tx.suppressions.of("acme", Channel.SMS, "+15550000000")
        new = await tx.suppressions.of("acme", Channel.SMS, "+15550002499")

    assert (first, second, other, none) == ({}, known, {}, {})
    assert old == [Suppression("acme", "complained", NOW)]
    assert new == [Suppression("acme", "imported", NOW + timedelta(days=1))]


async def test_crossing_lists_do_not_block_each_other(database: Database) -> None:
    """The same addresses in opposite orders at the same time: each is new to one of the callers."""
    numbers = {f"+1555{number:07}": "imported" for number in range(300)}

    async def add(reasons: dict[str, str]) -> int:
        async with database.transaction() as tx:
            return len(await tx.suppressions.add_many("acme", Channel.SMS, reasons, NOW))

    known = await asyncio.gather(add(numbers), add(dict(reversed(numbers.items()))))

    assert sorted(known) == [0, 300]
