"""An interpreter of orders in memory: model time, chance from a seed, and a world that misbehaves."""

import heapq
from datetime import datetime, timedelta
from itertools import count
from random import Random

from attrs import Factory, define, field

from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    Command,
    CreateHandoff,
    PrepareStep,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.events import (
    Event,
    GoalReached,
    HandoffCreated,
    HandoffResolved,
    MessageAccepted,
    MessageRejected,
    Paused,
    ProviderEvent,
    Resumed,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
    WaitChecked,
    WaitElapsed,
)
from domain.refusals import Refusal
from domain.statuses import DeliveryStatus
from tests.unit.domain.strategies import T0, Run

MINUTE = timedelta(minutes=1)
MOST_DEFERRALS = 2


@define
class Interpreter:
    """Carries out one enrollment's orders until nothing is left to happen.

    Args:
        plan: what is followed.
        chance: where every accident comes from; None for a world in which each message is taken and nobody
            ever answers, so that only timers go off.
    """

    plan: Plan
    chance: Random | None = None
    run: Run = Factory(lambda self: Run(self.plan), takes_self=True)
    orders: list[Command] = field(factory=list)
    _agenda: list[tuple[datetime, int, Event]] = field(factory=list)
    _tie: "count[int]" = field(factory=count)
    _deferred: dict[tuple[str, int], int] = field(factory=dict)

    def carry_out(self) -> Run:
        """Run until the agenda is empty; it must be at the end then."""
        self._plan(Started(T0))
        if self.chance is not None:
            self._disturb(self.chance)
        while self._agenda:
            _, _, event = heapq.heappop(self._agenda)
            for command in self.run.take(event).commands:
                self.orders.append(command)
                self._execute(command)
        return self.run

    def _plan(self, event: Event) -> None:
        heapq.heappush(self._agenda, (event.at, next(self._tie), event))

    def _execute(self, command: Command) -> None:
        now = self.run.now
        match command:
            case SendMessage(step, attempt):
                self._send(step, attempt, now)
            case WaitUntil(at, step, attempt):
                self._plan(WaitElapsed(max(at, now), step, attempt))
            case PrepareStep(step):
                self._prepare(step, now)
            case CheckWait(step, attempt):
                self._plan(WaitChecked(now, step, attempt))
            case CreateHandoff():
                self._plan(HandoffCreated(now + MINUTE))
                if self.chance is not None and self.chance.random() < 0.5:
                    self._plan(HandoffResolved(now + timedelta(hours=self.chance.randrange(100))))
            case _:
                pass

    def _prepare(self, step: str, now: datetime) -> None:
        if self.chance is not None and self.chance.random() < 0.2:
            self._plan(StepSkipped(now, step, "no", rejected=self.chance.random() < 0.5))
            return
        branch = 0 if self.chance is None else self.chance.randrange(3)
        self._plan(StepPrepared(now, step, now + MINUTE, branch))

    def _send(self, step: str, attempt: int, now: datetime) -> None:
        at = now + MINUTE
        if self.chance is None:
            self._plan(MessageAccepted(at, step, attempt))
            return
        answers: list[Event] = [
            MessageAccepted(at, step, attempt),
            MessageAccepted(at, step, attempt),
            MessageRejected(at, step, attempt, "refused"),
            SendFailed(at, step, attempt),
            SendUnknown(at, step, attempt),
        ]
        deferrals = self._deferred.get((step, attempt), 0)
        if deferrals < MOST_DEFERRALS and self.chance.random() < 0.2:
            self._deferred[step, attempt] = deferrals + 1
            self._plan(SendRefused(at, step, attempt, Refusal.WINDOW, at + timedelta(hours=3), "quiet"))
            return
        self._plan(self.chance.choice(answers))
        for _ in range(self.chance.randrange(4)):
            status = self.chance.choice(list(DeliveryStatus))
            hours = timedelta(hours=self.chance.choice([0, 0, 1, 30, 300]))
            for _ in range(self.chance.choice([1, 1, 2])):
                self._plan(ProviderEvent(now + hours, step, attempt, status))

    def _disturb(self, chance: Random) -> None:
        """Pauses, each of which ends, callbacks for what was never sent, and sometimes what it is all for."""
        if chance.random() < 0.1:
            self._plan(GoalReached(T0 + timedelta(hours=chance.randrange(50)), "purchased"))
        for _ in range(chance.randrange(3)):
            at = T0 + timedelta(hours=chance.randrange(500))
            self._plan(Paused(at))
            self._plan(Resumed(at + timedelta(hours=chance.randrange(200))))
        for _ in range(chance.randrange(3)):
            at = T0 + timedelta(hours=chance.randrange(500))
            self._plan(ProviderEvent(at, chance.choice(self.plan.steps).key, 3, DeliveryStatus.FAILED))
