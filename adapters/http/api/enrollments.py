"""Enrollments: starting one, looking at one, listing them, holding and ending one."""

from collections.abc import Awaitable
from enum import StrEnum
from typing import Annotated, Any

from attrs import frozen
from fastapi import APIRouter, Body, Query, Response

from adapters.http.api import enrollment_models as models
from adapters.http.api.caller import Reader, Writer
from adapters.http.api.campaigns import Key
from adapters.http.api.contact_models import SaidAt
from adapters.http.api.contact_reading import read_contact
from adapters.http.api.document import PREFIX
from adapters.http.api.enrollment_moves import EnrollmentId
from adapters.http.api.pages import AfterTime, Limit, Page, page_of, time_after
from adapters.http.api.problems import NOT_FOUND, answers
from application.control_enrollment import ControlEnrollment
from application.enroll_contact import EnrollContact
from application.find_enrollments import FindEnrollments
from application.ports.addresses import Addresses
from application.ports.enrollments import EnrollmentQuery
from application.show_enrollment import ShowEnrollment
from application.show_timeline import ShowTimeline, after
from domain.enrollment.state import Outcome
from domain.limits import MAX_VERSION


class EnrollmentState(StrEnum):
    """Whether enrollments have ended."""

    OPEN = "open"
    FINISHED = "finished"


def _word(about: str, example: str) -> Any:
    return Query(min_length=1, max_length=200, description=about, examples=[example])


CampaignFilter = Annotated[str | None, _word("Of the campaign of this key.", "spring")]
StepFilter = Annotated[str | None, _word("At the step of this key.", "text")]
ContactFilter = Annotated[str | None, _word("Of the contact of your id.", "customer-17")]
BatchFilter = Annotated[str | None, _word("Of the batch of this id.", models.ID)]
VersionFilter = Annotated[
    int | None, Query(ge=1, le=MAX_VERSION, description="On this version.", examples=[1])
]
StateFilter = Annotated[
    EnrollmentState | None,
    Query(description="Those that have not ended, or those that have.", examples=["open"]),
]
OutcomeFilter = Annotated[Outcome | None, Query(description="Those that ended so.", examples=["completed"])]
PausedFilter = Annotated[
    bool | None, Query(description="Those that are held by themselves, or are not.", examples=[False])
]
FromFilter = Annotated[
    SaidAt | None,
    Query(description="Those stored at this time or later.", examples=["2026-05-04T00:00:00Z"]),
]
BeforeFilter = Annotated[
    SaidAt | None, Query(description="Those stored before this time.", examples=["2026-06-01T00:00:00Z"])
]
Resuming = Annotated[models.EnrollmentResumeIn | None, Body()]
_ENROLLED: dict[str, Any] = {
    "model": models.EnrolledOut,
    "description": "The contact is enrolled now.",
    "headers": {"Location": {"description": "Where the enrollment is.", "schema": {"type": "string"}}},
}


