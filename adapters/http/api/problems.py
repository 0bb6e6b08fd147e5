"""What can go wrong in the API, each with a type that never changes (RFC 9457, application/problem+json).

A `type` is a reference into the API itself, ``/problems/NAME``, where a page says what it means.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from application.errors import (
    Conflict,
    DatabaseUnavailable,
    RunRefused,
    RunsUnavailable,
    TemplateFault,
    UnknownAudience,
    UnknownBatch,
    UnknownCampaign,
    UnknownContact,
    UnknownEnrollment,
    UnknownHandoff,
    UnknownKey,
    UnknownSchedule,
    VersionTaken,
)
from domain.errors import DomainError, InvalidDefinition

MEDIA_TYPE = "application/problem+json"
PATH = "/problems/"
COME_AGAIN = 5
"""Seconds after which somebody who was sent away may come again."""


@frozen
class ProblemType:
    """A sort of problem.

    Args:
        name: the end of its `type`; never changes.
        status: the HTTP status that it goes with.
        title: what it is, in a few words; the same for every one of its sort.
    """

    name: str
    status: int
    title: str


UNAUTHENTICATED = ProblemType("unauthenticated", 401, "No valid API key")
FORBIDDEN = ProblemType("scope-missing", 403, "The API key may not do this")
NOT_FOUND = ProblemType("not-found", 404, "There is no such thing")
CONFLICT = ProblemType("conflict", 409, "It does not fit what is there")
VERSION_TAKEN = ProblemType("version-taken", 409, "The version has other content")
KEY_REUSED = ProblemType("idempotency-key-reused", 409, "The Idempotency-Key stands for another request")
KEY_IN_USE = ProblemType("idempotency-key-in-use", 409, "The first request of this Idempotency-Key goes on")
TOO_LONG = ProblemType("body-too-long", 413, "The body is too long")
MEDIA = ProblemType("media-type", 415, "The body is of another type")
INVALID = ProblemType("invalid-request", 422, "The request cannot be used as it is")
TOO_MANY = ProblemType("too-many-requests", 429, "Too many requests")
INTERNAL = ProblemType("internal", 500, "Something went wrong")
UNAVAILABLE = ProblemType("unavailable", 503, "Not now")
ALL = (
    UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CONFLICT, VERSION_TAKEN, KEY_REUSED, KEY_IN_USE, TOO_LONG, MEDIA,
    INVALID, TOO_MANY, INTERNAL, UNAVAILABLE,
)  # fmt: skip


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    path: str = Field(description="Where it is: `body.steps[0].wait`, `query.limit`, `path.id`, ...")
    detail: str = Field(description="What is wrong with it, as a sentence.")


class Problem(BaseModel):
    """Why a request did not do what it was for (RFC 9457)."""

    type: str = Field(
        description="What sort of problem it is; never changes.", examples=["/problems/not-found"]
    )
    title: str = Field(description="The sort in a few words.", examples=["There is no such thing"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What is the matter and what to do, for a person.", examples=["There is no such contact."]
    )
    errors: list[FieldError] | None = Field(default=None, description="Which fields are wrong, and why.")


class ApiProblem(Exception):
    """A request cannot be carried out.

    Args:
        type: what sort of problem it is.
        detail: one sentence for whoever sent the request, without personal data.
        errors: path and sentence of each field that is wrong.
        headers: what the answer says besides, e.g. Retry-After.
    """

    def __init__(
        self,
        type: ProblemType,  # noqa: A002 - the member's name in RFC 9457
        detail: str,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.type = type
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(detail)


@frozen
class _Sort:
    """How errors of a class are told."""

    type: ProblemType
    headers: Mapping[str, str] = field(factory=dict)


_LATER = {"Retry-After": str(COME_AGAIN)}
_SORTS: Mapping[type[Exception], _Sort] = {
    UnknownContact: _Sort(NOT_FOUND),
    UnknownCampaign: _Sort(NOT_FOUND),
    UnknownEnrollment: _Sort(NOT_FOUND),
    UnknownHandoff: _Sort(NOT_FOUND),
    UnknownBatch: _Sort(NOT_FOUND),
    UnknownAudience: _Sort(NOT_FOUND),
    UnknownSchedule: _Sort(NOT_FOUND),
    UnknownKey: _Sort(NOT_FOUND),
    Conflict: _Sort(CONFLICT),
    VersionTaken: _Sort(VERSION_TAKEN),
    TemplateFault: _Sort(INVALID),
    RunRefused: _Sort(CONFLICT),
    DatabaseUnavailable: _Sort(UNAVAILABLE, _LATER),
    RunsUnavailable: _Sort(UNAVAILABLE, _LATER),
    DomainError: _Sort(INVALID),
}
"""The sort of each error of ours, the nearest class first. What is not here is a bug: 500."""


def as_problem(error: Exception) -> ApiProblem | None:
    """What to tell of an error; None for one that nobody has foreseen."""
    if isinstance(error, ApiProblem):
        return error
    if isinstance(error, RequestValidationError):
        wrong = [(_path(each["loc"]), _sentence(each["msg"])) for each in error.errors()]
        return ApiProblem(INVALID, f"The request has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)
    if isinstance(error, InvalidDefinition):
        wrong = _definition_errors(error)
        return ApiProblem(INVALID, f"The campaign has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)
    for cls in type(error).__mro__:
        if cls in _SORTS:
            sort = _SORTS[cls]
            return ApiProblem(sort.type, _sentence(str(error)), headers=sort.headers)
    return None


def answer(problem: ApiProblem) -> Response:
    """The answer that tells of a problem."""
    body: dict[str, Any] = {
        "type": PATH + problem.type.name,
        "title": problem.type.title,
        "status": problem.type.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"path": path, "detail": detail} for path, detail in problem.errors]
    return JSONResponse(body, problem.type.status, problem.headers, MEDIA_TYPE)


def answers(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer instead of doing its work, for its ``responses`` in OpenAPI.

    Those that any operation may answer (401, 403, 422, 429, 500, 503) are added to all.
    """
    grouped: dict[int | str, list[str]] = {}
    for each in types:
        grouped.setdefault(each.status, []).append(each.title)
    return {
        status: {
            "description": "; ".join(titles),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, titles in grouped.items()
    }


def _definition_errors(error: InvalidDefinition) -> list[tuple[str, str]]:
    return [(_path(("body", *fault.path)), _sentence(fault.problem)) for fault in error.problems]


def _path(parts: Sequence[object]) -> str:
    """``("body", "steps", 0, "wait")`` as ``body.steps[0].wait``."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _problems(number: int) -> str:
    return "1 problem" if number == 1 else f"{number} problems, the first one"
