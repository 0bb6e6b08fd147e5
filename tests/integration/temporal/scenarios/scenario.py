"""What a scenario is: a run that goes one way, on a real server, in real time."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from attrs import field, frozen
from temporalio.client import Client, WorkflowHandle

from domain.campaign import Plan
from tests.integration.temporal import world
from tests.integration.temporal.firing import Enrolling, firing
from tests.integration.temporal.world import FakeActivities, Handle


@frozen
class Stage:
    """Where a scenario is played.

    Args:
        client: of a server.
        task_queue: of its own.
        activities: of campaigns, which do as they are told.
        enrolling: those of batches, likewise.
    """

    client: Client
    task_queue: str
    activities: FakeActivities = field(factory=FakeActivities)
    enrolling: Enrolling = field(factory=Enrolling)

    async def start(self, plan: Plan) -> Handle:
        """Start a run as the application does."""
        return await world.start(self.client, self.task_queue, plan)

    async def waiting(self, plan: Plan) -> Handle:
        """Start a run, and wait until it waits for an answer."""
        handle = await self.start(plan)
        await world.until(handle, status="waiting")
        return handle


Runs = Mapping[str, WorkflowHandle[Any, Any]]
Workers = Callable[[Stage], AbstractAsyncContextManager[None]]


def of_campaigns(stage: Stage) -> AbstractAsyncContextManager[None]:
    """Workers for campaigns."""
    return world.working(stage.client, stage.task_queue, stage.activities)


def of_batches(stage: Stage) -> AbstractAsyncContextManager[None]:
    """Workers for batches and for schedules."""
    return firing(stage.client, stage.task_queue, stage.enrolling)


@frozen
class Scenario:
    """One way that a run can go.

    Args:
        play: lets it happen; gives the run, or several runs by what tells their files apart.
        workers: who works meanwhile.
        settings: of the server, as ``KEY=JSON``; with any, the server is the scenario's own.
    """

    play: Callable[[Stage], Awaitable[WorkflowHandle[Any, Any] | Runs]]
    workers: Workers = of_campaigns
    settings: tuple[str, ...] = ()

    async def played(self, stage: Stage) -> Runs:
        """Play it; its runs by what tells their files apart, nothing where it is one."""
        runs = await self.play(stage)
        return runs if isinstance(runs, Mapping) else {"": runs}
