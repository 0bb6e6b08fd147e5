"""Events of an application's own that win enrollments."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from application import orders
from application.errors import UnknownContact
from application.ports.interactions import Dispatch
from application.record_event import EventReport
from domain.contact import Contact
from domain.enrollment.state import Outcome
from domain.enrollment.turn import HANDOFF
from tests.fakes.clock import NOW
from tests.unit.application.world import TENANT, World

NOTHING = EventReport(won=0, moved=0)


@pytest.fixture
async def world() -> World:
    """A world with one campaign that wants a purchase, and one that wants a visit."""
    world = World()
    await world.publish(goals=["purchased", "signed-up"])
    await world.publish(campaign="summer", goals=["visited"])
    return world


async def test_an_event_that_is_a_goal_is_told(world: World) -> None:
    """It is a row of the timeline, and the run hears of it by its name."""
    enrollment = await world.enroll()

    told = await world.record_event(TENANT, "ann", "purchased", "order-17")
    [row] = await world.timeline(enrollment)

    assert told == EventReport(won=1, moved=0)
    assert world.runs.goals == [(enrollment, ["purchased"])]
    assert (row.kind, row.detail, row.at) == ("goal", "purchased", NOW)
    assert row.dispatch is Dispatch.DISPATCHED


async def test_the_same_event_counts_once(world: World) -> None:
    """Callers repeat themselves; another event of the same name is another one."""
    await world.enroll()
    counts = [
        (await world.record_event(TENANT, "ann", "purchased", event)).won
        for event in ("order-17", "order-17", "18")
    ]

    assert counts == [1, 0, 1]
    assert [goals for _, goals in world.runs.goals] == [["purchased"]] * 2


async def test_an_event_that_no_campaign_wants_is_not_stored(world: World) -> None:
    """An application may tell of everything that happens."""
    await world.enroll()

    assert await world.record_event(TENANT, "ann", "sneezed", "1") == NOTHING
    assert world.rows == []
    assert world.runs.goals == []


async def test_every_open_enrollment_that_wants_it_hears(world: World) -> None:
    """Of the contact's campaigns those that have the goal; what has ended is won no more."""
    await world.publish(campaign="autumn", goals=["purchased"])
    await world.publish(campaign="winter", goals=["purchased"])
    spring, _, autumn = [await world.enroll(campaign=name) for name in ("spring", "summer", "autumn")]
    await world.finish(await world.enroll(campaign="winter"))
    await world.enroll("bob")

    assert (await world.record_event(TENANT, "ann", "purchased", "order-17")).won == 2
    assert sorted(told for told, _ in world.runs.goals) == sorted([spring, autumn])


async def test_the_goals_are_those_of_the_enrollments_version(world: World) -> None:
    """A newer version that wants something else changes nothing for whoever follows the old one."""
    await world.publish(version=2, goals=["renewed"])
    await world.enroll()
    newer = await world.enroll("bob", version=2)
    counts = [
        (await world.record_event(TENANT, who, name, "1")).won
        for who in ("ann", "bob")
        for name in ("signed-up", "renewed")
    ]

    assert counts == [1, 0, 0, 1]
    assert world.runs.goals[-1] == (newer, ["renewed"])


@pytest.mark.parametrize(("tenant", "who"), [(TENANT, "nobody"), ("globex", "ann")])
async def test_an_unknown_contact_is_an_error(world: World, tenant: str, who: str) -> None:
    """So is one of another tenant; the message does not name it, since the name may be a phone number."""
    await world.enroll()
    with pytest.raises(UnknownContact, match="no contact") as raised:
        await world.record_event(tenant, who, "purchased", "order-17")

    assert who not in str(raised.value)
    assert world.rows == []


async def test_two_tenants_may_call_a_contact_the_same(world: World) -> None:
    """Only the enrollments of whose contact it is are won."""
    enrollment = await world.enroll()
    async with world.database.transaction() as tx:
        await tx.contacts.upsert("globex", [Contact("contact-other", "ann", "+15550100002")])

    assert await world.record_event("globex", "ann", "purchased", "1") == NOTHING
    assert (await world.record_event(TENANT, "ann", "purchased", "1")).won == 1
    assert world.runs.goals == [(enrollment, ["purchased"])]


async def test_what_happens_before_the_start_wins_without_one(world: World) -> None:
    """Nobody gets a message from a campaign that has what it wants: the run is not started any more."""
    enrollment = await world.enroll(started=False)
    won = await world.record_event(TENANT, "ann", "purchased", "order-17")
    again = await world.record_event(TENANT, "ann", "purchased", "order-18")
    world.clock.advance(minutes=1)
    await world.relay()
    stored = world.database.state.enrollments[enrollment]

    assert (won.won, again) == (1, NOTHING)
    assert (stored.outcome, stored.finished_at) == (Outcome.WON, NOW)
    assert world.runs.starts == []


