"""The port `Schedules` in memory: it keeps what it is told, and fires only when a test says so."""

from datetime import datetime, timedelta

from attrs import define, evolve, field

from application.errors import RunsUnavailable
from application.ports.clock import Clock
from application.ports.schedules import Firing, Planned
from domain.schedules import Schedule
from tests.fakes.clock import FakeClock


@define
class FakeSchedules:
    """The port `Schedules`.

    Attributes:
        clock: the time.
        kept: by tenant and key.
        triggered: tenant and key of each one that was told to fire.
        backfilled: the stretches that were asked for.
        down: nobody answers.
    """

    clock: Clock = field(factory=FakeClock)
    kept: dict[tuple[str, str], Planned] = field(factory=dict)
    triggered: list[tuple[str, str]] = field(factory=list)
    backfilled: list[tuple[datetime, datetime]] = field(factory=list)
    down: bool = False

    async def put(self, tenant: str, schedule: Schedule, *, paused: bool | None = None) -> bool:
        """Keep it."""
        known = self._found(tenant, schedule.key)
        now = self.clock()
        next_at = (now + timedelta(hours=1), now + timedelta(hours=2))
        if known is None:
            new = Planned(schedule, now, now, next_at, bool(paused), schedule.note)
            self.kept[tenant, schedule.key] = new
            return True
        self.kept[tenant, schedule.key] = evolve(known, schedule=schedule, updated_at=now)
        if paused is not None and paused is not known.paused:
            self._change(tenant, schedule.key, paused=paused, remark=schedule.note)
        return False

    async def page(self, tenant: str, after: str | None, limit: int) -> list[Planned]:
        """Those of a tenant, by key."""
        self._check()
        keys = sorted(key for whose, key in self.kept if whose == tenant and key > (after or ""))
        return [evolve(self.kept[tenant, key], firings=()) for key in keys[:limit]]

    async def get(self, tenant: str, key: str, firings: int = 0) -> Planned | None:
        """The one of a key."""
        known = self._found(tenant, key)
        return None if known is None else evolve(known, firings=known.firings[:firings])

    async def trigger(self, tenant: str, key: str) -> bool:
        """Take note."""
        if self._found(tenant, key) is None:
            return False
        self.triggered.append((tenant, key))
        return True

    async def pause(self, tenant: str, key: str, remark: str) -> bool:
        """Hold it."""
        return self._change(tenant, key, paused=True, remark=remark)

    async def unpause(self, tenant: str, key: str, remark: str) -> bool:
        """Release it."""
        return self._change(tenant, key, paused=False, remark=remark)

    async def delete(self, tenant: str, key: str) -> bool:
        """Forget it."""
        self._check()
        return self.kept.pop((tenant, key), None) is not None

    async def backfill(self, tenant: str, key: str, start: datetime, end: datetime) -> bool:
        """Take note."""
        if self._found(tenant, key) is None:
            return False
        self.backfilled.append((start, end))
        return True

    def fire(self, tenant: str, key: str, *firings: Firing) -> None:
        """Let it have fired, latest first."""
        known = self.kept[tenant, key]
        self.kept[tenant, key] = evolve(known, firings=firings, fired=len(firings))

    def _check(self) -> None:
        if self.down:
            raise RunsUnavailable("Temporal cannot be reached")

    def _found(self, tenant: str, key: str) -> Planned | None:
        self._check()
        return self.kept.get((tenant, key))

    def _change(self, tenant: str, key: str, *, paused: bool, remark: str) -> bool:
        known = self._found(tenant, key)
        if known is None:
            return False
        self.kept[tenant, key] = evolve(known, paused=paused, remark=remark)
        return True
