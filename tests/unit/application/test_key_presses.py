"""A key that a person presses on a call: its row, and who hears of it."""

import pytest
from attrs import evolve

from application.ports.interactions import PRESSED, Dispatch
from application.show_timeline import ShowTimeline
from domain.statuses import DeliveryStatus
from tests.unit.application.world import TENANT, World


async def test_a_key_is_a_reply_of_its_own_kind(world: World) -> None:
    """The row's detail is the key alone, the vendor's words are left out; the run hears of it."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    report = evolve(world.status(key, DeliveryStatus.REPLIED, detail="confirmed"), pressed="1")

    await world.hear(report)

    [row] = await world.timeline(enrollment)
    assert (row.kind, row.status, row.detail, row.text) == (PRESSED, DeliveryStatus.REPLIED, "1", None)
    assert row.dispatch is Dispatch.DISPATCHED
    assert [told.key for told in world.runs.told] == [row.key]
    assert (await world.stored(key)).delivery is DeliveryStatus.REPLIED


async def test_a_key_is_shown_in_the_timeline(world: World) -> None:
    """People read which one it was."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)
    await world.hear(evolve(world.status(key, DeliveryStatus.REPLIED), pressed="#"))

    entries = await ShowTimeline(world.database)(TENANT, enrollment)

    assert (entries[-1].kind, entries[-1].detail, entries[-1].provider) == ("pressed", "#", "fake-sms")


@pytest.mark.parametrize("pressed", ["", "12", "4111111111111111", "1\n", "a", "\u0661"])
async def test_what_is_no_key_is_a_reply_and_nothing_of_it_is_kept(world: World, pressed: str) -> None:
    """Whoever types a number on a call may type one that is secret."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)

    await world.hear(evolve(world.status(key, DeliveryStatus.REPLIED, detail="code"), pressed=pressed))

    [row] = await world.timeline(enrollment)
    assert (row.kind, row.status, row.detail) == ("replied", DeliveryStatus.REPLIED, "code")


@pytest.mark.parametrize("status", [DeliveryStatus.OPTED_OUT, DeliveryStatus.ANSWERED])
async def test_a_key_with_another_status_is_that_status(world: World, status: DeliveryStatus) -> None:
    """An opt-out stays one, by whichever key: what it suppresses says why."""
    enrollment = await world.enroll()
    key = await world.attempt(enrollment)

    await world.hear(evolve(world.status(key, status), pressed="9"))

    [row] = await world.timeline(enrollment)
    assert (row.kind, row.detail) == (status.value, "")
    assert await world.is_suppressed() is (status is DeliveryStatus.OPTED_OUT)
