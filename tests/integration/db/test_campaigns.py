"""The campaigns table: versions never change."""

import asyncio
from copy import deepcopy
from datetime import timedelta

import pytest

from adapters.db.campaigns import CampaignCache
from adapters.db.database import SqlDatabase
from application.errors import UnknownCampaign, VersionTaken
from application.ports.campaigns import CampaignVersion
from application.ports.database import Database
from domain.errors import InvalidDefinition
from domain.language.parse import parse
from tests.fakes.clock import NOW
from tests.integration.db.rows import HELLO


async def _publish(database: Database, definition: dict[str, object], tenant: str = "acme") -> bool:
    async with database.transaction() as tx:
        return await tx.campaigns.publish(tenant, definition, NOW)


async def test_a_published_version_is_read_back(database: Database) -> None:
    """What was published is given back as a campaign, however often it is asked for."""
    new = await _publish(database, HELLO)

    async with database.transaction() as tx:
        first = await tx.campaigns.get("acme", "hello", 1)
        again = await tx.campaigns.get("acme", "hello", 1)

    assert new
    assert first == again == parse(HELLO)


async def test_publishing_the_same_again_does_nothing(database: Database) -> None:
    """The same version with the same content, in any order of keys, is there already."""
    await _publish(database, HELLO)

    again = await _publish(database, dict(reversed(HELLO.items())))

    assert not again


async def test_a_version_with_other_content_is_refused(database: Database) -> None:
    """A version never changes: other content under its number is refused, and what was there stays."""
    await _publish(database, HELLO)
    other = deepcopy(HELLO)
    other["steps"][0]["message"]["text"] = "Bye"

    with pytest.raises(VersionTaken, match="version 1 of campaign hello"):
        await _publish(database, other)

    async with database.transaction() as tx:
        assert await tx.campaigns.get("acme", "hello", 1) == parse(HELLO)


async def test_of_two_publishers_at_once_one_is_new(database: Database) -> None:
    """The same version published at the same time is published once."""
    new = await asyncio.gather(*(_publish(database, HELLO) for _ in range(4)))

    assert sum(new) == 1


async def test_a_broken_definition_is_refused(database: Database) -> None:
    """A definition that breaks a rule is not stored."""
    with pytest.raises(InvalidDefinition):
        await _publish(database, HELLO | {"steps": []})

    with pytest.raises(UnknownCampaign):
        async with database.transaction() as tx:
            await tx.campaigns.get("acme", "hello", 1)


@pytest.mark.parametrize("wanted", [("acme", "hello", 2), ("acme", "other", 1), ("other", "hello", 1)])
async def test_an_unknown_version_is_said_so(database: Database, wanted: tuple[str, str, int]) -> None:
    """A tenant, key or version that is not there is no other one's."""
    await _publish(database, HELLO)

    with pytest.raises(UnknownCampaign, match=wanted[1]):
        async with database.transaction() as tx:
            await tx.campaigns.get(*wanted)


async def test_a_version_that_was_rolled_back_is_not_there(database: Database) -> None:
    """A version read inside the transaction that published it, and lost it, is not remembered."""

    async def publish_and_fail() -> None:
        async with database.transaction() as tx:
            await tx.campaigns.publish("acme", HELLO, NOW)
            await tx.campaigns.get("acme", "hello", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await publish_and_fail()

    with pytest.raises(UnknownCampaign):
        async with database.transaction() as tx:
            await tx.campaigns.get("acme", "hello", 1)


async def test_a_definition_is_given_back_as_it_was_published(database: Database) -> None:
    """Byte for byte what a person wrote, as far as JSON has it."""
    await _publish(database, HELLO)

    async with database.transaction() as tx:
        found = await tx.campaigns.definition("acme", "hello", 1)
        with pytest.raises(UnknownCampaign, match="no version 2 of campaign hello"):
            await tx.campaigns.definition("acme", "hello", 2)

    assert found == HELLO


async def test_versions_are_listed_by_campaign_and_number(database: Database) -> None:
    """Of one campaign or of all, and of one tenant."""
    names = [("hello", 10), ("hello", 2), ("bye", 1)]
    async with database.transaction() as tx:
        for minute, (name, version) in enumerate(names):
            definition = HELLO | {"campaign": name, "version": version}
            await tx.campaigns.publish("acme", definition, NOW + timedelta(minutes=minute))
        await tx.campaigns.publish("other", HELLO, NOW)
        every, one = await tx.campaigns.versions("acme"), await tx.campaigns.versions("acme", "hello")
        none = await tx.campaigns.versions("acme", "nothing")

    minute = timedelta(minutes=1)
    hello = [CampaignVersion("hello", 2, NOW + minute), CampaignVersion("hello", 10, NOW)]
    assert every == [CampaignVersion("bye", 1, NOW + 2 * minute), *hello]
    assert one == hello
    assert none == []


async def test_a_version_is_read_from_the_database_once(sql_database: SqlDatabase) -> None:
    """A version that was read is kept: the same object comes back in the next transaction."""
    await _publish(sql_database, HELLO)

    async with sql_database.transaction() as tx:
        first = await tx.campaigns.get("acme", "hello", 1)
    async with sql_database.transaction() as tx:
        again = await tx.campaigns.get("acme", "hello", 1)

    assert again is first


def test_the_cache_is_bounded() -> None:
    """The version that was not asked for the longest gives way."""
    cache, campaign = CampaignCache(size=2), parse(HELLO)

    for version in (1, 2):
        cache.keep(("acme", "hello", version), campaign)
    cache.get(("acme", "hello", 1))
    cache.keep(("acme", "hello", 3), campaign)

    kept = [cache.get(("acme", "hello", version)) is not None for version in (1, 2, 3)]
    assert kept == [True, False, True]
