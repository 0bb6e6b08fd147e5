"""A report that names one attempt and tells of another's message: whom it is about, and what it spoils."""

import pytest
from attrs import evolve
from structlog.testing import capture_logs

from application.ports.callbacks import StatusReport
from application.ports.interactions import Dispatch
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel, DeliveryStatus
from tests.unit.application.world import World

BOB = "+12025550199"


async def two(world: World, state: AttemptState = AttemptState.ACCEPTED) -> tuple[AttemptKey, AttemptKey]:
    """An attempt whose message is told of, and somebody else's in a state."""
    told = await world.attempt(await world.enroll())
    return told, await world.attempt(await world.enroll("bob", BOB), state)


def stray(world: World, told: AttemptKey, named: AttemptKey, **changes: object) -> StatusReport:
    """An opt-out from the message of one attempt, in the name of another."""
    report = world.status(named, DeliveryStatus.OPTED_OUT, ref=f"ref-{told}")
    return evolve(report, **changes)


@pytest.mark.parametrize(
    "state",
    [AttemptState.ACCEPTED, AttemptState.CLAIMED, AttemptState.UNKNOWN],
    ids=lambda state: state.value,
)
@pytest.mark.parametrize("ref_varies", [False, True])
async def test_a_message_that_is_known_to_be_anothers_changes_nobody(
    world: World, state: AttemptState, *, ref_varies: bool
) -> None:
    """It is stored, counted and logged once; neither attempt hears of it and no address is suppressed."""
    told, named = await two(world, state)
    before = await world.stored(named)
    report = stray(world, told, named, ref_varies=ref_varies)

    with capture_logs() as lines:
        counts = [await world.hear(report), await world.hear(report)]

    assert counts == [1, 0]
    assert await world.stored(named) == before
    assert (await world.stored(told)).delivery is None
    [row] = world.rows
    assert (row.enrollment_id, row.dispatch) == (None, Dispatch.NONE)
    assert world.runs.told == []
    assert not await world.is_suppressed(address=BOB)
    assert not await world.is_suppressed()
    assert world.telemetry.replies == [("fake-sms", "sms")]
    assert [line["event"] for line in lines] == ["webhook.contradicted"]


async def test_another_reference_than_the_recorded_one_is_another_message(world: World) -> None:
    """Also where nobody here knows it yet: the send that it belongs to may still be under way."""
    _, named = await two(world)

    await world.hear(world.status(named, DeliveryStatus.OPTED_OUT, ref="not recorded yet"))

    assert (await world.stored(named)).delivery is None
    assert world.runs.told == []


async def test_a_provider_that_gives_several_references_is_believed(world: World) -> None:
    """A part of a long message has a reference of its own, which nobody has recorded."""
    _, named = await two(world)
    part = evolve(world.status(named, DeliveryStatus.FAILED, ref="part 2"), ref_varies=True)

    await world.hear(part)

    attempt = await world.stored(named)
    assert (attempt.delivery, attempt.provider_ref) == (DeliveryStatus.FAILED, f"ref-{named}")


@pytest.mark.parametrize("state", [AttemptState.CLAIMED, AttemptState.UNKNOWN, AttemptState.RELEASED])
async def test_an_attempt_without_a_reference_is_known_by_its_correlation(
    world: World, state: AttemptState
) -> None:
    """One in doubt is settled by the callback, which brings the reference along."""
    _, named = await two(world, state)

    await world.hear(world.status(named, DeliveryStatus.SENT, ref="new"))

    attempt = await world.stored(named)
    assert (attempt.state, attempt.provider_ref) == (AttemptState.ACCEPTED, "new")


async def test_a_provider_that_took_the_message_before_another_one_did_is_heard(world: World) -> None:
    """It had said that it did not take it; whoever opts out there has got the message all the same."""
    _, named = await two(world)

    await world.hear(world.status(named, DeliveryStatus.OPTED_OUT, ref="theirs"), provider="other-sms")

    assert (await world.stored(named)).delivery is DeliveryStatus.OPTED_OUT
    assert await world.is_suppressed(address=BOB)


@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "two deliveries"])
@pytest.mark.parametrize("known", [True, False], ids=["of somebody", "of nobody"])
async def test_a_stray_report_does_not_take_the_place_of_the_right_one(
    world: World, *, known: bool, at_once: bool
) -> None:
    """Some vendors' events have no id but the message's: the right one comes later and is heard."""
    told, named = await two(world)
    nobody = evolve(named, enrollment_id="00000000-0000-5000-8000-000000000000")
    wrong = stray(world, told, named if known else nobody)
    right = evolve(wrong, attempt_key=str(told))

    new = await world.hear(wrong, right) if at_once else await world.hear(wrong) + await world.hear(right)

    assert new == 2
    assert (await world.stored(told)).delivery is DeliveryStatus.OPTED_OUT
    assert [row.key for row in world.runs.told] == ["fake-sms:event-1"]
    assert await world.is_suppressed(Channel.SMS)
