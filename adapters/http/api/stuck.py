"""What is stuck, for whoever is on call."""

from attrs import frozen
from fastapi import APIRouter
from pydantic import Field

from adapters.http.api.caller import Reader
from adapters.http.api.models import Shown
from application.find_stuck import FindStuck, Stuck
from application.ports.stuck import SHOWN
from domain.stuck import StuckKind


class StuckOut(Shown):
    """What of one kind goes on for longer than the settings allow."""

    kind: StuckKind = Field(description="What it is.", examples=["enrollment_overdue"])
    count: int = Field(description="How many there are now; 0 where all is well.", examples=[2])
    oldest_seconds: float | None = Field(
        description="For how long the oldest one has been waited for; null where there is none.",
        examples=[5400.0],
    )
    ids: list[str] = Field(
        description=f"The oldest ones, {SHOWN} at most: ids of enrollments, attempts, events, batches or "
        "handoffs, as the kind says.",
        examples=[["5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11", "a41d7c52-3b7e-5c1f-8d67-92f0c1b3e8d4"]],
    )


class StuckList(Shown):
    """What is stuck, of every kind."""

    stuck: bool = Field(description="Whether anything is.", examples=[True])
    kinds: list[StuckOut] = Field(description="Every kind there is, in one order, also those without any.")


@frozen
class StuckApi:
    """The look for what is stuck."""

    find_stuck: FindStuck

    def add_routes(self, router: APIRouter) -> None:
        """Add the operation."""
        router.add_api_route(
            "/stuck",
            self.list_stuck,
            methods=["GET"],
            summary="What goes on for longer than it should",
            tags=["operations"],
            response_model=StuckList,
        )

    async def list_stuck(self, caller: Reader) -> StuckList:
        """Look for overdue enrollments, sends in doubt, events not passed on and cases that nobody takes."""
        found = await self.find_stuck(caller.tenant)
        return StuckList(stuck=any(each.count for each in found), kinds=[_shown(each) for each in found])


def _shown(stuck: Stuck) -> StuckOut:
    oldest = None if stuck.oldest is None else stuck.oldest.total_seconds()
    return StuckOut(kind=stuck.kind, count=stuck.count, oldest_seconds=oldest, ids=list(stuck.ids))
