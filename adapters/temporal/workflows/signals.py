"""What a run of a campaign hears from outside, each signal as a fact or a wish in its inbox."""

from collections import deque
from typing import Any

from temporalio import workflow

from adapters.temporal.common import mapping, names
from adapters.temporal.common.payloads import EnrollmentInput
from domain.campaign import Plan
from domain.enrollment.events import (
    Cancelled,
    Event,
    GoalReached,
    HandoffResolved,
    OptedOut,
    Paused,
    Resumed,
)
from domain.enrollment.move import Move

Migration = tuple[Plan, dict[str, str]]
"""Another version to go over to, and the moves."""

Heard = Event | Migration | Move
"""What waits in the inbox: facts, and where the run is wanted."""


class Signals:
    """The signals of a campaign's run.

    Anybody can send a signal by hand, so every handler takes any arguments: a handler that raises would hold
    up the run.
    """

    _start: EnrollmentInput
    _inbox: deque[Heard]

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

    @workflow.signal(name=names.MOVE)
    def move(self, *told: Any) -> None:
        """Go to a step: a `MoveSignal`, taken after what was heard before it."""
        for one in told:
            wanted = mapping.move(one)
            if wanted is None:
                workflow.logger.warning("An order to move that cannot be read was dropped.")
            else:
                self._inbox.append(wanted)
