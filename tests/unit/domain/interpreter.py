"""One enrollment in memory, in a world that misbehaves: chance from a seed, and none at all of sense."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from attrs import Factory, define, field

from domain.campaign import Plan
from domain.enrollment.commands import Command, CreateHandoff, PrepareStep, SendMessage
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
)
from domain.refusals import Refusal
from domain.simulation.play import Course
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
    _deferred: dict[tuple[str, int], int] = field(factory=dict)

    def carry_out(self) -> Run:
        """Let everything happen; it must be at the end then."""
        for fact, decision in self.course():
            self.run.note(fact, decision)
            self.orders += decision.commands
        return self.run

    def course(self) -> Course:
        """All that is going to happen."""
        course = Course(self.plan, self.run.state, self, T0)
        course.expect([Started(T0), *(() if self.chance is None else self._disturb(self.chance))])
        return course

    def hand_over(self, order: CreateHandoff, at: datetime) -> Iterator[Event]:
        """A case, which half of the time is closed."""
        yield HandoffCreated(at + MINUTE)
        if self.chance is not None and self.chance.random() < 0.5:
            yield HandoffResolved(at + timedelta(hours=self.chance.randrange(100)))

    def prepare(self, order: PrepareStep, at: datetime) -> Event:
        """A step, which one in five times is left out."""
        if self.chance is not None and self.chance.random() < 0.2:
            return StepSkipped(at, order.step, "no", rejected=self.chance.random() < 0.5)
        branch = 0 if self.chance is None else self.chance.randrange(3)
        return StepPrepared(at, order.step, at + MINUTE, branch)

    def send(self, order: SendMessage, at: datetime) -> Iterator[Event]:
        """A message, of which anything may be told, in any order and more than once."""
        step, attempt, soon = order.step, order.attempt, at + MINUTE
        if self.chance is None:
            yield MessageAccepted(soon, step, attempt)
            return
        answers: list[Event] = [
            MessageAccepted(soon, step, attempt),
            MessageAccepted(soon, step, attempt),
            MessageRejected(soon, step, attempt, "refused"),
            SendFailed(soon, step, attempt),
            SendUnknown(soon, step, attempt),
        ]
        deferrals = self._deferred.get((step, attempt), 0)
        if deferrals < MOST_DEFERRALS and self.chance.random() < 0.2:
            self._deferred[step, attempt] = deferrals + 1
            yield SendRefused(soon, step, attempt, Refusal.WINDOW, soon + timedelta(hours=3), "quiet")
            return
        yield self.chance.choice(answers)
        for _ in range(self.chance.randrange(4)):
            status = self.chance.choice(list(DeliveryStatus))
            hours = timedelta(hours=self.chance.choice([0, 0, 1, 30, 300]))
            for _ in range(self.chance.choice([1, 1, 2])):
                yield ProviderEvent(at + hours, step, attempt, status)

    def _disturb(self, chance: Random) -> Iterator[Event]:
        """Pauses, each of which ends, callbacks for what was never sent, and sometimes what it is all for."""
        if chance.random() < 0.1:
            yield GoalReached(T0 + timedelta(hours=chance.randrange(50)), "purchased")
        for _ in range(chance.randrange(3)):
            at = T0 + timedelta(hours=chance.randrange(500))
            yield Paused(at)
            yield Resumed(at + timedelta(hours=chance.randrange(200)))
        for _ in range(chance.randrange(3)):
            at = T0 + timedelta(hours=chance.randrange(500))
            yield ProviderEvent(at, chance.choice(self.plan.steps).key, 3, DeliveryStatus.FAILED)
