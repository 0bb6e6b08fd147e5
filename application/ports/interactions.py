"""The port to the timeline: what providers, people and the workflow itself have reported."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from domain.statuses import DeliveryStatus


class Dispatch(StrEnum):
    """Whether the enrollment's run must hear of an interaction, and has."""

    NONE = "none"
    PENDING = "pending"
    DISPATCHED = "dispatched"
    LATE = "late"


PRESSED = "pressed"
"""The kind of an interaction that tells of a key pressed on a call; its detail is the key alone."""


@frozen
class Interaction:
    """One row of the timeline.

    Args:
        key: what makes it one row however often it is reported; UNIQUE.
        kind: a delivery status, an `InteractionKind` value, or another word for what happened.
        at: when it happened, by the clock of whoever reports it.
        enrollment_id: whose; None where nobody can be found for it.
        step: at which step, where known.
        attempt: at which attempt, where known.
        provider: who reported it; None for our own.
        status: the delivery status, for reports about a message.
        detail: more, e.g. the vendor's code.
        text: what a person wrote; personal data.
        dispatch: whether the run must hear of it.
        stored_at: when we took it in, by our clock; filled by the database.
    """

    key: str
    kind: str
    at: datetime
    enrollment_id: str | None = None
    step: str | None = None
    attempt: int | None = None
    provider: str | None = None
    status: DeliveryStatus | None = None
    detail: str = ""
    text: str | None = field(default=None, repr=False)
    dispatch: Dispatch = Dispatch.NONE
    stored_at: datetime | None = None


class Interactions(Protocol):
    """The timelines of all enrollments."""

    async def add(self, interactions: Sequence[Interaction]) -> frozenset[str]:
        """Insert those whose key is new; returns their keys."""
        ...

    async def mark(self, marks: Sequence[tuple[str, Dispatch]]) -> None:
        """Note by key that runs have heard of them, or have ended before. What was noted first stays."""
        ...

    async def pending(
        self, before: datetime, limit: int, or_after: datetime | None = None
    ) -> list[Interaction]:
        """Interactions stored before a time whose run has not heard of them, oldest first.

        And those stored after another time, which is yet to come: their clock was wrong.

        Those of open enrollments whose run is not started yet are left out: nobody could be told, and so
        many of them as are asked for would keep all others waiting.
        """
        ...

    async def of_enrollment(self, enrollment_id: str) -> list[Interaction]:
        """The timeline of one enrollment, in the order in which it was stored."""
        ...

    async def of_enrollments(
        self, enrollment_ids: Sequence[str], kinds: Collection[str]
    ) -> list[Interaction]:
        """What some enrollments, a page of a list at most, have of some kinds, in the order of storing."""
        ...