@frozen
class EnrollmentsApi:
    """Single enrollments, and lists of them.

    Args:
        enroll: starts one.
        addresses: reads contacts that are given along.
        show: looks at one.
        timeline: looks at what has happened to one.
        find: lists them.
        control: holds and ends them.
    """

    enroll: EnrollContact
    addresses: Addresses
    show: ShowEnrollment
    timeline: ShowTimeline
    find: FindEnrollments
    control: ControlEnrollment

    def add_routes(self, router: APIRouter) -> None:
        """Add the operations."""
        router.add_api_route(
            "/campaigns/{key}/enrollments",
            self.create_enrollment,
            methods=["POST"],
            summary="Enroll a contact in a campaign",
            tags=["enrollments"],
            response_model=models.EnrolledOut,
            responses={
                200: {"description": "The contact was enrolled before; nothing was changed."},
                201: _ENROLLED,
                **answers(NOT_FOUND),
            },
        )
        one = "/enrollments/{enrollment_id}"
        for path, handler, summary, answer in (
            ("/enrollments", self.list_enrollments, "List enrollments", Page[models.EnrollmentListed]),
            (one, self.get_enrollment, "Look at an enrollment", models.EnrollmentOut),
            (
                f"{one}/timeline",
                self.list_timeline,
                "What has happened to an enrollment",
                Page[models.TimelineEntryOut],
            ),
        ):
            router.add_api_route(
                path,
                handler,
                methods=["GET"],
                summary=summary,
                tags=["enrollments"],
                response_model=answer,
                responses=answers(NOT_FOUND),
            )
        for word, change, summary, status in (
            ("pause", self.pause_enrollment, "Hold an enrollment", 200),
            ("resume", self.resume_enrollment, "Let an enrollment go on", 200),
            ("cancel", self.cancel_enrollment, "End an enrollment", 202),
        ):
            router.add_api_route(
                f"{one}:{word}",
                change,
                methods=["POST"],
                summary=summary,
                tags=["enrollments"],
                status_code=status,
                response_model=models.EnrollmentChanged,
                responses=answers(NOT_FOUND),
            )

    # Starting ----------------------------------------------------------------------------------------

    async def create_enrollment(
        self, caller: Writer, key: Key, body: models.EnrollmentIn, response: Response
    ) -> models.EnrolledOut:
        """Enroll a contact; its run begins at once, or as soon as the workflow service answers.

        A contact that is enrolled already, and may not enter again, keeps its enrollment: 200 instead of 201.
        """
        who = body.external_id or ""
        wanted = (
            who
            if body.contact is None
            else read_contact(self.addresses, body.contact, body.contact.external_id, "body.contact")
        )
        enrolled = await self.enroll(caller.tenant, key, wanted, body.version)
        view = await self.show(caller.tenant, enrolled.enrollment_id)
        if not enrolled.already:
            response.status_code = 201
            response.headers["Location"] = f"{PREFIX}/enrollments/{enrolled.enrollment_id}"
        return models.EnrolledOut(**dict(models.enrollment_out(view)), already=enrolled.already)

    # Looking -----------------------------------------------------------------------------------------

    async def list_enrollments(
        self,
        caller: Reader,
        campaign: CampaignFilter = None,
        version: VersionFilter = None,
        status: StateFilter = None,
        outcome: OutcomeFilter = None,
        step: StepFilter = None,
        external_id: ContactFilter = None,
        paused: PausedFilter = None,
        batch: BatchFilter = None,
        created_after: FromFilter = None,
        created_before: BeforeFilter = None,
        limit: Limit = 50,
        cursor: AfterTime = None,
    ) -> Page[models.EnrollmentListed]:
        """Enrollments that fit all filters, newest first."""
        query = EnrollmentQuery(
            campaign=campaign,
            version=version,
            is_open=None if status is None else status is EnrollmentState.OPEN,
            outcome=outcome,
            step=step,
            is_paused=paused,
            batch=batch,
            created_from=created_after,
            created_before=created_before,
        )
        found = await self.find(
            caller.tenant, query, external_id=external_id, after=time_after(cursor), limit=limit + 1
        )
        return page_of(found, limit, models.enrollment_listed, models.found_place)

    async def get_enrollment(self, caller: Reader, enrollment_id: EnrollmentId) -> models.EnrollmentOut:
        """Where it stands, what comes next, and what has happened so far."""
        return models.enrollment_out(await self.show(caller.tenant, enrollment_id))

    async def list_timeline(
        self, caller: Reader, enrollment_id: EnrollmentId, limit: Limit = 50, cursor: AfterTime = None
    ) -> Page[models.TimelineEntryOut]:
        """What was sent, what came back and what was decided, oldest first."""
        place = time_after(cursor)
        entries = await self.timeline(caller.tenant, enrollment_id)
        rest = entries if place is None else after(entries, *place)
        return page_of(rest, limit, models.entry_out, models.entry_place)

    # Changing ----------------------------------------------------------------------------------------

    async def pause_enrollment(self, caller: Writer, enrollment_id: EnrollmentId) -> models.EnrollmentChanged:
        """Hold it: nothing more is sent from now on."""
        pausing = self.control.pause(caller.tenant, enrollment_id)
        return await self._changed(caller.tenant, enrollment_id, pausing)

    async def resume_enrollment(
        self, caller: Writer, enrollment_id: EnrollmentId, how: Resuming = None
    ) -> models.EnrollmentChanged:
        """Let it go on."""
        then = (how or models.EnrollmentResumeIn()).then
        resuming = self.control.resume(caller.tenant, enrollment_id, then)
        return await self._changed(caller.tenant, enrollment_id, resuming)

    async def cancel_enrollment(
        self, caller: Writer, enrollment_id: EnrollmentId
    ) -> models.EnrollmentChanged:
        """End it as cancelled, as soon as its run hears of it."""
        ending = self.control.cancel(caller.tenant, enrollment_id)
        return await self._changed(caller.tenant, enrollment_id, ending)

    async def _changed(
        self, tenant: str, enrollment_id: str, change: Awaitable[bool]
    ) -> models.EnrollmentChanged:
        changed = await change
        view = await self.show(tenant, enrollment_id)
        return models.EnrollmentChanged(
            id=enrollment_id, changed=changed, status=view.standing, outcome=view.enrollment.outcome
        )
