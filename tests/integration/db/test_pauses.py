"""The pauses of campaigns: at most one goes on, and what it held gets a time of its own afterwards."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters.db.database import SqlDatabase
from application.ports.database import Database
from domain.pauses import Pause, PausePolicy
from tests.fakes.clock import NOW

LATER, LAST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
PAUSE = Pause(NOW, PausePolicy.CATCH_UP, 4.0)


@pytest.mark.parametrize("policy", PausePolicy)
async def test_a_pause_is_of_one_campaign_of_one_tenant(database: Database, policy: PausePolicy) -> None:
    """A pause comes back with all that was given, and holds no other campaign."""
    pause = Pause(NOW, policy, 2.5)

    async with database.transaction() as tx:
        new = await tx.campaigns.pause("acme", "hello", pause)
        found = await tx.campaigns.pauses("acme", "hello")
        others = [await tx.campaigns.pauses(*other) for other in (("acme", "x"), ("other", "hello"))]

    assert new
    assert found == [pause]
    assert others == [[], []]


async def test_a_campaign_is_held_once_and_let_go_once(database: Database) -> None:
    """Whoever asks a second time hears that it was so before, and changes nothing."""
    async with database.transaction() as tx:
        campaigns = tx.campaigns
        ended = [await campaigns.resume("acme", "hello", NOW)]
        begun = [await campaigns.pause("acme", "hello", PAUSE), await campaigns.pause("acme", "hello", PAUSE)]
        begun.append(await campaigns.pause("acme", "hello", Pause(LATER)))
        ended += [await campaigns.resume("acme", "hello", at) for at in (LATER, LAST)]
        begun.append(await campaigns.pause("acme", "hello", Pause(LAST)))
        found = await campaigns.pauses("acme", "hello")

    assert begun == [True, False, False, True]
    assert ended == [False, True, False]
    assert found == [Pause(NOW, PausePolicy.CATCH_UP, 4.0, LATER), Pause(LAST)]


async def test_a_pause_may_begin_when_an_ended_one_began(database: Database) -> None:
    """A campaign that somebody wants held is held, also within one tick of the clock."""
    async with database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", Pause(NOW))
        await tx.campaigns.resume("acme", "hello", NOW)
        begun = await tx.campaigns.pause("acme", "hello", PAUSE)
        found = await tx.campaigns.pauses("acme", "hello")

    assert begun
    assert found == [PAUSE]


async def test_of_many_who_pause_at_once_one_does(database: Database) -> None:
    """Ten people press the button at different moments at the same time: one pause, and one end of it."""

    async def pause(number: int) -> bool:
        async with database.transaction() as tx:
            return await tx.campaigns.pause("acme", "hello", Pause(NOW + timedelta(seconds=number)))

    async def resume() -> bool:
        async with database.transaction() as tx:
            return await tx.campaigns.resume("acme", "hello", LATER)

    begun = await asyncio.gather(*(pause(number) for number in range(10)))
    ended = await asyncio.gather(*(resume() for _ in range(10)))

    assert (sum(begun), sum(ended)) == (1, 1)


async def test_the_database_itself_allows_one_pause_that_goes_on(sql_database: SqlDatabase) -> None:
    """Whoever writes past the program cannot make a second one either."""
    async with sql_database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", Pause(NOW))
        await tx.campaigns.resume("acme", "hello", LATER)
        await tx.campaigns.pause("acme", "hello", Pause(LATER))

    with pytest.raises(IntegrityError, match="campaign_pauses"):
        async with sql_database.engine.begin() as connection:
            await connection.execute(text("UPDATE campaign_pauses SET resumed_at = NULL"))


async def test_each_slot_is_given_to_one(database: Database) -> None:
    """Forty workers that catch up at four a second get forty times, a quarter of a second apart."""
    async with database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", PAUSE)
        await tx.campaigns.resume("acme", "hello", LATER)

    async def take() -> object:
        async with database.transaction() as tx:
            return await tx.campaigns.take_slot("acme", "hello", PAUSE, LATER)

    slots = await asyncio.gather(*(take() for _ in range(40)))

    assert sorted(slots) == [LATER + timedelta(seconds=number / 4) for number in range(40)]


async def test_slots_begin_now(database: Database) -> None:
    """Times that nobody has taken are over: who comes late does not wait for them."""
    async with database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", PAUSE)
        slots = [await tx.campaigns.take_slot("acme", "hello", PAUSE, now) for now in (NOW, NOW, LATER, NOW)]

    quarter = timedelta(seconds=0.25)
    assert slots == [NOW, NOW + quarter, LATER, LATER + quarter]


async def test_a_rate_that_does_not_divide_a_second_is_never_passed(database: Database) -> None:
    """At three a second, the fourth comes a second after the first, or later."""
    pause = Pause(NOW, PausePolicy.CATCH_UP, 3.0)
    async with database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", pause)
        slots = [await tx.campaigns.take_slot("acme", "hello", pause, NOW) for _ in range(4)]

    assert timedelta(0) <= slots[3] - slots[0] - timedelta(seconds=1) < timedelta(milliseconds=1)


async def test_there_are_no_slots_after_a_pause_that_never_was(database: Database) -> None:
    """To ask for one is a bug of the caller and said so; other pauses of the campaign have their own."""
    async with database.transaction() as tx:
        await tx.campaigns.pause("acme", "hello", PAUSE)

    for tenant, key, pause in (
        ("acme", "hello", Pause(LATER)),
        ("other", "hello", PAUSE),
        ("acme", "x", PAUSE),
    ):
        with pytest.raises(LookupError, match="no pause since"):
            async with database.transaction() as tx:
                await tx.campaigns.take_slot(tenant, key, pause, NOW)
