"""One enrollment in a random campaign, carried out in memory: real decisions, a real gate, model time.

The part of the workflow is played here: facts are taken one by one, the timer's only where there is no other,
and orders are carried out by the use cases that the activities call.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define, field

from application.check_wait import CheckWait as CheckWaitUseCase
from application.ports.interactions import Dispatch
from application.prepare_step import PrepareStep as PrepareStepUseCase
from application.send_message import SendMessage as SendMessageUseCase
from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    Finish,
    PrepareStep,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import (
    Event,
    HandoffCreated,
    HandoffResolved,
    OptedOut,
    StepPrepared,
    StepSkipped,
    WaitChecked,
    WaitElapsed,
)
from domain.enrollment.state import EnrollmentState
from domain.enrollment.turn import pending_order
from tests.unit.campaigns.agenda import Agenda
from tests.unit.campaigns.books import ENROLLMENT, Tables
from tests.unit.campaigns.evidence import Evidence
from tests.unit.campaigns.sending import Call

MOST_TURNS = 4000
"""More facts than any of these runs needs, also where a pause is looked at each hour."""

Fact = Callable[[datetime], Event]
"""What is told, once it is known when notice is taken of it."""


@define
class World:
    """What is true, and what is about to happen.

    Args:
        tables: what is stored, the campaign and the contact among it.
        agenda: what is about to happen.
        evidence: what has happened.
        send_message: carries out the order of that name.
        prepare_step: and this one.
        check_wait: and this one.
        state: where the enrollment stands.
        turns: how many facts were taken.
    """

    tables: Tables
    agenda: Agenda
    evidence: Evidence
    send_message: SendMessageUseCase
    prepare_step: PrepareStepUseCase
    check_wait: CheckWaitUseCase
    state: EnrollmentState = field(factory=lambda: EnrollmentState(ENROLLMENT))
    turns: int = 0

    @property
    def plan(self) -> Plan:
        """What the enrollment follows."""
        return self.tables.campaigns.campaign.plan

    def tell(self, when: datetime, fact: Fact) -> None:
        """Let the run hear of something."""

        async def hear() -> None:
            await self._take(fact(self.agenda.now))

        self.agenda.at(when, hear)

    async def run(self) -> None:
        """Let everything happen, also what comes after the end; or give up after `MOST_TURNS`."""
        while self.turns < MOST_TURNS:
            order, following = pending_order(self.plan, self.state), self.agenda.next_at
            if isinstance(order, WaitUntil) and (following is None or order.at < following):
                self.agenda.clock.now = at = max(order.at, self.agenda.now)
                await self._take(WaitElapsed(at, order.step, order.attempt))
            elif following is not None:
                await self.agenda.pop()()
                await self._relay()
            else:
                return

    async def _relay(self) -> None:
        """Pass on what a send has stored for the run: that its provider knew of an opt-out."""
        if not self.tables.state.interactions:
            return
        for row in await self.tables.interactions.pending(self.agenda.now, 1):
            await self.tables.interactions.mark([(row.key, Dispatch.DISPATCHED)])
            self.tell(self.agenda.soon(), OptedOut)

    async def _take(self, event: Event) -> None:
        self.turns += 1
        decision = decide(self.plan, self.state, event)
        self.state = decision.state
        for command in decision.commands:
            await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        now, soon = self.agenda.now, self.agenda.soon()
        match command:
            case SendMessage():
                call = Call(
                    command, self.agenda, self.evidence, self.tell, self.send_message, self.plan.patience
                )
                self.agenda.at(soon, call)
            case PrepareStep(step):
                self.agenda.at(soon, lambda: self._prepare(step, now))
            case CheckWait():
                self.agenda.at(soon, lambda: self._check(command))
            case CreateHandoff():
                self.tell(soon, HandoffCreated)
                if self.agenda.chance.random() < 0.5:
                    self.tell(soon + timedelta(hours=self.agenda.chance.uniform(0, 60)), HandoffResolved)
            case Finish():
                self.evidence.ended = self.evidence.next()
                await self.tables.enrollments.finish(ENROLLMENT, command.outcome, now)
            case _:
                pass  # the wait is a part of the state, and nobody reads the rows

    async def _prepare(self, step: str, at: datetime) -> None:
        told = await self.prepare_step(ENROLLMENT, step, at)
        now, reason = self.agenda.now, told.skip
        if reason is not None:
            await self._take(StepSkipped(now, step, reason, told.rejected))
        else:
            await self._take(StepPrepared(now, step, told.due, told.branch))

    async def _check(self, order: CheckWait) -> None:
        due = order.due or self.agenda.now
        until = await self.check_wait(ENROLLMENT, order.since or due, due)
        await self._take(WaitChecked(self.agenda.now, order.step, order.attempt, until))
