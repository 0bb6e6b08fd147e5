"""Sending one enrollment to another step."""

from typing import Annotated

from attrs import frozen
from fastapi import APIRouter, Path
from pydantic import Field

from adapters.http.api.caller import Writer
from adapters.http.api.models import Given, Shown
from adapters.http.api.problems import CONFLICT, INVALID, NOT_FOUND, ApiProblem, answers
from application.errors import UnknownStep
from application.move_enrollment import MoveEnrollment

EnrollmentId = Annotated[
    str,
    Path(
        max_length=200,
        description="The enrollment's id.",
        examples=["5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"],
    ),
]


class EnrollmentMoveIn(Given):
    """Where an enrollment is to go."""

    step: str = Field(
        description="The key of a step, or of a split, of the version that the enrollment follows. A step "
        "that was sent already is not sent again: its wait begins anew.",
        max_length=200,
        examples=["call"],
    )


class EnrollmentMoveOut(Shown):
    """What was ordered."""

    id: str = Field(description="The enrollment's id.", examples=["5f0c9d0e-8f3e-5b0a-9c51-0d2b7e6f4a11"])
    step: str = Field(description="The step that it goes to.", examples=["call"])


@frozen
class EnrollmentMovesApi:
    """The moves of single enrollments."""

    move: MoveEnrollment

    def add_routes(self, router: APIRouter) -> None:
        """Add the operation."""
        router.add_api_route(
            "/enrollments/{enrollment_id}:move",
            self.move_enrollment,
            methods=["POST"],
            status_code=202,
            summary="Send an enrollment to another step",
            tags=["enrollments"],
            response_model=EnrollmentMoveOut,
            responses=answers(NOT_FOUND, CONFLICT),
        )

    async def move_enrollment(
        self, caller: Writer, enrollment_id: EnrollmentId, wanted: EnrollmentMoveIn
    ) -> EnrollmentMoveOut:
        """Order it to go there as soon as nothing is under way; the order given last holds.

        Where it stands there already, nothing changes. One that has ended, or that a human has, conflicts.
        """
        try:
            await self.move(caller.tenant, enrollment_id, wanted.step)
        except UnknownStep as error:
            text = str(error)
            told = f"{text[:1].upper()}{text[1:]}."
            raise ApiProblem(INVALID, told, [("body.step", told)]) from error
        return EnrollmentMoveOut(id=enrollment_id, step=wanted.step)
