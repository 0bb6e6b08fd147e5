"""What a human does at the desk comes back to the enrollment that waits for it."""

import pytest
from attrs import evolve

from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.enrollments import Enrollment
from application.ports.interactions import Dispatch
from application.show_timeline import ShowTimeline
from domain.enrollment.state import Outcome
from domain.idempotency import handoff_key
from tests.unit.application.world import TENANT, World


@pytest.fixture
async def case(world: World) -> str:
    """An enrollment whose case a human has."""
    enrollment = await world.enroll()
    await world.create_handoff(enrollment, "mail", "unanswered")
    return enrollment


def resolved(
    world: World, key: str | None = None, ref: str | None = None, event: str = "press-1"
) -> HandoffReport:
    """Somebody has pressed "Resolve"."""
    return HandoffReport(event, HandoffAction.RESOLVED, world.clock(), key, ref, by="U1")


@pytest.mark.parametrize("by_key", [True, False])
async def test_a_resolved_case_wakes_its_enrollment(world: World, case: str, by_key: bool) -> None:
    """It is found by our key, or by the desk's own id; the books and the run hear of it."""
    report = resolved(world, handoff_key(case)) if by_key else resolved(world, ref="case-1")

    new = await world.hear(report, provider="fake-desk")

    assert new == 1
    assert world.runs.resolved == [case]
    assert (world.runs.told, world.runs.opted_out) == ([], [])
    [handoff] = world.database.state.handoffs.values()
    assert handoff.resolved_at == world.clock()
    [row] = await world.timeline(case)
    assert (row.kind, row.status, row.detail, row.provider) == (
        "handoff_resolved",
        None,
        "by U1",
        "fake-desk",
    )
    assert row.dispatch is Dispatch.DISPATCHED


async def test_a_key_that_is_not_ours_does_not_hide_the_desks_id(world: World, case: str) -> None:
    """A desk may give back a key of somebody else's next to its own id."""
    await world.hear(resolved(world, "other:handoff", "case-1"), provider="fake-desk")

    assert world.runs.resolved == [case]


async def test_a_case_of_another_desk_is_not_meant(world: World, case: str) -> None:
    """Desks number their cases by themselves."""
    await world.hear(resolved(world, ref="case-1"), provider="other-desk")

    assert world.runs.resolved == []


async def test_a_case_that_is_passed_on_stays_open(world: World, case: str) -> None:
    """The timeline tells who has it now; nothing else changes."""
    report = HandoffReport(
        "press-1", HandoffAction.REASSIGNED, world.clock(), handoff_key(case), by="U1", to="U2"
    )

    await world.hear(report, provider="fake-desk")

    [row] = await world.timeline(case)
    assert (row.kind, row.detail, row.dispatch) == ("handoff_reassigned", "by U1 to U2", Dispatch.NONE)
    assert world.runs.resolved == []
    assert [handoff.resolved_at for handoff in world.database.state.handoffs.values()] == [None]


@pytest.mark.parametrize("known", ["the database", "the run alone"])
async def test_a_case_that_is_resolved_after_the_end_is_late(world: World, case: str, known: str) -> None:
    """The enrollment has ended, say because nobody took the case in time; the books still hear of it."""
    await world.finish(case, Outcome.ESCALATED)
    if known == "the run alone":
        world.database.state.enrollments[case] = await _open_again(world, case)

    await world.hear(resolved(world, handoff_key(case)), provider="fake-desk")

    assert [row.dispatch for row in await world.timeline(case)] == [Dispatch.LATE]
    assert [handoff.resolved_at for handoff in world.database.state.handoffs.values()] == [world.clock()]
    assert world.runs.resolved == []


async def test_a_second_press_changes_nothing_in_the_books(world: World, case: str) -> None:
    """Two people may press at once; the first one has closed it."""
    began = world.clock()
    await world.hear(resolved(world, handoff_key(case)), provider="fake-desk")
    world.clock.advance(hours=1)
    counts = [
        await world.hear(resolved(world, handoff_key(case), event=event), provider="fake-desk")
        for event in ("press-1", "press-2")
    ]

    assert counts == [0, 1]
    assert [handoff.resolved_at for handoff in world.database.state.handoffs.values()] == [began]


@pytest.mark.parametrize(("key", "ref"), [("nobody:handoff", None), (None, "case-9"), (None, None)])
async def test_an_unknown_case_is_kept_and_counted(world: World, key: str | None, ref: str | None) -> None:
    """A human looks at it; nobody is woken."""
    await world.hear(resolved(world, key, ref), provider="fake-desk")

    [row] = world.rows
    assert (row.kind, row.enrollment_id, row.dispatch) == ("handoff_resolved", None, Dispatch.NONE)
    assert world.telemetry.replies == [("fake-desk", "handoff")]


async def test_while_the_runs_are_down_the_relay_tells_of_it(world: World, case: str) -> None:
    """The press is stored before it is signalled, like every other event."""
    world.runs.down = True
    await world.hear(resolved(world, handoff_key(case)), provider="fake-desk")
    pending = [row.dispatch for row in await world.timeline(case)]
    world.runs.down = False
    world.clock.advance(minutes=1)

    assert await world.relay() == 1
    assert pending == [Dispatch.PENDING]
    assert world.runs.resolved == [case]
    assert [row.dispatch for row in await world.timeline(case)] == [Dispatch.DISPATCHED]


async def test_the_timeline_shows_who_closed_the_case(world: World, case: str) -> None:
    """By the desk's id of the person, not by name."""
    await world.hear(resolved(world, handoff_key(case)), provider="fake-desk")

    entries = await ShowTimeline(world.database)(TENANT, case)

    last = entries[-1]
    assert (last.kind, last.detail, last.provider) == ("handoff_resolved", "by U1", "fake-desk")


async def _open_again(world: World, case: str) -> Enrollment:
    async with world.database.transaction() as tx:
        enrollment = await tx.enrollments.get(case)
    assert enrollment is not None
    return evolve(enrollment, outcome=None, finished_at=None)
