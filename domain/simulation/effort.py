"""What enrollments ask of the engine that carries them: the things that Temporal bills as actions.

The rules are those of Temporal Cloud's list of actions (docs.temporal.io/cloud/actions), applied to what
`adapters.temporal.workflows` does with facts and orders.
"""

from datetime import datetime

from attrs import define, field

from domain.enrollment.commands import (
    CheckWait,
    CreateHandoff,
    Finish,
    PrepareStep,
    RecordInteraction,
    SendMessage,
)
from domain.enrollment.events import (
    Event,
    GoalReached,
    HandoffResolved,
    ProviderEvent,
    Started,
    StepPrepared,
    StepSkipped,
    WaitChecked,
)
from domain.enrollment.turn import TIMED, Decision

_HEARD_AT_ONCE = frozenset({StepPrepared, StepSkipped, WaitChecked})
"""Answers of the books, which come within the task that has asked."""

_SIGNALLED = frozenset({ProviderEvent, GoalReached, HandoffResolved})
_IN_THE_BOOKS = frozenset({PrepareStep, CheckWait, RecordInteraction, Finish})
"""Orders that are carried out within the task itself: all of one task's are billed once."""


@define
class Effort:
    """Counts, which grow; enrollment after enrollment, each in the order of its facts.

    Args:
        starts: runs that were started.
        sends: attempts that were carried out, refused ones too.
        handoffs: cases that were handed over.
        timers: waits that were begun, again after each fact that has not ended them.
        signals: facts that runs were told.
        tasks_with_rows: tasks of runs in which the books were asked, or written to.
    """

    starts: int = 0
    sends: int = 0
    handoffs: int = 0
    timers: int = 0
    signals: int = 0
    tasks_with_rows: int = 0
    _waits_since: datetime | None = field(default=None, init=False)
    _has_rows: bool = field(default=False, init=False)

    @property
    def actions(self) -> int:
        """How many actions are billed: each attempt of a send once, as if none had to be repeated."""
        return self.starts + self.sends + self.handoffs + self.timers + self.signals + self.tasks_with_rows

    def note(self, fact: Event, decision: Decision) -> None:
        """Count what a fact, and what it led to, have cost."""
        kind = type(fact)
        if kind not in _HEARD_AT_ONCE:  # a task of its own
            self._has_rows = False
            if kind is Started:
                self.starts += 1
            elif self._waits_since is not None and self._waits_since < fact.at:
                self.timers += 1
            if kind in _SIGNALLED:
                self.signals += 1
        for command in decision.commands:
            order = type(command)
            if order is SendMessage:
                self.sends += 1
            elif order is CreateHandoff:
                self.handoffs += 1
            elif order in _IN_THE_BOOKS and not self._has_rows:
                self.tasks_with_rows += 1
                self._has_rows = True
        state = decision.state
        is_waiting = state.status in TIMED and state.due is not None and state.paused_at is None
        self._waits_since = fact.at if is_waiting else None
