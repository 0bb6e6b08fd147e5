"""Runs that only take note."""

from collections.abc import Callable, Mapping, Sequence

from application.errors import RunRefused, RunsUnavailable
from application.ports.interactions import Interaction
from application.ports.runs import Run
from domain.campaign import Plan
from domain.enrollment.move import Move
from domain.pauses import PausePolicy


class FakeRuns:
    """The port `Runs`: keeps what it was asked, and is down when it is told to be.

    Attributes:
        down: every call raises `RunsUnavailable`.
        unreachable: the enrollments whose calls alone raise it.
        refuses: the enrollments whose calls raise `RunRefused`.
        ended: the enrollments whose runs have ended.
        missing: the enrollments whose runs are not there yet, until they are started.
        starts: the enrollment of every call of `start`, also of repeated ones.
        started: the first run of each enrollment.
        told: every interaction that a run heard of, in order.
        signals: the enrollment of every call that told interactions, in order.
        meanwhile: what else happens while a run is told something.
        opted_out: every enrollment that heard of an opt-out, in order.
        resolved: every enrollment that heard that a human has closed its case, in order.
        goals: (enrollment, goals) of every call that told of goals, in order.
        migrated: (enrollment, plan, moves) of every call that told of another version, in order.
        moved: (enrollment, order) of every call that told of a step to go to, in order.
        held: ``pause``, ``resume`` with its policy, or ``cancel``, as each enrollment was told, in order.
    """

    def __init__(self) -> None:
        self.down = False
        self.unreachable: set[str] = set()
        self.refuses: set[str] = set()
        self.ended: set[str] = set()
        self.missing: set[str] = set()
        self.starts: list[str] = []
        self.started: dict[str, Run] = {}
        self.told: list[Interaction] = []
        self.signals: list[str] = []
        self.opted_out: list[str] = []
        self.resolved: list[str] = []
        self.goals: list[tuple[str, list[str]]] = []
        self.migrated: list[tuple[str, Plan, Mapping[str, str]]] = []
        self.moved: list[tuple[str, Move]] = []
        self.held: list[tuple[str, str]] = []
        self.meanwhile: Callable[[], object] = lambda: None

    async def start(self, run: Run) -> None:
        """Keep the first run of an enrollment."""
        self._answer(run.enrollment_id)
        self.starts.append(run.enrollment_id)
        self.started.setdefault(run.enrollment_id, run)
        self.missing.discard(run.enrollment_id)

    async def tell(self, enrollment_id: str, interactions: Sequence[Interaction]) -> bool:
        """Keep the interactions, unless the run has ended."""

        def keep() -> None:
            self.signals.append(enrollment_id)
            self.told.extend(interactions)
            self.meanwhile()

        return self._heard(enrollment_id, keep)

    async def opt_out(self, enrollment_id: str) -> bool:
        """Keep the enrollment, unless its run has ended."""
        return self._heard(enrollment_id, lambda: self.opted_out.append(enrollment_id))

    async def resolve_handoff(self, enrollment_id: str) -> bool:
        """Keep the enrollment, unless its run has ended."""
        return self._heard(enrollment_id, lambda: self.resolved.append(enrollment_id))

    async def reach_goals(self, enrollment_id: str, goals: Sequence[str]) -> bool:
        """Keep the goals, unless the run has ended."""
        return self._heard(enrollment_id, lambda: self.goals.append((enrollment_id, list(goals))))

    async def migrate(self, enrollment_id: str, plan: Plan, moves: Mapping[str, str]) -> bool:
        """Keep the plan and the moves, unless the run has ended."""
        return self._heard(enrollment_id, lambda: self.migrated.append((enrollment_id, plan, moves)))

    async def move(self, enrollment_id: str, wanted: Sequence[Move]) -> bool:
        """Keep the orders, unless the run has ended."""

        def keep() -> None:
            self.moved.extend((enrollment_id, each) for each in wanted)
            self.meanwhile()

        return self._heard(enrollment_id, keep)

    async def pause(self, enrollment_id: str) -> bool:
        """Keep the word, unless the run has ended."""
        return self._heard(enrollment_id, lambda: self.held.append((enrollment_id, "pause")))

    async def resume(self, enrollment_id: str, policy: PausePolicy) -> bool:
        """Keep the word, unless the run has ended."""
        return self._heard(enrollment_id, lambda: self.held.append((enrollment_id, f"resume {policy}")))

    async def cancel(self, enrollment_id: str) -> bool:
        """Keep the word, unless the run has ended."""
        return self._heard(enrollment_id, lambda: self.held.append((enrollment_id, "cancel")))

    def _heard(self, enrollment_id: str, keep: Callable[[], None]) -> bool:
        """Answer; one that has ended, or is not there yet, keeps nothing."""
        self._answer(enrollment_id)
        if enrollment_id in self.ended | self.missing:
            return False
        keep()
        return True

    def _answer(self, enrollment_id: str) -> None:
        if self.down or enrollment_id in self.unreachable:
            raise RunsUnavailable("the workflow service does not answer")
        if enrollment_id in self.refuses:
            raise RunRefused("the workflow service does not take it")
