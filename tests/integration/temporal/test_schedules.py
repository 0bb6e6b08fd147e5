"""Schedules on a real server: what the port promises, and firings that enroll."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import frozen
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleSpec
from temporalio.client import Schedule as TemporalSchedule
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.activities.batch_start import even_pace
from adapters.temporal.batches import TemporalBatchRuns
from adapters.temporal.client import connect
from adapters.temporal.gateway import TemporalRuns
from adapters.temporal.runtime import build_worker
from adapters.temporal.schedule_gateway import TemporalSchedules
from application.enroll_audience import EnrollAudience
from application.errors import RunRefused, RunsUnavailable
from application.ports.batches import Batch
from application.ports.schedules import Firing, FiringState, Planned, Schedules
from application.start_batch import StartBatch
from domain.batches import BatchState, audience_source, run_id
from domain.contact import Contact
from domain.idempotency import schedule_id, scheduled_batch_id
from domain.schedule_form import read_schedule
from domain.schedules import Schedule
from tests.fakes.schedules import FakeSchedules
from tests.integration.temporal.firing import Enrolling, firing
from tests.unit.application.world import TENANT, World

DAILY = {"at": ["09:00"]}


def schedule(key: str = "leads", when: object = DAILY, **rest: Any) -> Schedule:
    """A schedule of the audience ``leads``, for the campaign ``welcome`` unless another one is given."""
    return read_schedule(key, {"campaign": "welcome", "audience": "leads", "when": when, **rest})


@pytest.fixture
def tenant() -> str:
    """A tenant of the test's own: the server is shared."""
    return f"tenant-{uuid.uuid4()}"


@pytest.fixture(params=["fake", "temporal"])
def schedules(request: pytest.FixtureRequest, task_queue: str) -> Schedules:
    """What the contract is about."""
    if request.param == "fake":
        return FakeSchedules()
    server: WorkflowEnvironment = request.getfixturevalue("temporal")
    return TemporalSchedules(server.client, task_queue)


async def found(schedules: Schedules, tenant: str, key: str = "leads") -> Planned:
    """The schedule, which must be there."""
    planned = await schedules.get(tenant, key)
    assert planned is not None
    return planned


async def test_a_schedule_comes_back_as_it_was_written(schedules: Schedules, tenant: str) -> None:
    """Whatever can be said of one."""
    wanted = schedule(
        when={"at": ["09:00", "17:30"], "weekdays": ["mon-fri"], "months": ["jan"]},
        version=3,
        rate=2.5,
        time_zone="America/Chicago",
        jitter="5m",
        overlap="buffer_one",
        catch_up="2h",
        starts_at="2026-01-01T00:00:00Z",
        ends_at="2126-01-01T00:00:00+02:00",
        note="Leads of the form",
    )
    is_new = await schedules.put(tenant, wanted)
    planned = await found(schedules, tenant)

    assert is_new is True
    assert planned.schedule == wanted
    assert (planned.paused, planned.remark, planned.firings) == (False, "Leads of the form", ())
    assert planned.next_at


async def test_a_second_time_changes_it(schedules: Schedules, tenant: str) -> None:
    """There is one of a key; whoever has paused it finds it paused."""
    await schedules.put(tenant, schedule())
    await schedules.pause(tenant, "leads", "for a while")
    is_new = await schedules.put(tenant, schedule(when={"every": "6h"}, rate=1.0))
    planned = await found(schedules, tenant)

    assert is_new is False
    assert planned.schedule == schedule(when={"every": "6h"}, rate=1.0)
    assert (planned.paused, planned.remark) == (True, "for a while")


