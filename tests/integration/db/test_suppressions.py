"""The suppressions table: an address is suppressed for one tenant on one channel."""

import asyncio
from datetime import datetime, timedelta

import pytest

from application.ports.database import Database
from application.ports.suppressions import EVERYBODY, Concealed, SuppressedAddress, Suppression
from domain.erasure import ERASED, is_hash
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


PHONES = (Channel.SMS, Channel.VOICE)
LATER = NOW + timedelta(days=1)


async def test_an_erased_address_stays_suppressed(database: Database) -> None:
    """Rows of the tenant and for everybody keep reason and time, and hold the address no more."""
    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)
        await tx.suppressions.add(EVERYBODY, Channel.VOICE, NUMBER, "imported", NOW)
        await tx.suppressions.add("other", Channel.SMS, NUMBER, "complained", NOW)
        concealed = await tx.suppressions.conceal("acme", PHONES, NUMBER, LATER)
        again = await tx.suppressions.conceal("acme", PHONES, NUMBER, LATER)
        texts = await tx.suppressions.of("acme", Channel.SMS, NUMBER)
        calls = await tx.suppressions.of("acme", Channel.VOICE, NUMBER)
        rows = await tx.suppressions.page("acme", None, None, 10)
        others = await tx.suppressions.page("other", Channel.SMS, None, 10)
        free = await tx.suppressions.holds("acme", Channel.SMS, "+15550100002")

    assert (concealed, again) == (Concealed(hashed=2, added=1), Concealed(0, 0))
    assert texts == [Suppression("acme", "opted_out", NOW)]
    assert calls == [Suppression("acme", ERASED, LATER), Suppression(EVERYBODY, "imported", NOW)]
    assert all(is_hash(row.address) for row in rows)
    assert len({row.address for row in rows}) == 1
    assert [row.address for row in others] == [NUMBER]
    assert not free


async def test_an_erased_address_is_not_stored_again(database: Database) -> None:
    """Who suppresses it hears that it was, one by one and in bulk, and the later time counts."""
    async with database.transaction() as tx:
        await tx.suppressions.conceal("acme", PHONES, NUMBER, NOW)
        one = await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", LATER)
        many = await tx.suppressions.add_many("acme", Channel.SMS, {NUMBER: "imported", "+1": "x"}, LATER)
        rows = await tx.suppressions.page("acme", Channel.SMS, None, 10)

    assert (one, many) == (False, {NUMBER: ERASED})
    assert sorted(is_hash(row.address) for row in rows) == [False, True]
    assert [row.suppression.added_at for row in rows] == [LATER, LATER]


async def test_an_erased_address_is_freed_like_another(database: Database) -> None:
    """By a person's word where it was one, and by an operator whatever it was; both once."""
    async with database.transaction() as tx:
        await tx.suppressions.add("acme", Channel.SMS, NUMBER, "opted_out", NOW)
        await tx.suppressions.conceal("acme", PHONES, NUMBER, NOW)
        lifted = [await tx.suppressions.lift("acme", Channel.SMS, NUMBER, "opted_out", NOW) for _ in "ab"]
        removed = [await tx.suppressions.remove("acme", Channel.VOICE, NUMBER) for _ in "ab"]
        rows = await tx.suppressions.page("acme", None, None, 10)

    assert (lifted, removed, rows) == ([True, False], [True, False], [])


async def test_suppressions_are_listed_page_by_page(database: Database) -> None:
    """First those for everybody; each once, whatever the size of the pages, on one channel or on all."""
    places = [
        (tenant, channel, address)
        for tenant in (EVERYBODY, "acme")
        for channel in (Channel.EMAIL, Channel.SMS)
        for address in ("a", "b")
    ]
    listed: list[SuppressedAddress] = []
    async with database.transaction() as tx:
        for tenant, channel, address in [*places[::-1], ("other", Channel.SMS, "c")]:
            await tx.suppressions.add(tenant, channel, address, "imported", NOW)
        after = None
        while page := await tx.suppressions.page("acme", None, after, 3):
            listed += page
            after = (page[-1].suppression.tenant, page[-1].channel.value, page[-1].address)
        texts = await tx.suppressions.page("acme", Channel.SMS, None, 10)

    assert [(row.suppression.tenant, row.channel, row.address) for row in listed] == places
    assert texts == [row for row in listed if row.channel is Channel.SMS]
