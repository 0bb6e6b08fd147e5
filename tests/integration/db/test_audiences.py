"""The audiences tables: conditions and lists, each of one tenant."""

from datetime import timedelta
from typing import Any

from application.ports.audiences import Audience
from application.ports.database import Database
from tests.fakes.clock import NOW
from tests.integration.db.rows import contact

LATER = NOW + timedelta(minutes=1)
PROS: dict[str, Any] = {"where": [{"attribute": "plan", "is": "pro"}]}


async def people(database: Database, *names: str, tenant: str = "acme") -> None:
    """Store contacts."""
    async with database.transaction() as tx:
        await tx.contacts.upsert(tenant, [contact(name) for name in names])


async def test_an_audience_is_read_back(database: Database) -> None:
    """Another tenant has none of its key."""
    async with database.transaction() as tx:
        new = await tx.audiences.put("acme", "pros", PROS, NOW)
        found = await tx.audiences.get("acme", "pros")
        nothing = await tx.audiences.get("others", "pros"), await tx.audiences.get("acme", "x")

    assert new
    assert found == Audience("acme", "pros", PROS, NOW, NOW)
    assert not found.is_list
    assert nothing == (None, None)


async def test_an_audience_changes_and_forgets_its_list(database: Database) -> None:
    """It keeps the time at which it was made."""
    await people(database, "ada", "bob")
    async with database.transaction() as tx:
        await tx.audiences.put("acme", "some", {}, NOW)
        await tx.audiences.put("acme", "more", {}, NOW)
        for key in ("some", "more"):
            await tx.audiences.add_members("acme", key, ["c-ada", "c-bob"])
        new = await tx.audiences.put("acme", "some", PROS, LATER)
    async with database.transaction() as tx:
        found = await tx.audiences.get("acme", "some")
        counts = [await tx.audiences.count_members("acme", key) for key in ("some", "more")]

    assert not new
    assert found == Audience("acme", "some", PROS, NOW, LATER)
    assert counts == [0, 2]


async def test_members_come_in_pages(database: Database) -> None:
    """By id; who is put on the list twice is on it once."""
    await people(database, "ada", "bob", "cem")
    async with database.transaction() as tx:
        await tx.audiences.put("acme", "some", {}, NOW)
        added = [
            await tx.audiences.add_members("acme", "some", ids)
            for ids in (["c-cem", "c-ada", "c-ada"], ["c-ada", "c-bob"], [])
        ]
        first = await tx.audiences.members("acme", "some", "", 2)
        rest = await tx.audiences.members("acme", "some", first[-1].id, 2)
        nobody = await tx.audiences.members("others", "some", "", 2)

    assert added == [2, 1, 0]
    assert [each.id for each in first] == ["c-ada", "c-bob"]
    assert rest == [contact("cem")]
    assert nobody == []


async def test_audiences_are_listed_by_key_and_deleted(database: Database) -> None:
    """With their lists; contacts stay."""
    await people(database, "ada")
    async with database.transaction() as tx:
        for key in ("b", "a", "c"):
            await tx.audiences.put("acme", key, {}, NOW)
        await tx.audiences.add_members("acme", "a", ["c-ada"])
        gone = [await tx.audiences.delete("acme", key) for key in ("a", "a")]
        found = await tx.audiences.page("acme", "", 5)
        rest = await tx.audiences.page("acme", "b", 5)
        contacts = await tx.contacts.get("c-ada")

    assert gone == [True, False]
    assert [each.key for each in found] == ["b", "c"]
    assert [each.key for each in rest] == ["c"]
    assert contacts is not None


async def test_names_are_looked_up_at_once(database: Database) -> None:
    """Those that the tenant does not know are left out."""
    await people(database, "ada", "bob")
    async with database.transaction() as tx:
        found = await tx.contacts.ids_of("acme", ["ada", "bob", "nobody"])
        theirs = await tx.contacts.ids_of("others", ["ada"])
        none = await tx.contacts.ids_of("acme", [])

    assert found == {"ada": "c-ada", "bob": "c-bob"}
    assert (theirs, none) == ({}, {})