async def test_one_can_be_held_and_released(schedules: Schedules, tenant: str) -> None:
    """By its maker and by whoever is on call, who can say why."""
    await schedules.put(tenant, schedule(), paused=True)
    states = [await found(schedules, tenant)]
    await schedules.put(tenant, schedule(), paused=False)
    states.append(await found(schedules, tenant))
    assert await schedules.pause(tenant, "leads", "for a while") is True
    states.append(await found(schedules, tenant))
    assert await schedules.unpause(tenant, "leads", "all is well") is True
    states.append(await found(schedules, tenant))

    assert [(each.paused, each.remark) for each in states] == [
        (True, ""),
        (False, ""),
        (True, "for a while"),
        (False, "all is well"),
    ]


async def test_what_is_not_there_is_told(schedules: Schedules, tenant: str) -> None:
    """Another tenant's schedule is not there either."""
    await schedules.put("others", schedule())
    now = datetime.now(UTC)

    assert await schedules.get(tenant, "leads") is None
    assert await schedules.trigger(tenant, "leads") is False
    assert await schedules.pause(tenant, "leads", "") is False
    assert await schedules.unpause(tenant, "leads", "") is False
    assert await schedules.backfill(tenant, "leads", now - timedelta(days=1), now) is False
    assert await schedules.delete(tenant, "leads") is False
    assert await schedules.page(tenant, None, 10) == []


@pytest.mark.parametrize("odd", ["", ":b", " o'clock\\"])
async def test_a_tenant_lists_its_own(schedules: Schedules, tenant: str, odd: str) -> None:
    """By key, page by page; not those of a tenant whose name goes on like its own."""
    tenant += odd
    for whose, key in ((tenant, "b"), (tenant, "a"), (tenant, "c"), (f"{tenant}:b", "d"), (tenant[:-1], "e")):
        await schedules.put(whose, schedule(key))
    await until(lambda: schedules.page(tenant, None, 10), lambda page: len(page) == 3)
    page = await schedules.page(tenant, None, 2)
    rest = await schedules.page(tenant, "b", 2)

    assert [each.schedule.key for each in page] == ["a", "b"]
    assert [each.schedule.key for each in rest] == ["c"]


async def test_a_deleted_one_is_gone(schedules: Schedules, tenant: str) -> None:
    """Its key is free again."""
    await schedules.put(tenant, schedule())
    deleted = await schedules.delete(tenant, "leads")
    gone = await schedules.get(tenant, "leads")

    assert (deleted, gone) == (True, None)
    assert await schedules.put(tenant, schedule()) is True


async def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as wanted; the test's time-out ends it otherwise."""
    while not wanted(answer := await ask()):  # noqa: ASYNC110 # the server tells nobody
        await asyncio.sleep(0.02)
    return answer


@pytest.mark.parametrize(
    ("when", "times"),
    [
        ({"at": ["09:00"]}, ["14:00", "15:00", "15:00", "14:00"]),
        ({"cron": ["0 9 * * *"]}, ["14:00", "15:00", "15:00", "14:00"]),
    ],
)
@pytest.mark.parametrize(
    ("starts", "which"),
    [("2031-11-01T00:00:00Z", slice(0, 2)), ("2031-03-08T00:00:00Z", slice(2, 4))],
)
async def test_nine_in_chicago_is_nine_in_chicago_over_clock_changes(
    temporal: WorkflowEnvironment, tenant: str, when: object, times: list[str], starts: str, which: slice
) -> None:
    """An hour later in UTC from the second of November on, and an hour earlier from the ninth of March on."""
    schedules = TemporalSchedules(temporal.client)
    await schedules.put(tenant, schedule(when=when, time_zone="America/Chicago", starts_at=starts))
    planned = await found(schedules, tenant)

    assert [f"{at:%H:%M}" for at in planned.next_at[:2]] == times[which]


