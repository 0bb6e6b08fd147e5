"""Runs that only take note."""

from collections.abc import Callable, Sequence

from application.errors import RunRefused, RunsUnavailable
from application.ports.interactions import Interaction
from application.ports.runs import Run


class FakeRuns:
    """The port `Runs`: keeps what it was asked, and is down when it is told to be.

    Attributes:
        down: every call raises `RunsUnavailable`.
        unreachable: the enrollments whose calls alone raise it.
        refuses: the enrollments whose calls raise `RunRefused`.
        ended: the enrollments whose runs have ended.
        starts: the enrollment of every call of `start`, also of repeated ones.
        started: the first run of each enrollment.
        told: every interaction that a run heard of, in order.
        signals: the enrollment of every call that told interactions, in order.
        meanwhile: what else happens while a run is told something.
        opted_out: every enrollment that heard of an opt-out, in order.
        resolved: every enrollment that heard that a human has closed its case, in order.
    """

    def __init__(self) -> None:
        self.down = False
        self.unreachable: set[str] = set()
        self.refuses: set[str] = set()
        self.ended: set[str] = set()
        self.starts: list[str] = []
        self.started: dict[str, Run] = {}
        self.told: list[Interaction] = []
        self.signals: list[str] = []
        self.opted_out: list[str] = []
        self.resolved: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    async def start(self, run: Run) -> None:
        """Keep the first run of an enrollment."""
        self._answer(run.enrollment_id)
        self.starts.append(run.enrollment_id)
        self.started.setdefault(run.enrollment_id, run)

    async def tell(self, enrollment_id: str, interactions: Sequence[Interaction]) -> bool:
        """Keep the interactions, unless the run has ended."""
        self._answer(enrollment_id)
        if enrollment_id in self.ended:
            return False
        self.signals.append(enrollment_id)
        self.told.extend(interactions)
        self.meanwhile()
        return True

    async def opt_out(self, enrollment_id: str) -> bool:
        """Keep the enrollment, unless its run has ended."""
        self._answer(enrollment_id)
        if enrollment_id in self.ended:
            return False
        self.opted_out.append(enrollment_id)
        return True

    async def resolve_handoff(self, enrollment_id: str) -> bool:
        """Keep the enrollment, unless its run has ended."""
        self._answer(enrollment_id)
        if enrollment_id in self.ended:
            return False
        self.resolved.append(enrollment_id)
        return True

    def _answer(self, enrollment_id: str) -> None:
        if self.down or enrollment_id in self.unreachable:
            raise RunsUnavailable("the workflow service does not answer")
        if enrollment_id in self.refuses:
            raise RunRefused("the workflow service does not take it")
