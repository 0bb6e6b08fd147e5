"""Schedules: audiences that are enrolled again and again."""

from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Path, Response

from adapters.http.api.caller import Reader, Writer
from adapters.http.api.pages import After, Limit, Page, page_of, place_after
from adapters.http.api.problems import CONFLICT, NOT_FOUND, answers
from adapters.http.api.schedule_models import (
    RemarkIn,
    ScheduleDetail,
    ScheduleIn,
    ScheduleOut,
    StretchIn,
    schedule_detail,
    schedule_out,
)
from application.control_schedules import ControlSchedules

Key = Annotated[str, Path(max_length=200, description="What the schedule is called.", examples=["new-leads"])]

_ONE = "/schedules/{key}"
_MADE = {
    "model": ScheduleDetail,
    "description": "It is new.",
    "headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
}


@frozen
class SchedulesApi:
    """What a tenant can do with schedules."""

    schedules: ControlSchedules

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        missing: dict[str, Any] = {"tags": ["schedules"], "responses": answers(NOT_FOUND, CONFLICT)}
        steering: dict[str, Any] = {**missing, "methods": ["POST"], "response_model": ScheduleDetail}
        router.add_api_route(
            "/schedules",
            self.list_schedules,
            methods=["GET"],
            summary="List schedules",
            tags=["schedules"],
            response_model=Page[ScheduleOut],
        )
        router.add_api_route(
            _ONE,
            self.put_schedule,
            methods=["PUT"],
            summary="Make a schedule, or change it",
            tags=["schedules"],
            response_model=ScheduleDetail,
            responses={201: _MADE, **answers(NOT_FOUND, CONFLICT)},
        )
        router.add_api_route(
            _ONE,
            self.get_schedule,
            methods=["GET"],
            summary="Look at a schedule",
            response_model=ScheduleDetail,
            **missing,
        )
        router.add_api_route(
            _ONE,
            self.delete_schedule,
            methods=["DELETE"],
            summary="Delete a schedule",
            status_code=204,
            **missing,
        )
        router.add_api_route(
            f"{_ONE}:trigger", self.trigger_schedule, summary="Let it fire now", status_code=202, **steering
        )
        router.add_api_route(f"{_ONE}:pause", self.pause_schedule, summary="Hold it", **steering)
        router.add_api_route(f"{_ONE}:unpause", self.unpause_schedule, summary="Let it go on", **steering)
        router.add_api_route(
            f"{_ONE}:backfill",
            self.backfill_schedule,
            summary="Let it fire for times past",
            status_code=202,
            **steering,
        )

    async def list_schedules(
        self, caller: Reader, limit: Limit = 50, cursor: After = None
    ) -> Page[ScheduleOut]:
        """The schedules by key. One that was made or deleted a moment ago may show a little later."""
        place = place_after(cursor, 1)
        rows = await self.schedules.page(caller.tenant, None if place is None else place[0], limit + 1)
        return page_of(rows, limit, schedule_out, lambda row: (row.schedule.key,))

    async def put_schedule(
        self, caller: Writer, key: Key, body: ScheduleIn, response: Response
    ) -> ScheduleDetail:
        """Make a schedule, or change the one of this key to be so. Twice the same is once."""
        if await self.schedules.put(caller.tenant, key, body.data, paused=body.paused):
            response.status_code = 201
            response.headers["Location"] = f"/v1/schedules/{key}"
        return await self._shown(caller.tenant, key)

    async def get_schedule(self, caller: Reader, key: Key) -> ScheduleDetail:
        """One schedule: when it fires next, and what its last firings have enrolled."""
        return await self._shown(caller.tenant, key)

    async def delete_schedule(self, caller: Writer, key: Key) -> None:
        """Forget it. What it has enrolled goes on."""
        await self.schedules.delete(caller.tenant, key)

    async def trigger_schedule(self, caller: Writer, key: Key) -> ScheduleDetail:
        """Let it fire now, or after the firing that goes on, also while it is held."""
        await self.schedules.trigger(caller.tenant, key)
        return await self._shown(caller.tenant, key)

    async def pause_schedule(self, caller: Writer, key: Key, body: RemarkIn | None = None) -> ScheduleDetail:
        """Let it stand still. What it has enrolled goes on."""
        await self.schedules.pause(caller.tenant, key, body.remark if body else "")
        return await self._shown(caller.tenant, key)

    async def unpause_schedule(
        self, caller: Writer, key: Key, body: RemarkIn | None = None
    ) -> ScheduleDetail:
        """Let it go on. What would have fired meanwhile does not: `:backfill` does that."""
        await self.schedules.unpause(caller.tenant, key, body.remark if body else "")
        return await self._shown(caller.tenant, key)

    async def backfill_schedule(self, caller: Writer, key: Key, body: StretchIn) -> ScheduleDetail:
        """Let it fire for each of its times in a stretch of the past, one after the other."""
        await self.schedules.backfill(caller.tenant, key, body.start, body.end)
        return await self._shown(caller.tenant, key)

    async def _shown(self, tenant: str, key: str) -> ScheduleDetail:
        return schedule_detail(await self.schedules.get(tenant, key))
