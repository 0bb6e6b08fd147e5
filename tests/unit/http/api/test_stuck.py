"""``GET /v1/stuck``."""

from adapters.http.api.stuck import StuckApi
from application.find_stuck import FindStuck
from domain.attempts import AttemptState
from domain.stuck import StuckKind
from tests.unit.application.world import World
from tests.unit.http.api.api_site import OTHERS, ApiSite


async def stuck_site() -> ApiSite:
    """One send has been in doubt for an hour."""
    world = World()
    await world.publish()
    await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.clock.advance(hours=1)
    return ApiSite(world, [StuckApi(FindStuck(world.database, world.clock))])


async def test_what_is_stuck_is_told_by_kind() -> None:
    """Every kind, with how many, for how long and which; a key that may read is enough."""
    site = await stuck_site()
    answer = await site("GET", "/v1/stuck", key="read")

    told = answer.json()
    assert (answer.status_code, told["stuck"]) == (200, True)
    assert [each["kind"] for each in told["kinds"]] == [kind.value for kind in StuckKind]
    [found] = [each for each in told["kinds"] if each["count"]]
    [key] = site.world.database.state.attempts
    assert found == {"kind": "send_in_doubt", "count": 1, "oldest_seconds": 3600.0, "ids": [str(key)]}


async def test_another_tenants_are_not_told() -> None:
    """A key sees its own tenant's."""
    answer = await (await stuck_site())("GET", "/v1/stuck", key=OTHERS)

    assert answer.json()["stuck"] is False
    assert {each["count"] for each in answer.json()["kinds"]} == {0}


async def test_nobody_without_a_key_is_told() -> None:
    """It tells of people's enrollments."""
    answer = await (await stuck_site())("GET", "/v1/stuck", key=None)

    assert answer.status_code == 401
