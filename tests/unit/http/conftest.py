"""The site of the HTTP tests."""

import pytest

from tests.unit.application.world import World
from tests.unit.http.site import Site


@pytest.fixture
async def site() -> Site:
    """The app over a world with the campaign published."""
    world = World()
    await world.publish()
    return Site(world)
