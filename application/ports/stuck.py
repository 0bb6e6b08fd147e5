"""The port to what is stuck: a query for each kind, answered from an index."""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.stuck import StuckKind

SHOWN = 20
"""How many ids are told of each kind."""


@frozen
class Standstill:
    """What of one kind is stuck.

    Args:
        count: how many there are.
        since: since when the oldest one is waited for; None where there is none.
        ids: the oldest ones, at most `SHOWN`: of enrollments, attempts, interactions, batches or handoffs.
    """

    count: int = 0
    since: datetime | None = None
    ids: tuple[str, ...] = ()


class Standstills(Protocol):
    """What goes on for too long."""

    async def of(self, kind: StuckKind, before: datetime, tenant: str | None) -> Standstill:
        """What of one kind has been waited for since before a time.

        Args:
            kind: which kind.
            before: the time.
            tenant: whose; None for all tenants.
        """
        ...
