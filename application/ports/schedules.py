"""The port to what fires schedules: durably, whether or not a process of ours runs."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from domain.schedules import Schedule


class FiringState(StrEnum):
    """How far a firing has come."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    FORGOTTEN = "forgotten"
    """It is so long ago that the workflow service has no record of it any more."""


@frozen
class Firing:
    """One time that a schedule has fired.

    Args:
        due_at: for which time.
        fired_at: when.
        batch_id: the batch of enrollments that it makes.
        state: how far it has come.
        problem: why it failed, as a sentence.
    """

    due_at: datetime
    fired_at: datetime
    batch_id: str
    state: FiringState
    problem: str = ""


@frozen
class Planned:
    """A schedule, and how it stands.

    Args:
        schedule: as it was written.
        created_at: when it was first stored.
        updated_at: when it was last changed.
        next_at: the next times at which it fires, as if it were not paused.
        paused: it does not fire.
        remark: why it is paused, or was released.
        fired: how often it has fired.
        skipped: how often it did not, since an earlier firing went on.
        missed: how often it did not, since nobody was there for longer than its catch-up window.
        firings: the last times that it has fired, latest first.
    """

    schedule: Schedule
    created_at: datetime
    updated_at: datetime
    next_at: tuple[datetime, ...] = ()
    paused: bool = False
    remark: str = ""
    fired: int = 0
    skipped: int = 0
    missed: int = 0
    firings: tuple[Firing, ...] = ()


class Schedules(Protocol):
    """The schedules of all tenants. Every call may raise `RunsUnavailable` or `RunRefused`."""

    async def put(self, tenant: str, schedule: Schedule, *, paused: bool | None = None) -> bool:
        """Store it, or change the one of its key.

        Args:
            tenant: whose.
            schedule: as it is to be.
            paused: whether it stands still; None for as it was before, and not where it is new.

        Returns:
            True where it is new.
        """
        ...

    async def page(self, tenant: str, after: str | None, limit: int) -> list[Planned]:
        """A page of a tenant's schedules, by key, without their firings.

        One that was made a moment ago may be missing.

        Args:
            tenant: whose.
            after: the last key of the page before; None for the first page.
            limit: how many at most.
        """
        ...

    async def get(self, tenant: str, key: str, firings: int = 0) -> Planned | None:
        """The schedule, if there is one.

        Args:
            tenant: whose.
            key: its name.
            firings: how many of the last firings to look at.
        """
        ...

    async def trigger(self, tenant: str, key: str) -> bool:
        """Let it fire now, or after the firing that goes on; False where there is none."""
        ...

    async def pause(self, tenant: str, key: str, remark: str) -> bool:
        """Let it stand still; False where there is none."""
        ...

    async def unpause(self, tenant: str, key: str, remark: str) -> bool:
        """Let it go on; False where there is none."""
        ...

    async def delete(self, tenant: str, key: str) -> bool:
        """Forget it; False where there is none. What has fired goes on."""
        ...

    async def backfill(self, tenant: str, key: str, start: datetime, end: datetime) -> bool:
        """Let it fire for each of its times in a stretch of the past, one after the other.

        Args:
            tenant: whose.
            key: its name.
            start: the stretch's beginning, included.
            end: its end, included.

        Returns:
            False where there is none.
        """
        ...
