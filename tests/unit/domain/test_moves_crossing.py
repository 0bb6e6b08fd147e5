"""Orders to move that come in any order, repeated and side by side with all else that happens to a run."""

import heapq
from datetime import datetime, timedelta
from itertools import count
from random import Random

from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import Plan
from domain.enrollment.commands import (
    REPEATABLE,
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
    StepPrepared,
    StepSkipped,
    WaitChecked,
)
from domain.enrollment.migrate import SAFE, migrate
from domain.enrollment.move import Move, latest, move
from domain.enrollment.state import Status
from domain.enrollment.turn import Decision
from domain.idempotency import interaction_key
from domain.simulation.play import Course
from tests.unit.domain.interpreter import MOST_DEFERRALS, Interpreter
from tests.unit.domain.strategies import T0, Run, plans, thorough

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
        heapq.heappush(self.wishes, (at, len(self.wishes), wanted))

    def carry_out(self) -> Run:
        course = self.course()
        while course.next_at is not None or self.wishes:
            if self.wishes and (course.next_at is None or self.wishes[0][0] < course.next_at):
                at, _, wanted = heapq.heappop(self.wishes)
                course.now = max(course.now, at)
                if isinstance(wanted, Move):
                    self._held = latest(course.plan, self._held, wanted)
                else:
                    self._newer = wanted
            else:
                fact, decision = course.advance()
                self.run.note(fact, decision)
                self.orders += decision.commands
            self._go(course)
        return self.run

    def _go(self, course: Course) -> None:
        if self._held is not None and _is_safe(course):
            wanted, self._held = self._held, None
            decision = move(course.plan, course.state, wanted, course.now)
            self.entered += bool(decision.commands)
            self._follow(course, decision)
        if self._newer is not None and _is_safe(course):
            newer, self._newer = self._newer, None
            stay = {step.key: step.key for step in course.plan.steps}
            migrated = migrate(course.plan, newer, course.state, stay, course.now)
            if migrated is not None:
                course.plan = newer
                self._follow(course, migrated)

    def _follow(self, course: Course, decision: Decision) -> None:
        course.follow(decision)
        self.run.state = decision.state
        self.orders += decision.commands


def _is_safe(course: Course) -> bool:
    under_way = any(isinstance(fact, ANSWERS) for fact in course.expected)
    return course.state.status in SAFE and not under_way


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
