"""Schedules: make, look at, and steer them."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from attrs import frozen

from application.audience_members import known_audience
from application.errors import UnknownSchedule
from application.ports.batches import Batch
from application.ports.clock import Clock
from application.ports.database import Database
from application.ports.schedules import Planned, Schedules
from application.published import published
from domain.errors import InvalidSchedule
from domain.limits import KEY
from domain.schedule_form import read_remark, read_schedule, read_stretch
from domain.wording import nearest, shown

SHOWN_FIRINGS = 5
LISTED_AT_ONCE = 200


@frozen
class ScheduleView:
    """A schedule with what its last firings have enrolled.

    Args:
        planned: the schedule, and how it stands.
        batches: by id, those of its last firings that there are.
    """

    planned: Planned
    batches: Mapping[str, Batch]


@frozen
class ControlSchedules:
    """What a tenant can do with schedules. Every method may raise `RunsUnavailable` or `RunRefused`."""

    schedules: Schedules
    database: Database
    clock: Clock

    async def put(
        self, tenant: str, key: str, data: Mapping[str, Any], *, paused: bool | None = None
    ) -> bool:
        """Make a schedule, or change the one of this key.

        Args:
            tenant: whose.
            key: what it is called.
            data: as `domain.schedule_form.read_schedule` reads it.
            paused: whether it stands still; None for as it was before, and not where it is new.

        Returns:
            True where it is new.

        Raises:
            InvalidSchedule: it cannot be used.
            UnknownCampaign: the tenant has no such campaign, or version of it.
            UnknownAudience: the tenant has no such audience.
        """
        schedule = read_schedule(key, data)
        _check_zone(schedule.time_zone)
        async with self.database.transaction() as tx:
            await published(tx, tenant, schedule.campaign, schedule.version)
            await known_audience(tx, tenant, schedule.audience)
        return await self.schedules.put(tenant, schedule, paused=paused)

    async def page(self, tenant: str, after: str | None, limit: int) -> list[Planned]:
        """A page of the tenant's schedules, by key.

        Args:
            tenant: whose.
            after: the last key of the page before; None for the first page.
            limit: how many at most.
        """
        return await self.schedules.page(tenant, after, limit)

    async def all(self, tenant: str) -> list[Planned]:
        """All schedules of the tenant, by key."""
        found: list[Planned] = []
        while some := await self.page(tenant, found[-1].schedule.key if found else None, LISTED_AT_ONCE):
            found += some
        return found

    async def get(self, tenant: str, key: str) -> ScheduleView:
        """One schedule, with its last firings.

        Raises:
            UnknownSchedule: the tenant has none of this key.
        """
        planned = await self.schedules.get(tenant, _known(key), SHOWN_FIRINGS)
        if planned is None:
            raise _unknown(key)
        async with self.database.transaction() as tx:
            found = [await tx.batches.get(firing.batch_id) for firing in planned.firings]
        return ScheduleView(planned, {each.id: each for each in found if each and each.tenant == tenant})

    async def trigger(self, tenant: str, key: str) -> None:
        """Let it fire now, or after the firing that goes on.

        Raises:
            UnknownSchedule: the tenant has none of this key.
        """
        _found(key, await self.schedules.trigger(tenant, _known(key)))

    async def pause(self, tenant: str, key: str, remark: str = "") -> None:
        """Let it stand still.

        Args:
            tenant: whose.
            key: which.
            remark: why, for whoever looks at it; nothing personal.

        Raises:
            InvalidSchedule: the remark is no single short line.
            UnknownSchedule: the tenant has none of this key.
        """
        _found(key, await self.schedules.pause(tenant, _known(key), read_remark(remark) or "Paused."))

    async def unpause(self, tenant: str, key: str, remark: str = "") -> None:
        """Let it go on.

        Raises:
            InvalidSchedule: the remark is no single short line.
            UnknownSchedule: the tenant has none of this key.
        """
        _found(key, await self.schedules.unpause(tenant, _known(key), read_remark(remark) or "Released."))

    async def delete(self, tenant: str, key: str) -> None:
        """Forget it; what has fired goes on.

        Raises:
            UnknownSchedule: the tenant has none of this key.
        """
        _found(key, await self.schedules.delete(tenant, _known(key)))

    async def backfill(self, tenant: str, key: str, start: str, end: str) -> None:
        """Let it fire for each of its times in a stretch of the past, one after the other.

        Args:
            tenant: whose.
            key: which.
            start: the stretch's beginning, included, as RFC 3339.
            end: its end, included.

        Raises:
            InvalidSchedule: the stretch cannot be read, is empty, or not past.
            UnknownSchedule: the tenant has none of this key.
        """
        begins, ends = read_stretch(start, end)
        if ends > self.clock():
            raise InvalidSchedule([(("end",), "lies in the future, for which the schedule fires by itself")])
        _found(key, await self.schedules.backfill(tenant, _known(key), begins, ends))


def _check_zone(name: str) -> None:
    zones = available_timezones()
    if name not in zones:
        alike = nearest(name, zones)
        advice = alike if alike.startswith("did") else "write it like America/Chicago"
        raise InvalidSchedule([(("time_zone",), f"{shown(name)} is not a known time zone; {advice}")])


def _known(key: str) -> str:
    """A key that there can be; any other one need not be asked about."""
    if not KEY.fullmatch(key):
        raise _unknown(key)
    return key


def _found(key: str, found: bool) -> None:  # noqa: FBT001 - what the port has answered
    if not found:
        raise _unknown(key)


def _unknown(key: str) -> UnknownSchedule:
    return UnknownSchedule(f"there is no schedule {shown(key)}")
