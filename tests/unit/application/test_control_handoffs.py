"""People take cases, pass them on and close them, as they do at the desk."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.control_handoffs import ControlHandoffs
from application.errors import Conflict, TransientFault, UnknownHandoff
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import Handoff, HandoffQuery
from application.ports.interactions import Dispatch
from application.show_handoff import ShowHandoff
from domain.enrollment.state import Outcome
from domain.handoffs import HandoffState, InvalidName
from domain.idempotency import handoff_key
from tests.unit.application.test_show_handoff import FakeShowingDesk
from tests.unit.application.world import TENANT, World


@pytest.fixture
def desk() -> FakeShowingDesk:
    return FakeShowingDesk()


@pytest.fixture
async def case(world: World, desk: FakeShowingDesk) -> str:
    """An enrollment whose case a human has."""
    enrollment = await world.enroll()
    await evolve(world.create_handoff, desk=desk)(enrollment, "mail", "unanswered")
    return enrollment


@pytest.fixture
def control(world: World, desk: FakeShowingDesk) -> ControlHandoffs:
    show = ShowHandoff(world.database, desk, world.renderer)
    return ControlHandoffs(world.database, world.dispatch, lambda: show, world.renderer, world.clock)


def stored(world: World) -> Handoff:
    """The one handoff there is."""
    [handoff] = world.database.state.handoffs.values()
    return handoff


async def happened(world: World, case: str) -> list[tuple[str, str]]:
    """What the enrollment's timeline tells."""
    return [(row.kind, row.detail) for row in await world.timeline(case)]


async def test_a_case_is_shown_with_its_summary(world: World, control: ControlHandoffs, case: str) -> None:
    """As the desk was given it, from the contact's data as they are now."""
    view = await control.get(TENANT, handoff_key(case))

    assert (view.case.campaign, view.case.external_id) == ("spring", "ann")
    assert view.case.handoff == stored(world)
    assert view.summary == "Please call ann"


async def test_a_summary_that_cannot_be_written_is_no_fault(
    world: World, control: ControlHandoffs, case: str
) -> None:
    """The rest of the case is shown all the same."""
    world.database.state.campaigns.clear()

    assert "cannot be written" in (await control.get(TENANT, handoff_key(case))).summary


async def test_a_case_is_claimed_once(world: World, control: ControlHandoffs, case: str) -> None:
    """Whoever has it may say so again; whoever comes later is told who has it."""
    began = world.clock()
    await control.claim(TENANT, handoff_key(case), " anna ")
    world.clock.advance(hours=1)
    again = await control.claim(TENANT, handoff_key(case), "anna")

    with pytest.raises(Conflict, match="claimed by anna"):
        await control.claim(TENANT, handoff_key(case), "ben")
    assert (again.handoff.claimed_by, again.handoff.claimed_at) == ("anna", began)
    assert again.handoff.state is HandoffState.CLAIMED
    assert await happened(world, case) == [("handoff_claimed", "by anna")]


@pytest.mark.parametrize(("by", "told"), [("anna", "by anna to ben"), (None, "to ben")])
async def test_a_case_is_passed_on(
    world: World, control: ControlHandoffs, case: str, by: str | None, told: str
) -> None:
    """Whoever has it; twice the same is once."""
    await control.claim(TENANT, handoff_key(case), "anna")
    world.clock.advance(hours=1)
    for _ in range(2):
        passed = await control.reassign(TENANT, handoff_key(case), "ben", by)

    assert (passed.handoff.claimed_by, passed.handoff.claimed_at) == ("ben", world.clock())
    assert (await happened(world, case))[1:] == [("handoff_reassigned", told)]


async def test_a_case_is_given_back(world: World, control: ControlHandoffs, case: str) -> None:
    """Then anybody may take it; twice the same is once."""
    await control.claim(TENANT, handoff_key(case), "anna")
    for _ in range(2):
        await control.release(TENANT, handoff_key(case), "anna")
    free = stored(world)
    world.clock.advance(hours=1)
    await control.claim(TENANT, handoff_key(case), "ben")

    assert (free.claimed_by, free.claimed_at, free.state) == (None, None, HandoffState.OPEN)
    assert stored(world).claimed_by == "ben"
    assert [kind for kind, _ in await happened(world, case)] == [
        "handoff_claimed",
        "handoff_released",
        "handoff_claimed",
    ]


async def test_a_closed_case_ends_its_enrollment(
    world: World, control: ControlHandoffs, case: str, desk: FakeShowingDesk
) -> None:
    """The run is told, the timeline says by whom, and the desk shows it."""
    closed = await control.resolve(TENANT, handoff_key(case), "U123", "Has called +15550100001 back.")
    [row] = await world.timeline(case)
    [(ref, _, report)] = desk.shown

    assert (closed.handoff.resolved_at, closed.handoff.state) == (world.clock(), HandoffState.RESOLVED)
    assert world.runs.resolved == [case]
    assert (row.kind, row.detail, row.text) == (
        "handoff_resolved",
        "by U123",
        "Has called +15550100001 back.",
    )
    assert row.dispatch is Dispatch.DISPATCHED
    assert (ref, report.action, report.by) == ("case-1", HandoffAction.RESOLVED, "U123")