async def test_the_server_understands_every_form(temporal: WorkflowEnvironment, tenant: str) -> None:
    """What the domain lets pass is not refused, and means the same."""
    schedules = TemporalSchedules(temporal.client)
    forms = {
        "@monthly": ["02-01 00:00", "03-01 00:00"],
        "*/20 9-10 * * 7": ["01-05 09:00", "01-05 09:20"],
        "0 9 * * sun": ["01-05 09:00", "01-12 09:00"],
        "0 9 * * 5-7": ["01-03 09:00", "01-04 09:00"],
        "0 9 1,15 jan-MAR *": ["01-15 09:00", "02-01 09:00"],
        "5/30 0 * * Monday": ["01-06 00:05", "01-06 00:35"],
    }
    seen = {}
    for number, expression in enumerate(forms):
        made = schedule(f"k{number}", {"cron": [expression]}, starts_at="2031-01-01T12:00:00Z")
        await schedules.put(tenant, made)
        planned = await found(schedules, tenant, f"k{number}")
        seen[expression] = [f"{at:%m-%d %H:%M}" for at in planned.next_at[:2]]

    assert seen == forms


async def test_calendars_mean_what_they_say(temporal: WorkflowEnvironment, tenant: str) -> None:
    """Days, months and weekdays must all hold; each time of day comes."""
    schedules = TemporalSchedules(temporal.client)
    when = {"at": ["09:30", "17:00"], "weekdays": "fri", "days": [13], "months": "jun-nov"}
    await schedules.put(tenant, schedule(when=when, starts_at="2031-01-01T00:00:00Z"))
    planned = await found(schedules, tenant)

    assert [f"{at:%Y-%m-%d %H:%M}" for at in planned.next_at[:3]] == [
        "2031-06-13 09:30",
        "2031-06-13 17:00",
        "2032-08-13 09:30",
    ]


async def test_what_the_server_does_not_take_is_told(temporal: WorkflowEnvironment, tenant: str) -> None:
    """In its own words: there may be a zone here that it does not know."""
    with pytest.raises(RunRefused, match="unknown time zone Mars/Base"):
        await TemporalSchedules(temporal.client).put(tenant, schedule(time_zone="Mars/Base"))


async def test_nobody_listens() -> None:
    """With Temporal down, every call says so at once."""
    schedules = TemporalSchedules(await connect(address="127.0.0.1:1", lazy=True))

    with pytest.raises(RunsUnavailable, match="cannot be reached"):
        await schedules.put("acme", schedule())
    with pytest.raises(RunsUnavailable, match="cannot be reached"):
        await schedules.page("acme", None, 10)


async def test_a_schedule_of_somebody_else_under_such_an_id_is_not_read(
    temporal: WorkflowEnvironment, tenant: str
) -> None:
    """It is told as that, and hides no other one in the list."""
    schedules = TemporalSchedules(temporal.client)
    await schedules.put(tenant, schedule("mine"))
    theirs = ScheduleActionStartWorkflow("other", {"odd": 1}, id="other", task_queue="other")
    await temporal.client.create_schedule(
        schedule_id(tenant, "theirs"), TemporalSchedule(theirs, ScheduleSpec(cron_expressions=["@daily"]))
    )
    page = await until(lambda: schedules.page(tenant, None, 10), bool)

    assert [each.schedule.key for each in page] == ["mine"]
    with pytest.raises(RunRefused, match="was not made by drumbeat"):
        await schedules.get(tenant, "theirs")


async def test_a_failed_firing_says_why(temporal: WorkflowEnvironment, task_queue: str, tenant: str) -> None:
    """Somebody has deleted the audience."""
    schedules, enrolling = TemporalSchedules(temporal.client, task_queue), Enrolling()
    enrolling.failure = ApplicationError(
        "there is no audience leads", type="UnknownAudience", non_retryable=True
    )
    await schedules.put(tenant, schedule(), paused=True)
    async with firing(temporal.client, task_queue, enrolling):
        await schedules.trigger(tenant, "leads")
        planned = await until(
            lambda: schedules.get(tenant, "leads", 5),
            lambda told: told.firings and told.firings[0].state is not FiringState.RUNNING,
        )

    assert [(each.state, each.problem) for each in planned.firings] == [
        (FiringState.FAILED, "there is no audience leads")
    ]


