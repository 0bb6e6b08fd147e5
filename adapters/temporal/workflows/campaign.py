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
from typing import Any, TypeVar, assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from adapters.temporal.common import mapping, names, retry_policies, task_queues
from adapters.temporal.common.errors import nothing_was_sent, was_never_called
from adapters.temporal.common.payloads import (
    EnrollmentInput,
    HandoffOutcome,
    HandoffPayload,
    Prepared,
    PreparePayload,
    RecordsPayload,
    SendOutcome,
    WaitVerdict,
)
from adapters.temporal.common.plans import dump_plan, load_plan
from application.ports.enrollments import Place
from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    Finish,
    PrepareStep,
    RecordInteraction,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import (
    Cancelled,
    Event,
    GoalReached,
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
from domain.enrollment.migrate import SAFE, migrate
from domain.enrollment.state import Status
from domain.enrollment.turn import Decision, pending_order, step_key

_T = TypeVar("_T")
_Migration = tuple[Plan, dict[str, str]]
"""Another version to go over to, and the moves."""


@workflow.defn(name=names.CAMPAIGN)
class CampaignWorkflow:
    """One enrollment, from its start to its outcome; its id is `domain.idempotency.workflow_id`."""

    @workflow.init
    def __init__(self, start: EnrollmentInput) -> None:
        self._start = start
        self._plan = load_plan(start.campaign, start.version, start.plan)
        self._state = mapping.load_state(start)
        self._inbox: deque[Event | _Migration] = deque()
        self._under_way: list[asyncio.Task[Event]] = []
        self._migration: _Migration | None = None
        if self._state.status is Status.NEW:
            self._inbox.append(Started(workflow.now()))

    @workflow.run
    async def run(self, start: EnrollmentInput) -> str:
        """Follow the plan to its end.

        Returns:
            The outcome: a `domain.enrollment.state.Outcome` value.
        """
        while self._state.outcome is None:
            heard = await self._next()
            if isinstance(heard, tuple):
                self._migration = heard  # the last one counts
            else:
                await self._follow(decide(self._plan, self._state, heard))
            await self._migrate()
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
    def resume(self, *told: Any) -> None:
        """Let it go on; a `domain.pauses.PausePolicy` value says what becomes of what fell due meanwhile."""
        self._inbox.append(Resumed(workflow.now(), mapping.resume_policy(told)))

    @workflow.signal(name=names.CANCEL)
    def cancel(self, *_: Any) -> None:
        """End it."""
        self._inbox.append(Cancelled(workflow.now()))

    @workflow.signal(name=names.HANDOFF_RESOLVED)
    def handoff_resolved(self, *_: Any) -> None:
        """The human has closed the case."""
        self._inbox.append(HandoffResolved(workflow.now()))

    @workflow.signal(name=names.GOAL_REACHED)
    def goal_reached(self, *told: Any) -> None:
        """Events have happened that may be what the campaign is for, by their names."""
        self._inbox.extend(GoalReached(workflow.now(), str(goal)) for goal in told)

    @workflow.signal(name=names.MIGRATE)
    def migrate(self, *told: Any) -> None:
        """Go over to another version: a `MigrateSignal`, taken after what was heard before it."""
        for one in told:
            migration = mapping.migration(self._start.campaign, one)
            if migration is None:
                workflow.logger.warning("A migration that cannot be read was dropped.")
            else:
                self._inbox.append(migration)

    @workflow.query(name=names.STATE)
    def state(self) -> dict[str, Any]:
        """Where the enrollment stands."""
        return mapping.show_state(self._plan, self._state)

    # Decisions ---------------------------------------------------------------------------------------

    async def _follow(self, decision: Decision) -> None:
        """Take over what was decided, write it down, and begin what it orders."""
        before = step_key(self._plan, self._state)
        self._state = decision.state
        here = step_key(self._plan, self._state)
        moved = here != before and decision.state.outcome is None  # who has ended stands nowhere
        await self._carry_out(decision.commands, Place(self._plan.version, here) if moved else None)

    async def _migrate(self) -> None:
        """Go over to another version, where one is wanted and nothing is under way."""
        if self._migration is None or self._under_way or self._state.status not in SAFE:
            return
        (plan, moves), self._migration = self._migration, None
        decision = migrate(self._plan, plan, self._state, moves, workflow.now())
        if decision is None:
            workflow.logger.warning("A migration has no place for this run, which stays as it is.")
            return
        self._state = decision.state
        if decision.state.outcome is not None:  # it ends at the version that it has
            await self._carry_out(decision.commands, None)
            return
        self._plan = plan
        rules = decision.state.rules
        self._start = replace(self._start, version=plan.version, plan=dump_plan(plan), rules=rules)
        await self._carry_out(decision.commands, Place(plan.version, step_key(plan, decision.state)))

    # Facts in ----------------------------------------------------------------------------------------

    async def _next(self) -> Event | _Migration:
        """What was heard next; the timer's fact comes only when there is nothing else."""
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

    async def _carry_out(self, commands: Sequence[Command], place: Place | None) -> None:
        records = mapping.dump_records(commands, place)
        if records is not None:
            await self._write(records)
        for command in commands:
            match command:
                case SendMessage():
                    self._begin(self._send(command))
                case PrepareStep():
                    self._begin(self._prepare(command))
                case CheckWait():
                    self._begin(self._check(command))
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
            **retry_policies.books(),
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
        payload = mapping.send_payload(order, patience)
        options = retry_policies.send()
        options["task_queue"] = task_queues.of_channel(workflow.info().task_queue, order.channel)
        try:
            outcome = await workflow.execute_activity(
                names.SENDS[order.channel],
                args=[self._start.enrollment_id, payload],
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

    async def _prepare(self, order: PrepareStep) -> Event:
        asked = PreparePayload(order.step, workflow.now().isoformat())
        told = await self._ask(names.STEP_PREPARE, asked, Prepared)
        now = workflow.now()
        return (
            self._abandoned(names.STEP_PREPARE)
            if told is None
            else mapping.prepared_fact(told, order.step, now)
        )

    async def _check(self, order: CheckWait) -> Event:
        asked = mapping.wait_payload(order, workflow.now())
        told = await self._ask(names.WAIT_CHECK, asked, WaitVerdict)
        now = workflow.now()
        return self._abandoned(names.WAIT_CHECK) if told is None else mapping.wait_fact(told, order, now)

    async def _ask(self, activity: str, question: Any, answer: type[_T]) -> _T | None:
        """Ask the books, within the run's own task; None where they can never answer."""
        try:
            told: _T = await workflow.execute_local_activity(
                activity,
                args=[self._start.enrollment_id, question],
                result_type=answer,
                **retry_policies.books(),
            )
        except FailureError as error:
            if is_cancelled_exception(error):  # dropped by `_settle`
                raise
            return None
        return told

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
