"""What goes on for too long is found, measured, and logged when it changes."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from application.errors import DatabaseUnavailable
from application.find_stuck import FindStuck, ObserveStuck, Stuck
from domain.attempts import AttemptState
from domain.statuses import DeliveryStatus
from domain.stuck import StuckKind, StuckLimits
from tests.unit.application.world import TENANT, World

DOUBT = StuckKind.SEND_IN_DOUBT
NONE = dict.fromkeys(StuckKind, 0)


@pytest.fixture
async def world() -> World:
    """A campaign in which a send has been in doubt for an hour."""
    world = World()
    await world.publish()
    await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.clock.advance(hours=1)
    return world


def finding(world: World, **limits: timedelta) -> FindStuck:
    longest = {StuckKind[name]: limit for name, limit in limits.items()}
    return FindStuck(world.database, world.clock, StuckLimits(longest))


async def test_every_kind_is_told_also_where_there_is_none(world: World) -> None:
    """How many, for how long, and which."""
    found = await finding(world)(TENANT)
    [key] = world.database.state.attempts

    assert [each.kind for each in found] == list(StuckKind)
    assert [each for each in found if each.count] == [Stuck(DOUBT, 1, timedelta(hours=1), (str(key),))]


@pytest.mark.parametrize(("tenant", "count"), [(TENANT, 1), (None, 1), ("others", 0)])
async def test_a_tenant_sees_its_own(world: World, tenant: str | None, count: int) -> None:
    """Whoever watches over all of them sees all."""
    found = await finding(world)(tenant)

    assert sum(each.count for each in found) == count


@pytest.mark.parametrize(("limit", "count"), [(timedelta(minutes=59), 1), (timedelta(minutes=61), 0)])
async def test_the_settings_say_what_is_long(world: World, limit: timedelta, count: int) -> None:
    """What is younger than the limit is not stuck."""
    found = await finding(world, SEND_IN_DOUBT=limit)(TENANT)

    assert sum(each.count for each in found) == count


async def test_what_is_found_is_measured_and_its_changes_are_logged(world: World) -> None:
    """Every kind has a value, also when it goes back to none; what stays as it was is not said again."""
    observe = ObserveStuck(finding(world), world.telemetry)
    with capture_logs() as lines:
        first = await observe({})
        second = await observe(first)
        [key] = world.database.state.attempts
        await world.hear(world.status(key, DeliveryStatus.DELIVERED))
        third = await observe(second)

    assert first == second == NONE | {DOUBT: 1}
    assert third == NONE
    assert world.telemetry.standstills == {kind.value: 0 for kind in StuckKind}
    said = [line for line in lines if line["event"] == "stuck.changed"]
    assert [(line["kind"], line["before"], line["count"], line["log_level"]) for line in said] == [
        ("send_in_doubt", 0, 1, "warning"),
        ("send_in_doubt", 1, 0, "info"),
    ]


async def test_without_a_database_nothing_is_measured(world: World) -> None:
    """A value that nobody has seen is not told."""
    world.database.down = True

    with pytest.raises(DatabaseUnavailable):
        await ObserveStuck(finding(world), world.telemetry)({})

    assert world.telemetry.standstills == {}
