"""The table of the API's keys."""

import asyncio
from datetime import timedelta
from typing import Any

from attrs import evolve

from application.ports.api_keys import ApiKey
from application.ports.database import Database
from domain.access import Scope
from tests.fakes.clock import NOW

LATER = NOW + timedelta(days=1)


def key(name: str = "one", **details: Any) -> ApiKey:
    given = {"id": f"k-{name}", "tenant": "acme", "name": name, "scopes": frozenset({Scope.READ})}
    return ApiKey(**(given | {"hash": f"hash of {name}", "created_at": NOW} | details))


async def test_keys_are_read_back_as_they_were_added(database: Database) -> None:
    """By their id whosever they are; in lists those of one tenant, oldest first."""
    all_scopes = frozenset(Scope)
    added = [key("new", created_at=LATER, scopes=all_scopes), key("old"), key("theirs", tenant="others")]

    async with database.transaction() as tx:
        for each in added:
            await tx.api_keys.add(each)
        found = [await tx.api_keys.get(each.id) for each in added]
        listed = await tx.api_keys.of_tenant("acme")
        nothing = await tx.api_keys.get("k-nobody"), await tx.api_keys.of_tenant("nobody")

    assert found == added
    assert listed == [added[1], added[0]]
    assert nothing == (None, [])


async def test_a_key_is_revoked_once(database: Database) -> None:
    """Of many who revoke it, the first one's time stays; the key is still listed."""
    async with database.transaction() as tx:
        await tx.api_keys.add(key())

    async def revoke(hours: int) -> ApiKey | None:
        async with database.transaction() as tx:
            return await tx.api_keys.revoke("acme", "k-one", NOW + timedelta(hours=hours))

    first = await revoke(1)
    later = await asyncio.gather(*(revoke(hours) for hours in range(2, 6)))
    async with database.transaction() as tx:
        listed = await tx.api_keys.of_tenant("acme")

    assert first == evolve(key(), revoked_at=NOW + timedelta(hours=1))
    assert later == [first] * 4
    assert listed == [first]


async def test_a_tenant_revokes_its_own_keys_only(database: Database) -> None:
    """Another tenant's key is like one that does not exist, and stays good."""
    async with database.transaction() as tx:
        await tx.api_keys.add(key())
        theirs = await tx.api_keys.revoke("others", "k-one", NOW)
        nobodys = await tx.api_keys.revoke("acme", "k-nobody", NOW)
        found = await tx.api_keys.get("k-one")

    assert (theirs, nobodys, found) == (None, None, key())