async def test_whoever_asks_for_the_batch_of_a_firing_joins_it(
    temporal: WorkflowEnvironment, task_queue: str, tenant: str
) -> None:
    """As the relay does where a batch stands still: two at once would start runs at twice its rate."""
    schedules, enrolling = TemporalSchedules(temporal.client, task_queue), Enrolling()
    enrolling.goes_on.clear()
    await schedules.put(tenant, schedule(), paused=True)
    async with firing(temporal.client, task_queue, enrolling):
        await schedules.trigger(tenant, "leads")
        await until(lambda: asyncio.sleep(0, enrolling.begun), bool)
        [batch_id] = enrolling.begun
        batch = Batch(batch_id, tenant, "welcome", 1, audience_source("leads"), datetime.now(UTC))
        await TemporalBatchRuns(temporal.client, task_queue).start(batch)
        joined = temporal.client.get_workflow_handle(run_id(batch_id))
        enrolling.goes_on.set()
        await joined.result()
        planned = await until(
            lambda: schedules.get(tenant, "leads", 5), lambda told: told.firings[0].state is FiringState.DONE
        )

    assert enrolling.begun == [batch_id]
    assert len(enrolling.asked) == 1
    assert [each.batch_id for each in planned.firings] == [batch_id]


async def test_times_past_are_made_up_for(
    temporal: WorkflowEnvironment, task_queue: str, tenant: str
) -> None:
    """One after the other, the edges included, each with a batch of its own; again is no second batch."""
    schedules, enrolling = TemporalSchedules(temporal.client, task_queue), Enrolling()
    await schedules.put(tenant, schedule(version=2, rate=5.0), paused=True)
    stretch = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 4, 9, tzinfo=UTC))
    async with firing(temporal.client, task_queue, enrolling):
        await schedules.backfill(tenant, "leads", *stretch)
        planned = await until(
            lambda: schedules.get(tenant, "leads", 5),
            lambda told: [each.state for each in told.firings] == [FiringState.DONE] * 3,
        )
        await schedules.backfill(tenant, "leads", *stretch)
        again = await until(lambda: schedules.get(tenant, "leads", 5), lambda told: told.fired == 6)

    assert [f"{each.due_at:%m-%d %H:%M}" for each in planned.firings] == [
        "03-04 09:00",
        "03-03 09:00",
        "03-02 09:00",
    ]
    assert [each.batch_id for each in planned.firings] == list(reversed(enrolling.begun))
    assert {each.batch_id for each in again.firings} == set(enrolling.begun)
    assert enrolling.begun[0] == scheduled_batch_id(f"scheduled:{tenant}:leads-2026-03-02T09:00:00Z")
    assert [(each.campaign, each.audience, each.version, each.rate) for each in enrolling.asked] == [
        ("welcome", "leads", 2, 5.0)
    ] * 3