async def test_a_case_is_closed_once(
    world: World, control: ControlHandoffs, case: str, desk: FakeShowingDesk
) -> None:
    """Asking again changes nothing and tells nobody."""
    began = world.clock()
    await control.resolve(TENANT, handoff_key(case))
    world.clock.advance(hours=1)
    again = await control.resolve(TENANT, handoff_key(case), "ben")

    assert again.handoff.resolved_at == began
    assert (world.runs.resolved, len(desk.shown)) == ([case], 1)
    assert await happened(world, case) == [("handoff_resolved", "")]


@pytest.mark.parametrize("first", ["here", "at the desk"])
async def test_here_and_at_the_desk_it_is_closed_once_together(
    world: World, control: ControlHandoffs, case: str, first: str
) -> None:
    """The run hears of it once, whichever comes first."""
    pressed = HandoffReport("press-1", HandoffAction.RESOLVED, world.clock(), handoff_key(case), by="U1")
    if first == "here":
        await control.resolve(TENANT, handoff_key(case))
    await world.hear(pressed, provider="fake-desk")
    await control.resolve(TENANT, handoff_key(case))

    assert world.runs.resolved == [case]


async def test_a_desk_that_is_down_keeps_nothing_from_being_closed(
    world: World, control: ControlHandoffs, case: str, desk: FakeShowingDesk
) -> None:
    """That is for people's eyes only."""
    desk.faults = [TransientFault("503")]
    await control.resolve(TENANT, handoff_key(case))

    assert (world.runs.resolved, desk.shown) == ([case], [])


async def test_while_the_runs_are_down_the_relay_tells_of_it(
    world: World, control: ControlHandoffs, case: str
) -> None:
    """It is stored before it is signalled."""
    world.runs.down = True
    await control.resolve(TENANT, handoff_key(case))
    world.runs.down = False
    world.clock.advance(minutes=1)

    assert await world.relay() == 1
    assert world.runs.resolved == [case]


async def test_a_case_of_an_enrollment_that_has_ended_is_closed_all_the_same(
    world: World, control: ControlHandoffs, case: str
) -> None:
    """In the books; nobody waits for it any more."""
    await world.finish(case, Outcome.ESCALATED)
    closed = await control.resolve(TENANT, handoff_key(case))

    assert closed.handoff.state is HandoffState.RESOLVED
    assert world.runs.resolved == []
    assert [row.dispatch for row in await world.timeline(case)] == [Dispatch.LATE]


Steer = Callable[[ControlHandoffs, str, str], Awaitable[object]]
STEERED: dict[str, Steer] = {
    "get": lambda control, tenant, key: control.get(tenant, key),
    "claim": lambda control, tenant, key: control.claim(tenant, key, "ben"),
    "reassign": lambda control, tenant, key: control.reassign(tenant, key, "ben"),
    "release": lambda control, tenant, key: control.release(tenant, key),
    "resolve": lambda control, tenant, key: control.resolve(tenant, key),
}


@pytest.mark.parametrize("verb", STEERED)
async def test_a_case_of_another_tenant_is_not_there(
    world: World, control: ControlHandoffs, case: str, verb: str
) -> None:
    """It looks as one that does not exist at all."""
    before = stored(world)
    said = []
    for tenant, key in (("others", handoff_key(case)), (TENANT, "nobody:handoff")):
        with pytest.raises(UnknownHandoff) as refused:
            await STEERED[verb](control, tenant, key)
        said.append(str(refused.value))

    assert said[0] == said[1]
    assert stored(world) == before


@pytest.mark.parametrize("verb", ["claim", "reassign", "release"])
async def test_a_closed_case_cannot_be_taken(
    world: World, control: ControlHandoffs, case: str, verb: str
) -> None:
    """Nobody is to work on what is done."""
    await control.claim(TENANT, handoff_key(case), "anna")
    await control.resolve(TENANT, handoff_key(case))

    with pytest.raises(Conflict, match="was resolved at 20"):
        await STEERED[verb](control, TENANT, handoff_key(case))


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "\x00", "\ud800"])
async def test_a_person_has_a_name(control: ControlHandoffs, case: str, name: str) -> None:
    """One line that can be stored and shown."""
    with pytest.raises(InvalidName, match="one line of 1 to 100 characters"):
        await control.claim(TENANT, handoff_key(case), name)


@pytest.mark.parametrize(
    ("hours", "who", "since"), [((1, 2), "U3", 2), ((2, 1), "U2", 2), ((9, 9), "U3", 3), ((9, 1), "U2", 3)]
)
async def test_a_desk_tells_who_has_a_case(
    world: World, case: str, hours: tuple[int, int], who: str, since: int
) -> None:
    """The last word counts, in whichever order they come; a desk's clock may be ahead."""
    began = world.clock()
    world.clock.advance(hours=3)
    for to, hour in zip(("U2", "U3"), hours, strict=True):
        at = began + timedelta(hours=hour)
        report = HandoffReport(f"to-{to}", HandoffAction.REASSIGNED, at, handoff_key(case), by="U1", to=to)
        await world.hear(report, provider="fake-desk")

    assert (stored(world).claimed_by, stored(world).claimed_at) == (who, began + timedelta(hours=since))


async def test_cases_are_listed(world: World, control: ControlHandoffs, case: str) -> None:
    """By the tenant they belong to."""
    found = await control.page(TENANT, HandoffQuery(), None, 10)

    assert [each.handoff.enrollment_id for each in found] == [case]
    assert await control.page("others", HandoffQuery(), None, 10) == []