async def test_what_only_a_run_can_tell_waits_for_it(world: World) -> None:
    """Whether an event is a goal of a version that cannot be read is for the run to say, once it is there."""
    enrollment = await world.enroll(started=False)
    del world.database.state.campaigns[TENANT, "spring", 1]
    await world.record_event(TENANT, "ann", "purchased", "order-17")

    assert world.database.state.enrollments[enrollment].outcome is None
    assert [row.dispatch for row in await world.timeline(enrollment)] == [Dispatch.PENDING]


async def test_while_the_workflow_service_is_down_nothing_is_lost(world: World) -> None:
    """The caller is told that it is taken; the relay lets the run hear."""
    await world.enroll()
    world.runs.down = True
    won = await world.record_event(TENANT, "ann", "purchased", "order-17")
    world.runs.down = False
    world.clock.advance(minutes=1)
    await world.relay()

    assert won.won == 1
    assert [goals for _, goals in world.runs.goals] == [["purchased"]]


async def test_a_version_that_can_no_longer_be_read_keeps_no_other_from_its_goal(world: World) -> None:
    """Its run carries its plan and can tell whether that is what it wants."""
    gone, other = await world.enroll(campaign="summer"), await world.enroll()
    del world.database.state.campaigns[TENANT, "summer", 1]

    assert (await world.record_event(TENANT, "ann", "purchased", "order-17")).won == 2
    assert sorted(told for told, _ in world.runs.goals) == sorted([gone, other])


# Events that lead to a step ---------------------------------------------------------------------------


@pytest.fixture
async def routed(world: World) -> World:
    """The world with a campaign that goes on at its mail upon an upgrade."""
    goals = ["purchased", {"event": "upgraded", "then": "mail"}]
    await world.publish(campaign="trial", goals=goals)
    return world


async def test_an_event_leads_to_a_step(routed: World) -> None:
    """It is an order to go there, told once for each id; what another campaign wants counts beside it."""
    await routed.publish(campaign="autumn", goals=["upgraded"])
    trial, autumn = [await routed.enroll(campaign=name) for name in ("trial", "autumn")]
    told = [await routed.record_event(TENANT, "ann", "upgraded", event) for event in ("1", "1", "2")]
    rows = await routed.timeline(trial)

    assert told == [EventReport(won=1, moved=1), NOTHING, EventReport(won=1, moved=1)]
    assert [(run, each.step, each.event) for run, each in routed.runs.moved] == [
        (trial, "mail", "upgraded")
    ] * 2
    assert [each for _, each in routed.runs.moved] == [orders.read_move(row) for row in rows]
    assert [(row.kind, row.detail) for row in rows] == [("move", "upgraded -> mail")] * 2
    assert [run for run, _ in routed.runs.goals] == [autumn] * 2


@pytest.mark.parametrize("step", ["mail", "broken", HANDOFF])
async def test_an_event_leads_nobody_back(routed: World, step: str) -> None:
    """Whoever is there, or past it, stays, and so does a case that a human has: there is nothing to store."""
    trial = await routed.enroll(campaign="trial")
    await routed.place(trial, step)

    assert await routed.record_event(TENANT, "ann", "upgraded", "1") == NOTHING
    assert routed.rows == []


async def test_an_event_before_the_start_leads_there_after_it(routed: World) -> None:
    """The run is started all the same, and then hears of it."""
    trial = await routed.enroll(campaign="trial", started=False)
    told = await routed.record_event(TENANT, "ann", "upgraded", "1")
    for _ in range(2):
        routed.clock.advance(minutes=1)
        await routed.relay()

    assert told == EventReport(won=0, moved=1)
    assert routed.database.state.enrollments[trial].outcome is None
    assert routed.runs.starts == [run for run, _ in routed.runs.moved] == [trial]


@pytest.mark.parametrize(
    ("occurred_at", "at"),
    [
        (None, NOW),
        (NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW + timedelta(seconds=1), NOW),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=23))), NOW),
        (datetime(1969, 12, 31, tzinfo=UTC), NOW),
    ],
)
async def test_the_timeline_tells_when_it_happened(
    world: World, occurred_at: datetime | None, at: datetime
) -> None:
    """A time that cannot be is not believed."""
    enrollment = await world.enroll()
    await world.record_event(TENANT, "ann", "purchased", "1", occurred_at)
    [row] = await world.timeline(enrollment)

    assert row.at == at
