"""One enrollment carried out in memory, in model time: orders are answered by a world, answers are facts."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Protocol

from attrs import define, field

from domain.campaign import Plan
from domain.enrollment.commands import (
    CheckWait,
    CreateHandoff,
    PrepareStep,
    SendMessage,
    WaitUntil,
)
from domain.enrollment.decide import decide
from domain.enrollment.events import Event, WaitChecked, WaitElapsed
from domain.enrollment.state import EnrollmentState
from domain.enrollment.turn import TIMED, Decision, pending_order

Taken = tuple[Event, Decision]
"""A fact, and what it led to."""


class World(Protocol):
    """What becomes of orders: facts, none of which lies before the order."""

    def send(self, order: SendMessage, at: datetime) -> Iterable[Event]:
        """What becomes of a message: how its send ends, and all that is ever told of it."""
        ...

    def prepare(self, order: PrepareStep, at: datetime) -> Event:
        """What a step comes to for the contact."""
        ...

    def hand_over(self, order: CreateHandoff, at: datetime) -> Iterable[Event]:
        """What becomes of a case: that a human has it, and perhaps that it is closed."""
        ...


@define
class Course:
    """What happens to one enrollment, fact after fact, until nothing is left; what comes after the end, too.

    As in the workflow, the timer is a part of the state: it goes off where nothing else comes before. The end
    of every wait counts, as no campaign is paused here.

    Args:
        plan: what is followed.
        state: where the enrollment stands.
        world: answers its orders.
        now: the time.
    """

    plan: Plan
    state: EnrollmentState
    world: World
    now: datetime
    _coming: list[tuple[datetime, int, Event]] = field(factory=list, init=False)
    _tie: "count[int]" = field(factory=count, init=False)
    _timer: WaitUntil | None = field(default=None, init=False)

    def expect(self, facts: Iterable[Event]) -> None:
        """Facts that will happen, in any order."""
        for fact in facts:
            heapq.heappush(self._coming, (fact.at, next(self._tie), fact))

    @property
    def expected(self) -> Iterator[Event]:
        """The facts that will happen, but for the timer's, in no order."""
        return (fact for _, _, fact in self._coming)

    @property
    def next_at(self) -> datetime | None:
        """When the next fact happens; None where nothing is left."""
        times = [at for at, _, _ in self._coming[:1]]
        if self._timer is not None:
            times.append(max(self._timer.at, self.now))
        return min(times, default=None)

    def __iter__(self) -> Iterator[Taken]:
        """Let one fact after the other happen."""
        while self._timer is not None or self._coming:
            yield self.advance()

    def advance(self) -> Taken:
        """Let the next fact happen; there must be one."""
        timer, coming = self._timer, self._coming
        if timer is None or (coming and coming[0][0] <= timer.at):
            _, _, fact = heapq.heappop(coming)
        else:  # what a pause has held up may be due already when it is over
            fact = WaitElapsed(max(timer.at, self.now), timer.step, timer.attempt)
        self.now = fact.at
        decision = decide(self.plan, self.state, fact)
        self.follow(decision)
        return fact, decision

    def follow(self, decision: Decision) -> None:
        """Take over what was decided, and have its orders answered."""
        if decision.state is not self.state:
            self.state = decision.state
            is_timed = decision.state.status in TIMED
            order = pending_order(self.plan, decision.state) if is_timed else None
            self._timer = order if isinstance(order, WaitUntil) else None
        for command in decision.commands:
            match command:
                case SendMessage():
                    self.expect(self.world.send(command, self.now))
                case PrepareStep():
                    self.expect((self.world.prepare(command, self.now),))
                case CheckWait():
                    self.expect((WaitChecked(self.now, command.step, command.attempt),))
                case CreateHandoff():
                    self.expect(self.world.hand_over(command, self.now))
                case _:
                    pass  # the wait is a part of the state, and rows are for people
