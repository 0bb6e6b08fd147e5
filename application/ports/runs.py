"""The port to the enrollments' durable runs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from application.ports.interactions import Interaction
from domain.campaign import Plan
from domain.enrollment.move import Move
from domain.pauses import PausePolicy


@frozen
class Run:
    """What a run begins with: ids and a compact plan, nothing personal.

    Args:
        enrollment_id: whose run; its workflow id is derived from it.
        tenant: for listing.
        plan: what to follow, durations already scaled.
    """

    enrollment_id: str
    tenant: str
    plan: Plan


class Runs(Protocol):
    """One durable run per enrollment. Every call may raise `RunsUnavailable` or `RunRefused`."""

    async def start(self, run: Run) -> None:
        """Start the run, or join the one that exists (or has ended) under its id."""
        ...

    async def tell(self, enrollment_id: str, interactions: Sequence[Interaction]) -> bool:
        """Let the run hear of provider events, all at once; False where it has ended."""
        ...

    async def opt_out(self, enrollment_id: str) -> bool:
        """Let the run know that its contact must not be contacted any more; False where it has ended."""
        ...

    async def reach_goals(self, enrollment_id: str, goals: Sequence[str]) -> bool:
        """Let the run know of events that may be what its campaign is for; False where it has ended."""
        ...

    async def migrate(self, enrollment_id: str, plan: Plan, moves: Mapping[str, str]) -> bool:
        """Let the run go over to another version as soon as nothing is under way; False where it has ended.

        Args:
            enrollment_id: whose run.
            plan: what to follow from then on, durations already scaled.
            moves: old step key to new step key, or to `domain.enrollment.migrate.END`; it stays at its
                version where its step is not among them.
        """
        ...

    async def move(self, enrollment_id: str, wanted: Sequence[Move]) -> bool:
        """Let the run go to a step as soon as nothing is under way; False where it has ended.

        Which of the orders holds, and of those it was told before, `domain.enrollment.move.latest` says.
        Whoever is told the same order twice moves once.
        """
        ...

    async def pause(self, enrollment_id: str) -> bool:
        """Let the run stand still; False where it has ended."""
        ...

    async def resume(self, enrollment_id: str, policy: PausePolicy) -> bool:
        """Let the run go on; False where it has ended.

        Args:
            enrollment_id: whose run.
            policy: what becomes of what fell due meanwhile.
        """
        ...

    async def cancel(self, enrollment_id: str) -> bool:
        """End the run; False where it has ended."""
        ...

    async def resolve_handoff(self, enrollment_id: str) -> bool:
        """Let the run know that the human has closed the case; False where it has ended."""
        ...
