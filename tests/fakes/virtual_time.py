"""Runs on a Temporal server that skips time, each kept in step with a clock that the test moves.

All that is known of the server's time skipping, which is experimental, is in here. Each run has a time of its
own there, which goes on as the world's does until it is told to skip. So whoever moves a clock lets its runs
follow, from one time at which anything happens to the next.
"""

import asyncio
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen
from temporalio import activity
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.common import names
from domain.enrollment.state import Status
from domain.enrollment.turn import TIMED
from domain.idempotency import workflow_id
from tests.fakes.clock import FakeClock

POLL_SECONDS = 0.02

AHEAD = timedelta(seconds=10)
"""How much further than its clock's a run's time goes when something falls due.

The server skips only while a run does nothing, and stops at the time that it was told. Should that time come
while the run is at work, it does not notice, and skips on to whatever is next. So it lies past the work.
"""

_TIMED = {status.value for status in TIMED}
_NOT_BEGUN = {"status": Status.NEW.value}


class Clocks:
    """The port `Clock` where each run goes by the clock of its person: in its activities, too."""

    def __init__(self) -> None:
        self._of_runs: dict[str, FakeClock] = {}
        self._of_task: ContextVar[FakeClock] = ContextVar("clock")

    def __call__(self) -> datetime:
        """The time on the clock of the run whose activity this is, or of the task."""
        if activity.in_activity():
            return self._of_runs[activity.info().workflow_id or ""]()
        return self._of_task.get()()

    def go_by(self, clock: FakeClock) -> None:
        """Let the task, and those that it begins, go by a clock."""
        self._of_task.set(clock)

    def tie(self, enrollment_id: str) -> None:
        """Let a run go by the clock of this task."""
        self._of_runs[workflow_id(enrollment_id)] = self._of_task.get()


@frozen
class VirtualTime:
    """Starts runs at the time of a clock, and lets them follow it.

    Args:
        server: `tests.fakes.temporal_server.time_skipping`.
        clock: later than the world's: a run can begin in the future, and not in the past.
        client: on which runs start at the clock's time.
    """

    server: WorkflowEnvironment
    clock: Clocks = field(factory=Clocks)
    client: Client = field(init=False)

    @client.default
    def _starting_by_the_clock(self) -> Client:
        config = self.server.client.config()
        config["interceptors"] = [*config["interceptors"], _StartsByClock(self.clock)]
        return Client(**config)

    async def follow(self, enrollment_id: str) -> datetime | None:
        """Let a run do all that falls due until the clock's time.

        Returns:
            When it is due next; None where it has ended.
        """
        await self._skip(enrollment_id, self.clock() + AHEAD)
        return await self.settled(enrollment_id)

    async def bring(self, enrollment_id: str) -> None:
        """Let the time of a run that only waits go on to the clock's."""
        await self._skip(enrollment_id, self.clock())

    async def settled(self, enrollment_id: str) -> datetime | None:
        """Wait until a run does nothing but wait for a time past the clock's.

        Returns:
            That time; None where it has ended.
        """
        run = self._run(enrollment_id)
        while True:
            state = await _state(run)
            if state["status"] == Status.FINISHED.value:
                await run.result()
                return None
            if state["status"] in _TIMED and state["due"] is not None:
                due = datetime.fromisoformat(state["due"])
                if due > self.clock():
                    return due
            await asyncio.sleep(POLL_SECONDS)

    async def _skip(self, enrollment_id: str, to: datetime) -> None:
        run = self._run(enrollment_id)
        behind = to - await self.server.get_current_time(run)
        if behind > timedelta(0):
            await self.server.fast_forward(run, behind)

    def _run(self, enrollment_id: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id(enrollment_id))


async def _state(run: WorkflowHandle[Any, Any]) -> dict[str, Any]:
    try:
        state: dict[str, Any] = await run.query(names.STATE)
    except RPCError as error:
        if error.status is not RPCStatusCode.FAILED_PRECONDITION:
            raise
        return _NOT_BEGUN  # it is to begin at this instant
    return state


def server_time() -> datetime:
    """What time the server says it is in the run whose activity this is."""
    return activity.info().started_time


class _StartsByClock(Interceptor):
    """Lets each run begin at the time of a clock."""

    def __init__(self, clock: Clocks) -> None:
        self._clock = clock

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 # the SDK's
        return _Starting(next, self._clock)


class _Starting(OutboundInterceptor):
    def __init__(self, next_one: OutboundInterceptor, clock: Clocks) -> None:
        super().__init__(next_one)
        self._clock = clock

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 # so
        input.start_delay = self._clock() - datetime.now(UTC)
        return await super().start_workflow(input)
