"""Events that an application tells of its contacts."""

from uuid import uuid4

from attrs import frozen
from fastapi import APIRouter, Request
from pydantic import Field

from adapters.http.api.caller import Writer
from adapters.http.api.idempotency import key_of
from adapters.http.api.models import Given, Moment, Shown
from adapters.http.api.problems import NOT_FOUND, answers
from application.record_event import RecordEvent
from domain.limits import KEY


class EventIn(Given):
    """Something that happened to a contact."""

    event: str = Field(
        description="The event's name, as the campaigns' `goals` have it.",
        pattern=f"^{KEY.pattern}$",
        examples=["purchased"],
    )
    external_id: str = Field(
        description="The contact, by your own name.", min_length=1, max_length=200, examples=["customer-17"]
    )
    id: str | None = Field(
        default=None,
        description="Your id of the event: the same id counts once for a contact, whenever it comes again. "
        "Without one it is derived from the Idempotency-Key; without that, every request is another event.",
        min_length=1,
        max_length=200,
        examples=["order-4711"],
    )
    occurred_at: Moment | None = Field(
        default=None,
        description="When it happened, for the timeline; a time that cannot be, such as a future one, counts "
        "as now.",
        examples=["2026-03-31T09:00:00Z"],
    )


class EventOut(Shown):
    """What an event came to."""

    id: str = Field(description="The id under which it counts once.", examples=["order-4711"])
    won: int = Field(description="How many enrollments of the contact it wins.", examples=[1])
    moved: int = Field(description="How many it leads to another step.", examples=[0])


@frozen
class EventsApi:
    """What an application tells."""

    record: RecordEvent

    def add_routes(self, router: APIRouter) -> None:
        """Add the operation."""
        router.add_api_route(
            "/events",
            self.record_event,
            methods=["POST"],
            status_code=202,
            summary="Tell that something happened to a contact",
            tags=["events"],
            response_model=EventOut,
            responses=answers(NOT_FOUND),
        )

    async def record_event(self, caller: Writer, told: EventIn, request: Request) -> EventOut:
        """Win, or lead to a step, every open enrollment whose campaign has the event among its goals.

        What campaigns do not wait for is not stored: tell everything that may matter. An event that was told
        before, by its id, comes to nothing more: both counts are 0 then.
        """
        key = key_of(request)
        event_id = told.id or (str(uuid4()) if key is None else f"key:{key}")
        done = await self.record(caller.tenant, told.external_id, told.event, event_id, told.occurred_at)
        return EventOut(id=event_id, won=done.won, moved=done.moved)
