"""The durable run of one enrollment: an interpreter of the domain's orders, and nothing more.

Facts come into the inbox: from signals, from activities that ended, from the timer. The run takes them one
by one, asks `decide`, and carries out the orders. Nothing is awaited that could keep a later fact waiting,
except the timeline's rows; so a cancellation reaches a run whose provider is down. Temporal's own cancel
request is a fact like any other, wherever it meets the run: no run ends without its outcome being written.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, assert_never

from temporalio import workflow

from adapters.temporal.common import mapping, names
from adapters.temporal.common.payloads import EnrollmentInput
from adapters.temporal.common.plans import dump_plan, load_plan
from adapters.temporal.workflows.errands import Errands
from adapters.temporal.workflows.signals import Heard, Migration, Signals
from application.ports.enrollments import Place
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
from domain.enrollment.events import Cancelled, Started, WaitElapsed
from domain.enrollment.expected import expected
from domain.enrollment.migrate import SAFE, migrate
from domain.enrollment.move import Move, latest, move
from domain.enrollment.state import Status
from domain.enrollment.turn import Decision, pending_order, step_key


@workflow.defn(name=names.CAMPAIGN)
class CampaignWorkflow(Signals):
    """One enrollment, from its start to its outcome; its id is `domain.idempotency.workflow_id`."""

    @workflow.init
    def __init__(self, start: EnrollmentInput) -> None:
        self._start = start
        self._plan = load_plan(start.campaign, start.version, start.plan)
        self._state = mapping.load_state(start)
        self._inbox: deque[Heard] = deque()
        self._errands = Errands(start.enrollment_id, self._inbox)
        self._migration: Migration | None = None
        self._wanted: Move | None = None
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
            elif isinstance(heard, Move):
                self._wanted = latest(self._plan, self._wanted, heard)
                if self._inbox and isinstance(self._inbox[0], Move):
                    continue  # told together: none of them is followed but the one that holds
            else:
                await self._follow(decide(self._plan, self._state, heard))
            await self._move()
            await self._migrate()
        await self._errands.settle()
        return self._state.outcome.value

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

    async def _move(self) -> None:
        """Go to a step, where one is wanted and nothing is under way."""
        if self._wanted is None or not self._is_safe:
            return
        wanted, self._wanted = self._wanted, None
        decision = move(self._plan, self._state, wanted, workflow.now())
        self._start = replace(self._start, rules=decision.state.rules)
        await self._follow(decision)

    async def _migrate(self) -> None:
        """Go over to another version, where one is wanted and nothing is under way."""
        if self._migration is None or not self._is_safe:
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

    @property
    def _is_safe(self) -> bool:
        """Whether nothing is under way, so that the run may go elsewhere."""
        return not self._errands.under_way and self._state.status in SAFE

    # Facts in ----------------------------------------------------------------------------------------

    async def _next(self) -> Heard:
        """What was heard next; the timer's fact comes only when there is nothing else."""
        order = pending_order(self._plan, self._state)
        wait = order if isinstance(order, WaitUntil) else None
        if not self._heard():
            self._continue_if_long()
            await self._listen(wait)
        self._errands.collect()
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
        return bool(self._inbox) or self._errands.any_ended

    def _continue_if_long(self) -> None:
        """Go on as a new run when the history has become long; the inbox is empty here."""
        if workflow.info().is_continue_as_new_suggested() and not self._errands.under_way:
            workflow.continue_as_new(replace(self._start, state=mapping.dump_state(self._state)))

    # Orders out --------------------------------------------------------------------------------------

    async def _carry_out(self, commands: Sequence[Command], place: Place | None) -> None:
        due = expected(self._plan, self._state, workflow.now())
        records = mapping.dump_records(commands, place, due)
        ended = None if records is None else await self._errands.write(records)
        if ended is not None:  # by a decision that was written and that Temporal never had
            self._state = self._state.ended(ended)
            return
        for command in commands:
            match command:
                case SendMessage() | PrepareStep() | CheckWait() | CreateHandoff():
                    self._errands.begin(command, self._plan.patience)
                case WaitUntil() | RecordInteraction() | Finish():
                    pass  # the wait is a part of the state, the rows are written
                case _:
                    assert_never(command)
