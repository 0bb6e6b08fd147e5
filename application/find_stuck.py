"""Find what goes on for too long, for whoever is on call."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from attrs import field, frozen

from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.telemetry import Telemetry
from domain.stuck import StuckKind, StuckLimits

_log = structlog.get_logger(__name__)


@frozen
class Stuck:
    """What of one kind is stuck.

    Args:
        kind: which kind.
        count: how many.
        oldest: for how long the oldest one has been waited for; None where there is none.
        ids: of the oldest ones, at most `application.ports.stuck.SHOWN`.
    """

    kind: StuckKind
    count: int = 0
    oldest: timedelta | None = None
    ids: tuple[str, ...] = ()


@frozen
class FindStuck:
    """Look for each kind."""

    database: Database
    clock: Clock
    limits: StuckLimits = field(factory=StuckLimits)

    async def __call__(self, tenant: str | None) -> list[Stuck]:
        """Tell of every kind how many are stuck, none too, in one order.

        Args:
            tenant: whose; None for all tenants.
        """
        now = self.clock()
        found = []
        async with self.database.transaction() as tx:
            for kind in StuckKind:
                told = await tx.standstills.of(kind, self.limits.since(kind, now), tenant)
                oldest = None if told.since is None else now - told.since
                found.append(Stuck(kind, told.count, oldest, told.ids))
        return found


@frozen
class ObserveStuck:
    """Measure what is stuck, over all tenants, and log what has changed."""

    find_stuck: FindStuck
    telemetry: Telemetry

    async def __call__(self, known: Mapping[StuckKind, int]) -> Mapping[StuckKind, int]:
        """Look once.

        Args:
            known: how many there were when it looked last; nothing at the first time.

        Returns:
            How many there are now, of every kind.
        """
        found: Sequence[Stuck] = await self.find_stuck(None)
        for each in found:
            self.telemetry.stuck(each.kind.value, each.count)
            before = known.get(each.kind, 0)
            if each.count != before:
                log = _log.warning if each.count > before else _log.info
                log("stuck.changed", kind=each.kind.value, count=each.count, before=before)
        return {each.kind: each.count for each in found}
