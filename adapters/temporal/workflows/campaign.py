"""The durable run of one enrollment: an interpreter of the domain's orders, and nothing more.

Facts come into the inbox: from signals, from activities that ended, from the timer. The run takes them one
by one, asks `decide`, and carries out the orders. Nothing is awaited that could keep a later fact waiting,
except the timeline's rows; so a cancellation reaches a run whose provider is down. Temporal's own cancel
request is a fact like any other, wherever it meets the run: no run ends without its outcome being written.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any, assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from adapters.temporal.common import mapping, names, retry_policies, task_queues
from adapters.temporal.common.errors import nothing_was_sent, was_never_called
from adapters.temporal.common.payloads import (
    EnrollmentInput,
    HandoffOutcome,
    HandoffPayload,
    RecordsPayload,
    SendOutcome,
    SendPayload,
)
from adapters.temporal.common.plans import load_plan
from domain.enrollment.commands import (
    Command,
    CreateHandoff,
    Finish,
    RecordInteraction,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide, pending_order
from domain.enrollment.events import (
    Cancelled,
    Event,
    HandoffCreated,
    HandoffResolved,
    OptedOut,
    Paused,
    Resumed,
    SendFailed,
    SendUnknown,
    Started,
    WaitElapsed,
)
from domain.enrollment.state import Status


@workflow.defn(name=names.CAMPAIGN)
class CampaignWorkflow:
    """One enrollment, from its start to its outcome; its id is `domain.idempotency.workflow_id`."""

    @workflow.init
    def __init__(self, start: EnrollmentInput) -> None:
        self._start = start
        self._plan = load_plan(start.campaign, start.version, start.plan)
        self._state = mapping.load_state(start)
        self._inbox: deque[Event] = deque()
        self._under_way: list[asyncio.Task[Event]] = []
        if self._state.status is Status.NEW:
            self._inbox.append(Started(workflow.now()))

    @workflow.run
    async def run(self, start: EnrollmentInput) -> str:
        """Follow the plan to its end.

        Returns:
            The outcome: a `domain.enrollment.state.Outcome` value.
        """
        while self._state.outcome is None:
            decision = decide(self._plan, self._state, await self._next_fact())
            self._state = decision.state
            await self._carry_out(decision.commands)
        await self._settle()
        return self._state.outcome.value

    # What is heard -----------------------------------------------------------------------------------
    # Anybody can send a signal by hand, so every handler takes any arguments: a handler that raises would
    # hold up the run.

    @workflow.signal(name=names.PROVIDER_EVENT)
    def provider_event(self, *told: Any) -> None:
        """A provider reports about attempts: one `ProviderEventSignal` for each event."""
        for one in told:
            event = mapping.provider_event(one, workflow.now())
            if event is None:
                workflow.logger.warning("A provider event that cannot be read was dropped.")
            else:
                self._inbox.append(event)

    @workflow.signal(name=names.OPTED_OUT)
    def opted_out(self, *_: Any) -> None:
        """The person must not be contacted any more."""
        self._inbox.append(OptedOut(workflow.now()))

    @workflow.signal(name=names.PAUSE)
    def pause(self, *_: Any) -> None:
        """Hold the enrollment."""
        self._inbox.append(Paused(workflow.now()))

    @workflow.signal(name=names.RESUME)
    def resume(self, *_: Any) -> None:
        """Let it go on."""
        self._inbox.append(Resumed(workflow.now()))

    @workflow.signal(name=names.CANCEL)
    def cancel(self, *_: Any) -> None:
        """End it."""
        self._inbox.append(Cancelled(workflow.now()))

    @workflow.signal(name=names.HANDOFF_RESOLVED)
    def handoff_resolved(self, *_: Any) -> None:
        """The human has closed the case."""
        self._inbox.append(HandoffResolved(workflow.now()))

    @workflow.query(name=names.STATE)
    def state(self) -> dict[str, Any]:
        """Where the enrollment stands."""
        return mapping.show_state(self._plan, self._state)

    # Facts in ----------------------------------------------------------------------------------------

    async def _next_fact(self) -> Event:
        """The next fact; the timer's comes only when there is no other."""
        order = pending_order(self._plan, self._state)
        wait = order if isinstance(order, WaitUntil) else None
        if not self._heard():
            self._continue_if_long()
            await self._listen(wait)
        self._collect()
        if self._inbox or wait is None:
            return self._inbox.popleft()
        # The timer may be a trifle early by the clock of the task that it wakes.
        return WaitElapsed(max(workflow.now(), wait.at), wait.step, wait.attempt)

    async def _listen(self, wait: WaitUntil | None) -> None:
        timeout = None if wait is None else wait.at - workflow.now()
        if timeout is not None and timeout.total_seconds() <= 0:
            return
        try:
            await workflow.wait_condition(self._heard, timeout=timeout)
        except TimeoutError:
            return
        except asyncio.CancelledError:  # Temporal's own cancel request; the timeline is to know of it
            self._inbox.append(Cancelled(workflow.now()))

    def _heard(self) -> bool:
        return bool(self._inbox) or any(task.done() for task in self._under_way)

    def _collect(self) -> None:
        """Put what has ended into the inbox."""
        ended = [task for task in self._under_way if task.done()]
        self._under_way = [task for task in self._under_way if task not in ended]
        self._inbox.extend(task.result() for task in ended)

    def _continue_if_long(self) -> None:
        """Go on as a new run when the history has become long; the inbox is empty here."""
        if workflow.info().is_continue_as_new_suggested() and not self._under_way:
            workflow.continue_as_new(replace(self._start, state=mapping.dump_state(self._state)))

    # Orders out --------------------------------------------------------------------------------------

    async def _carry_out(self, commands: Sequence[Command]) -> None:
        records = mapping.dump_records(commands)
        if records is not None:
            await self._write(records)
        for command in commands:
            match command:
                case SendMessage():
                    self._begin(self._send(command))
                case CreateHandoff():
                    self._begin(self._hand_over(command))
                case WaitUntil() | RecordInteraction() | Finish():
                    pass  # the wait is a part of the state, the rows are written
                case _:
                    assert_never(command)

    async def _write(self, records: RecordsPayload) -> None:
        rows: asyncio.Task[int] = workflow.start_local_activity(
            names.INTERACTIONS_LOG,
            args=[self._start.enrollment_id, records],
            result_type=int,
            **retry_policies.interactions_log(),
        )
        await self._ended([rows])
        try:
            rows.result()
        except FailureError:  # of a local activity the failure comes as it is, not as an ActivityError
            self._inbox.append(self._abandoned(names.INTERACTIONS_LOG))

    def _begin(self, work: Coroutine[Any, Any, Event]) -> None:
        self._under_way.append(asyncio.create_task(work))

    async def _send(self, order: SendMessage) -> Event:
        patience = retry_policies.send_patience(self._plan.patience).total_seconds()
        options = retry_policies.send()
        options["task_queue"] = task_queues.of_channel(workflow.info().task_queue, order.channel)
        try:
            outcome = await workflow.execute_activity(
                names.SENDS[order.channel],
                args=[self._start.enrollment_id, SendPayload(order.step, order.attempt, patience)],
                result_type=SendOutcome,
                **options,
            )
        except ActivityError as error:
            # An earlier version ordered it and let it wait for so long only. Evaluated here alone: a run that
            # went on without the message, under that version, replays as it was.
            if was_never_called(error) and workflow.patched(names.QUEUE_IS_NOT_PATIENCE):
                return await self._send(order)
            fact = SendFailed if nothing_was_sent(error) else SendUnknown
            return fact(workflow.now(), order.step, order.attempt)
        return mapping.send_fact(outcome, order, workflow.now())

    async def _hand_over(self, order: CreateHandoff) -> Event:
        try:
            await workflow.execute_activity(
                names.HANDOFF_CREATE,
                args=[self._start.enrollment_id, HandoffPayload(order.step, order.reason)],
                result_type=HandoffOutcome,
                **retry_policies.handoff(),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):  # dropped by `_settle`
                raise
            return self._abandoned(names.HANDOFF_CREATE)
        return HandoffCreated(workflow.now())

    def _abandoned(self, activity: str) -> Cancelled:
        """What it means that work which is repeated without an end was given up for good.

        The books do not know the enrollment, or its campaign, any more: whoever took it out has ended it. No
        human has the case, so it does not pass for handed over.
        """
        workflow.logger.error("%s can never succeed: the run ends as cancelled.", activity)
        return Cancelled(workflow.now())

    async def _settle(self) -> None:
        """Leave nothing under way: a call that is being made ends, one that is backing off is dropped.

        Facts that come meanwhile are dropped too: nothing changes an enrollment that has ended.
        """
        for task in self._under_way:
            task.cancel()
        await self._ended(self._under_way)
        for task in self._under_way:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not report it

    async def _ended(self, work: Sequence[asyncio.Task[Any]]) -> None:
        """Wait until all of it has ended; a cancel request that comes meanwhile stops none of it."""
        while not all(task.done() for task in work):
            try:
                await workflow.wait(work)
            except asyncio.CancelledError:
                self._inbox.append(Cancelled(workflow.now()))
