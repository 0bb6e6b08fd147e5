"""The world of the use-case tests."""

import pytest

from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import World


@pytest.fixture
async def world() -> World:
    """A world with the campaign published."""
    world = World()
    await world.publish()
    return world


@pytest.fixture
def bulk(world: World) -> BulkWorld:
    """What works on many at once, in that world."""
    return BulkWorld(world)
