"""Handoffs: cases that humans take over."""

from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Path, Query
from pydantic import Field

from adapters.http.api.caller import Reader, Writer
from adapters.http.api.models import Given, Moment, Shown
from adapters.http.api.pages import AfterTime, Limit, Page, page_of, time_after
from adapters.http.api.problems import CONFLICT, NOT_FOUND, answers
from application.control_handoffs import ControlHandoffs
from application.ports.handoffs import HandoffCase, HandoffQuery
from domain.handoffs import LONGEST_NAME, LONGEST_NOTE, HandoffState
from domain.times.rfc3339 import rfc3339

_EXAMPLE_ID = "5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11:handoff"

Id = Annotated[str, Path(max_length=200, description="The handoff's id.", examples=[_EXAMPLE_ID])]
StateFilter = Annotated[
    HandoffState | None, Query(description="Only those that stand so.", examples=["open"])
]
CampaignFilter = Annotated[
    str | None,
    Query(max_length=200, description="Only those of this campaign, by its key.", examples=["spring"]),
]
ContactFilter = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Only those of this contact, by your id for them.",
        examples=["customer-17"],
    ),
]

_ONE = "/handoffs/{id}"


class HandoffOut(Shown):
    """A case for a human."""

    id: str = Field(description="Its id.", examples=[_EXAMPLE_ID])
    enrollment_id: str = Field(description="Whose case.", examples=["5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"])
    campaign: str = Field(description="Which campaign gave up.", examples=["spring"])
    external_id: str | None = Field(
        description="Your id for the contact; null for one who was erased.", examples=["customer-17"]
    )
    step: str = Field(description="Where it gave up.", examples=["call"])
    reason: str = Field(description="The result that led here.", examples=["unanswered"])
    state: HandoffState = Field(description="How it stands.", examples=["open"])
    desk: str = Field(description="Where it was sent.", examples=["slack"])
    ref: str | None = Field(
        description="The desk's own id; null until it has taken it.",
        examples=["C0123456789:1767225600.000100"],
    )
    created_at: Moment = Field(description="Since when.", examples=["2026-03-31T09:00:00.000000Z"])
    claimed_by: str | None = Field(description="Who has it.", examples=["anna"])
    claimed_at: Moment | None = Field(
        description="Since when they have it.", examples=["2026-03-31T09:05:00.000000Z"]
    )
    resolved_at: Moment | None = Field(description="When it was closed.", examples=[None])


class HandoffDetail(HandoffOut):
    """A case with what the human needs to know."""

    summary: str = Field(
        description="What to do for whom, from the contact's data as they are now; personal.",
        examples=["Please call Ada Lovelace at +12025550123 about the appointment."],
    )


class ClaimIn(Given):
    """Who takes a case."""

    by: str = Field(
        min_length=1,
        max_length=LONGEST_NAME,
        description="Who: by the desk's id of them, or as your team calls them.",
        examples=["anna"],
    )


class ReassignIn(Given):
    """Who is to have a case."""

    to: str = Field(min_length=1, max_length=LONGEST_NAME, description="Who is to have it.", examples=["ben"])
    by: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="Who says so.", examples=["anna"]
    )


class ReleaseIn(Given):
    """Who gives a case back."""

    by: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="Who says so.", examples=["anna"]
    )


class ResolveIn(Given):
    """Who closes a case, and what came of it."""

    by: str | None = Field(
        default=None, min_length=1, max_length=LONGEST_NAME, description="Who closes it.", examples=["anna"]
    )
    note: str | None = Field(
        default=None,
        max_length=LONGEST_NOTE,
        description="What came of it; kept with the timeline, and erased with the contact.",
        examples=["Has a new appointment."],
    )


@frozen
class HandoffsApi:
    """What people do with cases."""

    handoffs: ControlHandoffs

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        router.add_api_route(
            "/handoffs",
            self.list_handoffs,
            methods=["GET"],
            summary="List handoffs",
            tags=["handoffs"],
            response_model=Page[HandoffOut],
        )
        router.add_api_route(
            _ONE,
            self.get_handoff,
            methods=["GET"],
            summary="Look at a handoff",
            tags=["handoffs"],
            response_model=HandoffDetail,
            responses=answers(NOT_FOUND),
        )
        for verb, handler, summary in (
            ("claim", self.claim_handoff, "Take a handoff"),
            ("reassign", self.reassign_handoff, "Give a handoff to somebody"),
            ("release", self.release_handoff, "Give a handoff back"),
            ("resolve", self.resolve_handoff, "Close a handoff"),
        ):
            router.add_api_route(
                f"{_ONE}:{verb}",
                handler,
                methods=["POST"],
                summary=summary,
                tags=["handoffs"],
                response_model=HandoffOut,
                responses=answers(NOT_FOUND, CONFLICT),
            )

    async def list_handoffs(
        self,
        caller: Reader,
        state: StateFilter = None,
        campaign: CampaignFilter = None,
        external_id: ContactFilter = None,
        limit: Limit = 50,
        cursor: AfterTime = None,
    ) -> Page[HandoffOut]:
        """The handoffs, oldest first. What they are about is personal, and shown one by one only."""
        query = HandoffQuery(state, campaign, external_id)
        rows = await self.handoffs.page(caller.tenant, query, time_after(cursor), limit + 1)
        return page_of(rows, limit, _shown, lambda row: (rfc3339(row.handoff.created_at), row.handoff.key))

    async def get_handoff(self, caller: Reader, id: Id) -> HandoffDetail:  # noqa: A002 - the path's own word
        """One handoff, with its summary."""
        view = await self.handoffs.get(caller.tenant, id)
        return HandoffDetail.model_validate({**_values(view.case), "summary": view.summary})

    async def claim_handoff(self, caller: Writer, id: Id, body: ClaimIn) -> HandoffOut:  # noqa: A002 - as above
        """Take one that nobody has. Whoever has it may say so again; for anybody else it is a conflict."""
        return _shown(await self.handoffs.claim(caller.tenant, id, body.by))

    async def reassign_handoff(self, caller: Writer, id: Id, body: ReassignIn) -> HandoffOut:  # noqa: A002 - as above
        """Give it to somebody, whoever has it."""
        return _shown(await self.handoffs.reassign(caller.tenant, id, body.to, body.by))

    async def release_handoff(
        self,
        caller: Writer,
        id: Id,  # noqa: A002 - as above
        body: ReleaseIn | None = None,
    ) -> HandoffOut:
        """Let nobody have it any more."""
        return _shown(await self.handoffs.release(caller.tenant, id, body.by if body else None))

    async def resolve_handoff(
        self,
        caller: Writer,
        id: Id,  # noqa: A002 - as above
        body: ResolveIn | None = None,
    ) -> HandoffOut:
        """Close it: the enrollment that waits for it ends. Once it is closed, this changes nothing more."""
        body = body or ResolveIn()
        return _shown(await self.handoffs.resolve(caller.tenant, id, body.by, body.note))


def _shown(case: HandoffCase) -> HandoffOut:
    return HandoffOut.model_validate(_values(case))


def _values(case: HandoffCase) -> dict[str, Any]:
    handoff = case.handoff
    return {
        "id": handoff.key,
        "enrollment_id": handoff.enrollment_id,
        "campaign": case.campaign,
        "external_id": case.external_id,
        "step": handoff.step,
        "reason": handoff.reason,
        "state": handoff.state,
        "desk": handoff.desk,
        "ref": handoff.ref,
        "created_at": handoff.created_at,
        "claimed_by": handoff.claimed_by,
        "claimed_at": handoff.claimed_at,
        "resolved_at": handoff.resolved_at,
    }
