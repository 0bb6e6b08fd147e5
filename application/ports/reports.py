"""The port to the figures of a campaign."""

from typing import Protocol

from attrs import frozen

from application.ports.handoffs import Handoff


@frozen
class MessageCount:
    """How many attempts on a channel stand at a status.

    Args:
        channel: the channel.
        status: the delivery status where one was heard, else the attempt's state.
        count: how many.
    """

    channel: str
    status: str
    count: int


@frozen
class HandoffCount:
    """How many cases went to humans.

    Args:
        open: how many are not closed.
        resolved: how many are.
    """

    open: int
    resolved: int


class Reports(Protocol):
    """Counts over one campaign of one tenant."""

    async def outcomes(self, tenant: str, campaign: str) -> dict[str, int]:
        """Enrollments by outcome; ``open`` for those that run."""
        ...

    async def messages(self, tenant: str, campaign: str) -> list[MessageCount]:
        """Attempts by channel and final status."""
        ...

    async def handoffs(self, tenant: str, campaign: str) -> list[Handoff]:
        """The handoffs, oldest first."""
        ...

    async def handoff_count(self, tenant: str, campaign: str) -> HandoffCount:
        """How many handoffs there are."""
        ...

    async def busiest(self, tenant: str, campaign: str) -> str | None:
        """The enrollment with the most interactions, the smallest id of several; None where there is none."""
        ...

    async def attempts_by_state(self, tenant: str, campaign: str) -> dict[str, list[str]]:
        """Attempt keys by attempt state, for reconciliation."""
        ...
