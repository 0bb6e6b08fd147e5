"""Everybody in an audience is enrolled, once, as a batch."""

from typing import Any

import pytest

from application.errors import Conflict, UnknownAudience, UnknownCampaign
from application.ports.batches import Batch
from domain.batches import BatchState
from tests.unit.application.bulk_world import BulkWorld
from tests.unit.application.world import TENANT

PROS: dict[str, Any] = {"where": [{"attribute": "plan", "is": "pro"}]}


@pytest.fixture
async def people(bulk: BulkWorld) -> BulkWorld:
    """Three people, two of whom are on the audience ``pros``."""
    await bulk.people({"plan": "pro"}, {"plan": "free"}, {"plan": "pro"})
    await bulk.audiences.define(TENANT, "pros", PROS)
    return bulk


async def enrolled(bulk: BulkWorld, batch_id: str = "b-1", **arguments: Any) -> Batch:
    """The batch that enrolls the pros."""
    return await bulk.enroll_audience(TENANT, "spring", "pros", batch_id, **arguments)


async def test_members_are_enrolled(people: BulkWorld) -> None:
    """Nobody else is, and nothing is started yet."""
    heard: list[Batch] = []
    batch = await enrolled(people, rate=3.0, heartbeat=heard.append)

    assert (batch.state, batch.received, batch.enrolled, batch.rate) == (BatchState.STARTING, 2, 2, 3.0)
    assert {each.contact_id for each in people.enrollments} == {"contact-0", "contact-2"}
    assert {each.batch for each in people.enrollments} == {"b-1"}
    assert [each.received for each in heard] == [2, 2]
    assert people.runs.started == []


async def test_the_same_id_is_the_same_batch(people: BulkWorld) -> None:
    """However often it is asked for, also after it has ended."""
    first = await enrolled(people)
    second = await enrolled(people)

    assert first == second
    assert len(people.enrollments) == 2


async def test_another_batch_enrolls_only_those_who_are_new(people: BulkWorld) -> None:
    """One who was enrolled before is counted and left as they are."""
    await enrolled(people)
    await people.people({"plan": "pro"}, {"plan": "pro"}, {"plan": "pro"})
    batch = await enrolled(people, "b-2")

    assert (batch.received, batch.enrolled, batch.already) == (3, 1, 2)


async def test_it_goes_on_from_its_own_cursor(people: BulkWorld) -> None:
    """A process that dies between two pages loses and repeats nothing."""

    def die(batch: Batch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await enrolled(people, heartbeat=die)
    half = await people.batch()
    batch = await enrolled(people)

    assert (half.state, half.enrolled, half.reached) == (BatchState.STORING, 2, "contact-2")
    assert (batch.state, batch.received, batch.enrolled, batch.already) == (BatchState.STARTING, 2, 2, 0)


async def test_an_audience_that_is_deleted_meanwhile_ends_it(people: BulkWorld) -> None:
    """Those who are stored stay."""
    batch = await people.order_audience(TENANT, "spring", "pros")
    await people.audiences.delete(TENANT, "pros")
    ended = await enrolled(people, batch.id)

    assert (ended.state, ended.enrolled) == (BatchState.DONE, 0)


async def test_one_that_is_called_off_stores_no_more(people: BulkWorld) -> None:
    """Its run ends what was stored."""
    batch = await people.order_audience(TENANT, "spring", "pros")
    await people.control.cancel(TENANT, batch.id)

    assert (await enrolled(people, batch.id)).state is BatchState.CANCELLING
    assert people.enrollments == []


async def test_an_empty_audience_is_done_at_once(people: BulkWorld) -> None:
    """There is nothing to start."""
    await people.audiences.put_list(TENANT, "pros", [])

    assert (await enrolled(people)).state is BatchState.DONE


async def test_an_order_is_carried_out_by_the_run(people: BulkWorld) -> None:
    """The batch is there at once, so that its progress can be seen."""
    batch = await people.order_audience(TENANT, "spring", "pros", version=1, rate=2.0)

    assert people.runs.started == [batch] == [await people.batch(batch.id)]
    assert (batch.state, batch.version, batch.rate) == (BatchState.STORING, 1, 2.0)


async def test_what_is_unknown_is_told(people: BulkWorld) -> None:
    """Another tenant's audience and campaign are ones that do not exist."""
    for tenant, audience in ((TENANT, "nobody"), ("others", "pros")):
        with pytest.raises(UnknownAudience):
            await people.enroll_audience(tenant, "spring", audience, "b-1")
    with pytest.raises(UnknownCampaign):
        await people.enroll_audience(TENANT, "summer", "pros", "b-1")
    assert people.world.database.state.batches == {}


async def test_an_id_of_another_batch_is_refused(people: BulkWorld) -> None:
    """Whatever the difference is."""
    await enrolled(people)
    for tenant, campaign, audience in (
        ("others", "spring", "pros"),
        (TENANT, "x", "pros"),
        (TENANT, "spring", "y"),
    ):
        with pytest.raises(Conflict):
            await people.enroll_audience(tenant, campaign, audience, "b-1")
