"""The port to the batches table: enrollments that were asked for at once, and how far they have come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.enrollments import Enrollment
from domain.batches import BatchState

MOST_PROBLEMS = 100
"""How many problems of rows a batch keeps."""


@frozen
class BatchProblem:
    """Why a row was not taken. Nothing of the row itself is kept.

    Args:
        line: where it begins, from 1; of a Parquet file, the number of the row.
        column: the column at fault, or "row" for a problem of the whole row.
        reason: what is wrong, in words that name the column and show no cell.
    """

    line: int
    column: str
    reason: str


@frozen
class Batch:
    """Enrollments that were asked for at once.

    Args:
        id: its name; the id of its run is made from it.
        tenant: whose.
        campaign: the campaign's key.
        version: which version they follow.
        source: what they came from: ``csv``, ``jsonl``, ``parquet``, or ``audience:KEY``.
        created_at: when it was begun.
        state: what is being done.
        rate: starts a second at most; None for the setting's.
        time_scale: what the plan's durations are multiplied with.
        received: how many rows, or members, were looked at.
        rejected: how many of them cannot be enrolled, since something is wrong with them.
        enrolled: how many were enrolled by it.
        already: how many had been enrolled in the campaign before.
        started: how many of those enrolled have a run.
        refused: how many have none since the workflow service, or the plan, did not allow it.
        problems: the first problems of rows.
        stored_at: when it last came forward: rows were stored, runs started, or it was called off.
        finished_at: when nothing was left to do.
        reached: of an audience, the last contact that was looked at.
    """

    id: str
    tenant: str
    campaign: str
    version: int
    source: str
    created_at: datetime
    state: BatchState = BatchState.STORING
    rate: float | None = None
    time_scale: float = 1.0
    received: int = 0
    rejected: int = 0
    enrolled: int = 0
    already: int = 0
    started: int = 0
    refused: int = 0
    problems: tuple[BatchProblem, ...] = ()
    stored_at: datetime | None = None
    finished_at: datetime | None = None
    reached: str | None = None

    @property
    def cancelled(self) -> int:
        """How many of those enrolled were ended before they were started."""
        return self.enrolled - self.started if self.state is BatchState.CANCELLED else 0

    @property
    def touched_at(self) -> datetime:
        """When it last came forward, or was begun."""
        return self.stored_at or self.created_at


class Batches(Protocol):
    """The batches of all tenants, and their enrollments that have no run yet."""

    async def add(self, batch: Batch) -> bool:
        """Store it; False where there is one of its id."""
        ...

    async def get(self, batch_id: str) -> Batch | None:
        """The batch, if there is one."""
        ...

    async def lock(self, batch_id: str) -> Batch | None:
        """The batch, which no other transaction that locks it changes before this one has ended."""
        ...

    async def save(self, batch: Batch) -> None:
        """Store what has become of a batch that is locked."""
        ...

    async def page(self, tenant: str, before: tuple[datetime, str] | None, limit: int) -> list[Batch]:
        """A page of a tenant's batches, newest first.

        Args:
            tenant: whose.
            before: time and id of the last one of the page before; None for the first page.
            limit: how many at most.
        """
        ...

    async def in_hand(self, limit: int) -> list[Batch]:
        """Batches of all tenants that have not ended, oldest first."""
        ...

    async def unstarted(self, batch_id: str, after: str, limit: int) -> list[Enrollment]:
        """A page of its open enrollments without a run, by id, from the first id greater than `after`."""
        ...

    async def count_unstarted(self, batch_id: str, until: str | None = None) -> int:
        """How many of its open enrollments have no run; up to this id, where one is given."""
        ...

    async def mark_started(self, enrollment_ids: Sequence[str], at: datetime) -> int:
        """Note that their runs exist; returns of how many that was not known yet."""
        ...

    async def cancel_unstarted(self, batch_id: str, limit: int, at: datetime) -> int:
        """End some of its enrollments without a run as cancelled; returns how many."""
        ...