@frozen
class Site:
    """A tenant with a campaign and a list of leads, on a real database and a real server.

    Args:
        world: its parts.
        client: of Temporal.
        task_queue: of the test's own.
        schedules: what is tested.
    """

    world: World
    client: Client
    task_queue: str
    schedules: TemporalSchedules

    def worker(self) -> AbstractAsyncContextManager[None]:
        """A worker with everything."""
        runs = TemporalRuns(self.client, self.task_queue)
        return build_worker(
            self.client,
            send_message=self.world.send,
            log_interactions=self.world.log_interactions,
            create_handoff=self.world.create_handoff,
            prepare_step=self.world.prepare_step,
            check_wait=self.world.check_wait,
            start_batch=StartBatch(self.world.database, runs, self.world.clock, even_pace),
            enroll_audience=EnrollAudience(self.world.database, self.world.clock),
            task_queue=self.task_queue,
            drain=timedelta(seconds=5),
        )

    async def leads(self, *names: str) -> None:
        """Put people on the list."""
        people = [
            Contact(f"contact-{name}", name, f"+1202555{number:04}") for number, name in enumerate(names)
        ]
        async with self.world.database.transaction() as tx:
            await tx.contacts.upsert(TENANT, people)
            await tx.audiences.add_members(TENANT, "leads", [person.id for person in people])

    async def fired(self, state: FiringState, but: str = "") -> Firing:
        """Wait for the last firing to be in a state, and another one than a batch of these."""

        async def look() -> Firing | None:
            planned = await self.schedules.get(TENANT, self.key, 1)
            return planned.firings[0] if planned is not None and planned.firings else None

        def wanted(seen: Firing | None) -> bool:
            return seen is not None and seen.state is state and seen.batch_id != but

        firing: Firing = await until(look, wanted)
        return firing

    async def batch(self, firing: Firing) -> Batch | None:
        """What a firing has enrolled."""
        async with self.world.database.transaction() as tx:
            return await tx.batches.get(firing.batch_id)

    @property
    def key(self) -> str:
        """Of the schedule: the server is shared."""
        return f"k-{self.task_queue[-12:]}"

    @property
    def enrolled(self) -> list[tuple[str, bool]]:
        """Who is enrolled, and whether the run is started."""
        rows = self.world.database.state.enrollments.values()
        return sorted((each.contact_id, each.started_at is not None) for each in rows)


@pytest.fixture
async def site(temporal: WorkflowEnvironment, task_queue: str) -> AsyncIterator[Site]:
    """The schedule is deleted at the end: it would fire on and on."""
    world = World()
    await world.publish()
    async with world.database.transaction() as tx:
        await tx.audiences.put(TENANT, "leads", {}, world.clock())
    made = Site(world, temporal.client, task_queue, TemporalSchedules(temporal.client, task_queue))
    yield made
    await made.schedules.delete(TENANT, made.key)


async def test_the_next_firing_enrolls_the_audience(site: Site) -> None:
    """With the runs of those who are new in it, each once."""
    await site.leads("ann", "bob")
    async with site.worker():
        await site.schedules.put(TENANT, schedule(site.key, {"every": "1s"}, campaign="spring"))
        first = await site.fired(FiringState.DONE)
        batch = await site.batch(first)
        later = await site.fired(FiringState.DONE, but=first.batch_id)
        again = await site.batch(later)

    assert batch is not None
    assert (batch.source, batch.version, batch.state) == ("audience:leads", 1, BatchState.DONE)
    assert (batch.enrolled, batch.started, batch.already) in {(2, 2, 0), (0, 0, 2)}
    assert again is not None
    assert (again.enrolled, again.already) == (0, 2)
    assert site.enrolled == [("contact-ann", True), ("contact-bob", True)]


async def test_what_fires_while_no_worker_is_there_is_carried_out_once(site: Site) -> None:
    """The firing waits for the next worker; what falls due meanwhile is skipped, since it still goes on."""
    await site.leads("ann")
    async with site.worker():
        await site.schedules.put(TENANT, schedule(site.key, {"every": "1s"}, campaign="spring"))
        await site.fired(FiringState.DONE)
        await site.schedules.pause(TENANT, site.key, "so that nothing is under way when the worker stops")
        await site.fired(FiringState.DONE)
    await site.schedules.unpause(TENANT, site.key, "all is well")
    missed = await site.fired(FiringState.RUNNING)
    await site.leads("bob")
    await until(lambda: site.schedules.get(TENANT, site.key), lambda told: told.skipped > 0)
    before = site.enrolled
    async with site.worker():
        await until(lambda: site.batch(missed), lambda batch: batch and batch.state is BatchState.DONE)
        await site.fired(FiringState.DONE)
        batch = await site.batch(missed)

    assert before == [("contact-ann", True)]
    assert batch is not None
    assert (batch.enrolled, batch.started, batch.already) == (1, 1, 1)
    assert site.enrolled == [("contact-ann", True), ("contact-bob", True)]
