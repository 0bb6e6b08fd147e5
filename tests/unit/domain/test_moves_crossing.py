"""Orders to move that come in any order, repeated and side by side with all else that happens to a run."""

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random

from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import Plan
from domain.enrollment.commands import (
    REPEATABLE,
    Command,
    CreateHandoff,
    Finish,
    RecordInteraction,
    SendMessage,
)
from domain.enrollment.events import (
    HandoffCreated,
    MessageAccepted,
    MessageRejected,
    SendFailed,
    SendRefused,
    SendUnknown,
    Started,
    StepPrepared,
    StepSkipped,
    WaitChecked,
)
from domain.enrollment.migrate import SAFE, migrate
from domain.enrollment.move import Move, latest, move
from domain.enrollment.state import Status
from domain.idempotency import interaction_key
from tests.unit.domain.interpreter import MOST_DEFERRALS, Interpreter
from tests.unit.domain.strategies import T0, plans, thorough

ANSWERS = (
    HandoffCreated,
    MessageAccepted,
    MessageRejected,
    SendFailed,
    SendRefused,
    SendUnknown,
    StepPrepared,
    StepSkipped,
    WaitChecked,
)
"""What ends something that was under way."""


@define
class Moving(Interpreter):
    """An interpreter that is told to move and to migrate, as a run is: only once nothing is under way.

    Attributes:
        wishes: when, and what: an order, or a version that has the same steps, and more.
        entered: how many steps were entered by a wish.
    """

    wishes: list[tuple[datetime, int, Move | Plan]] = field(factory=list)
    entered: int = 0
    _held: Move | None = None
    _newer: Plan | None = None

    def wish(self, at: datetime, wanted: Move | Plan) -> None:
        heapq.heappush(self.wishes, (at, next(self._tie), wanted))

    def carry_out(self) -> "Moving":  # type: ignore[override] # it tells more
        self._plan(Started(T0))
        if self.chance is not None:
            self._disturb(self.chance)
        while self._agenda or self.wishes:
            if self.wishes and (not self._agenda or self.wishes[0] < self._agenda[0][:2]):
                at, _, wanted = heapq.heappop(self.wishes)
                self.run.now = max(self.run.now, at)
                if isinstance(wanted, Move):
                    self._held = latest(self.run.plan, self._held, wanted)
                else:
                    self._newer = wanted
            else:
                self._do(self.run.take(heapq.heappop(self._agenda)[2]).commands)
            self._go()
        return self

    def _go(self) -> None:
        if self._held is not None and self._is_safe:
            wanted, self._held = self._held, None
            decision = move(self.run.plan, self.run.state, wanted, self.run.now)
            self.entered += bool(decision.commands)
            self.run.state = decision.state
            self._do(decision.commands)
        if self._newer is not None and self._is_safe:
            newer, self._newer = self._newer, None
            stay = {step.key: step.key for step in self.run.plan.steps}
            migrated = migrate(self.run.plan, newer, self.run.state, stay, self.run.now)
            if migrated is not None:
                self.run.plan, self.run.state = newer, migrated.state
                self._do(migrated.commands)

    @property
    def _is_safe(self) -> bool:
        under_way = any(isinstance(event, ANSWERS) for _, _, event in self._agenda)
        return self.run.state.status in SAFE and not under_way

    def _do(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self.orders.append(command)
            self._execute(command)


@thorough
@given(plans, st.integers(0, 2**32))
def test_crossing_orders_end_and_send_no_attempt_without_a_reason(plan: Plan, seed: int) -> None:
    """A run ends once; an attempt is ordered again only where a wish, or the gate, has led back to it."""
    chance, names = Random(seed), count()
    run = Moving(plan, chance)
    for _ in range(chance.randrange(8)):
        at = T0 + timedelta(hours=chance.choice([0, 0, 1, 24, 300]))
        step = chance.choice(plan.steps).key
        wanted = Move(step, f"order-{next(names)}", chance.choice([None, "upgraded"]))
        for _ in range(chance.choice([1, 1, 2, 3])):  # again before any later one: the books see to that
            run.wish(at, wanted)
    if chance.random() < 0.5:
        run.wish(T0 + timedelta(hours=chance.randrange(100)), evolve(plan, version=plan.version + 1))
    run.carry_out()
    sends = [(each.step, each.attempt) for each in run.orders if isinstance(each, SendMessage)]
    ends = [each for each in run.orders if isinstance(each, Finish)]

    assert run.run.state.status is Status.FINISHED
    assert [end.outcome for end in ends] == [run.run.state.outcome]
    assert sum(isinstance(each, CreateHandoff) for each in run.orders) <= 1
    rows = [_key(each) for each in run.orders if isinstance(each, RecordInteraction)]
    assert len(rows) == len(set(rows)), "none of them is taken for another one"
    deferred = run._deferred  # what the gate has put off is ordered again
    for key in set(sends):
        assert sends.count(key) <= 1 + run.entered + deferred.get(key, 0) <= 1 + run.entered + MOST_DEFERRALS


def _key(row: RecordInteraction) -> str:
    at = row.at if row.kind in REPEATABLE else None
    return interaction_key("e-1", row.kind, row.step, row.attempt, at, row.after)


@thorough
@given(plans, st.lists(st.integers(0, 9), min_size=1, max_size=6), st.data())
def test_events_commute_and_repeats_change_nothing(
    plan: Plan, wanted: list[int], data: st.DataObject
) -> None:
    """Of events that come side by side the one that leads furthest holds, in whatever order and how often."""
    moves = [
        Move(plan.steps[index % len(plan.steps)].key, f"order-{number}", "upgraded")
        for number, index in enumerate(wanted)
    ]
    held = None
    for each in data.draw(st.permutations(moves + moves)):
        held = latest(plan, held, each)

    assert held is not None
    assert plan.index(held.step) == max(plan.index(each.step) or 0 for each in moves)
