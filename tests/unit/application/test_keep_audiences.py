"""Audiences are made, changed, looked at and forgotten, each by its own tenant alone."""

from typing import Any

import pytest

from application.audience_members import PAGE
from application.errors import Conflict, UnknownAudience
from domain.errors import InvalidAudience
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import TENANT

PROS: dict[str, Any] = {"where": [{"attribute": "plan", "is": "pro"}]}


@pytest.fixture
async def people(bulk: BulkWorld) -> BulkWorld:
    """Three people, c-0 to c-2; the second one is on another plan."""
    await bulk.people({"plan": "pro"}, {"plan": "free"}, {"plan": "Pro"})
    return bulk


async def names(bulk: BulkWorld, key: str, **arguments: Any) -> list[str]:
    """Who is in an audience."""
    return [each.external_id for each in await bulk.audiences.members(TENANT, key, **arguments)]


async def test_a_condition_chooses_its_members(people: BulkWorld) -> None:
    """Anew each time it is asked."""
    made = await people.audiences.define(TENANT, "pros", PROS)
    before = await names(people, "pros")
    await people.people({"plan": "free"})

    assert made.new
    assert before == ["c-0", "c-2"]
    assert await names(people, "pros") == ["c-2"]
    assert await people.audiences.count(TENANT, "pros") == 1


async def test_a_list_holds_its_members(people: BulkWorld) -> None:
    """Those that nobody knows are told; a second list takes the place of the first."""
    first = await people.audiences.put_list(TENANT, "some", ["c-2", "c-1", "c-2", "c-9"])
    listed = await names(people, "some")
    second = await people.audiences.put_list(TENANT, "some", ["c-0"])

    assert (first.new, first.listed, first.unknown) == (True, 2, {"c-9"})
    assert listed == ["c-1", "c-2"]
    assert (second.new, await names(people, "some")) == (False, ["c-0"])
    assert await people.audiences.count(TENANT, "some") == 1
    assert "c-9" not in repr(first)


async def test_a_list_can_grow(people: BulkWorld) -> None:
    """One with a condition cannot."""
    await people.audiences.put_list(TENANT, "some", ["c-0"])
    more = await people.audiences.add(TENANT, "some", ["c-0", "c-1"])
    await people.audiences.define(TENANT, "pros", PROS)

    assert (more.listed, await names(people, "some")) == (1, ["c-0", "c-1"])
    with pytest.raises(Conflict, match="has a condition"):
        await people.audiences.add(TENANT, "pros", ["c-0"])


async def test_members_come_in_pages(people: BulkWorld) -> None:
    """By id; pages that hold nobody are passed over."""
    await people.people(*[{"plan": "free"}] * PAGE, {"plan": "pro"}, {"plan": "pro"})
    await people.audiences.define(TENANT, "pros", PROS)
    first = await people.audiences.members(TENANT, "pros", limit=1)
    rest = await people.audiences.members(TENANT, "pros", after=first[0].id, limit=5)

    assert len(first) == len(rest) == 1
    assert await people.audiences.members(TENANT, "pros", limit=0) == []


async def test_an_audience_changes_its_kind(people: BulkWorld) -> None:
    """From a list to a condition and back."""
    await people.audiences.put_list(TENANT, "some", ["c-1"])
    await people.audiences.define(TENANT, "some", PROS)
    by_condition = await names(people, "some")
    await people.audiences.put_list(TENANT, "some", [])

    assert by_condition == ["c-0", "c-2"]
    assert await names(people, "some") == []


async def test_audiences_are_listed_and_deleted(people: BulkWorld) -> None:
    """By key, in pages; no contact is touched."""
    for key in ("b", "a", "c"):
        await people.audiences.define(TENANT, key, PROS)
    await people.audiences.delete(TENANT, "c")

    assert [each.key for each in await people.audiences.page(TENANT)] == ["a", "b"]
    assert [each.key for each in await people.audiences.page(TENANT, "a", 5)] == ["b"]
    assert (await people.audiences.get(TENANT, "a")).definition == PROS
    assert len(people.world.database.state.contacts) == 3


async def test_others_see_nothing(people: BulkWorld) -> None:
    """Another tenant's audience is one that does not exist, and their contacts are in none of ours."""
    keep = people.audiences
    await keep.define(TENANT, "pros", PROS)
    await keep.define("others", "pros2", PROS)
    theirs = await keep.put_list("others", "mine", ["c-0"])

    for ask in (keep.get, keep.count, keep.members, keep.delete):
        with pytest.raises(UnknownAudience):
            await ask("others", "pros")
    with pytest.raises(UnknownAudience):
        await keep.add("others", "pros", [])
    assert (theirs.listed, theirs.unknown) == (0, {"c-0"})
    assert await keep.count("others", "pros2") == 0


async def test_what_is_wrong_is_not_stored(people: BulkWorld) -> None:
    """A key, or a definition."""
    with pytest.raises(InvalidAudience):
        await people.audiences.define(TENANT, "No", PROS)
    with pytest.raises(InvalidAudience):
        await people.audiences.put_list(TENANT, "No", [])
    with pytest.raises(InvalidAudience):
        await people.audiences.define(TENANT, "pros", {"where": []})
    assert people.world.database.state.audiences == {}
