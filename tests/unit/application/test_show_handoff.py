"""Letting a desk show what a human did with a case."""

import pytest
from attrs import evolve

from application.errors import TransientFault
from application.ports.callbacks import HandoffAction, HandoffReport
from application.ports.handoffs import Ticket
from application.show_handoff import ShowHandoff
from domain.idempotency import handoff_key
from tests.fakes.desk import FakeDesk
from tests.unit.application.world import World


class FakeShowingDesk(FakeDesk):
    """A desk that is told what to show, and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, Ticket, HandoffReport]] = []

    async def show(self, ref: str, ticket: Ticket, report: HandoffReport) -> None:
        """Show it, or raise as told."""
        if self.faults:
            raise self.faults.pop(0)
        self.shown.append((ref, ticket, report))


@pytest.fixture
def desk() -> FakeShowingDesk:
    return FakeShowingDesk()


@pytest.fixture
async def case(world: World, desk: FakeShowingDesk) -> str:
    """An enrollment whose case a human has."""
    enrollment = await world.enroll()
    await evolve(world.create_handoff, desk=desk)(enrollment, "mail", "unanswered")
    return enrollment


def shower(world: World, desk: FakeDesk) -> ShowHandoff:
    return ShowHandoff(world.database, desk, world.renderer)


def report(
    world: World, key: str | None, ref: str | None = None, action: HandoffAction = HandoffAction.RESOLVED
) -> HandoffReport:
    return HandoffReport("press-1", action, world.clock(), key, ref, by="U1")


@pytest.mark.parametrize("by_key", [True, False])
async def test_a_case_shows_what_was_done(
    world: World, desk: FakeShowingDesk, case: str, by_key: bool
) -> None:
    """Found by our key or the desk's own id, and with the ticket that the human knows."""
    told = report(world, handoff_key(case)) if by_key else report(world, None, "case-1")
    await shower(world, desk)("fake-desk", [told])

    assert desk.shown == [("case-1", desk.opened[0], told)]


async def test_a_closed_case_is_not_shown_as_given_to_somebody(
    world: World, desk: FakeShowingDesk, case: str
) -> None:
    """A press that comes late must not bring the buttons back."""
    await world.hear(report(world, handoff_key(case)), provider="fake-desk")
    await shower(world, desk)(
        "fake-desk", [report(world, handoff_key(case), action=HandoffAction.REASSIGNED)]
    )

    assert desk.shown == []


@pytest.mark.parametrize(
    ("provider", "key"), [("other", "right"), ("fake-desk", "wrong"), ("fake-desk", None)]
)
async def test_what_is_not_this_desks_is_left_alone(
    world: World, desk: FakeShowingDesk, case: str, provider: str, key: str | None
) -> None:
    """Another provider's report, or a case that nobody knows."""
    named = handoff_key(case) if key == "right" else key
    await shower(world, desk)(provider, [report(world, named)])

    assert desk.shown == []


async def test_a_desk_that_shows_by_itself_is_not_asked(world: World, case: str) -> None:
    """Most desks do."""
    await shower(world, FakeDesk())("fake-desk", [report(world, handoff_key(case))])


async def test_a_desk_that_is_down_is_left_alone(world: World, desk: FakeShowingDesk, case: str) -> None:
    """What the human did is stored; the next report is shown all the same."""
    desk.faults = [TransientFault("503")]
    told = report(world, handoff_key(case))
    await shower(world, desk)("fake-desk", [told, told])

    assert [shown for *_, shown in desk.shown] == [told]
