"""What can go wrong in the API, each with a type that never changes (RFC 9457, application/problem+json).

A `type` is a reference into the API itself, ``/problems/NAME``, where a page says what it means.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from application.errors import (
    AnswerErased,
    Conflict,
    DatabaseUnavailable,
    KeyInUse,
    KeyReused,
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
    UnknownStep,
    UnknownSuppression,
    UnusableFile,
    VersionTaken,
)
from domain.errors import DomainError, InvalidAudience, InvalidDefinition, InvalidSchedule

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

    @property
    def reference(self) -> str:
        """As problem documents have it."""
        return PATH + self.name


UNAUTHENTICATED = ProblemType("unauthenticated", 401, "No valid API key")
FORBIDDEN = ProblemType("scope-missing", 403, "The API key may not do this")
NOT_FOUND = ProblemType("not-found", 404, "There is no such thing")
METHOD = ProblemType("method-not-allowed", 405, "The path does not take this method")
SLOW = ProblemType("body-too-slow", 408, "The body did not arrive")
CONFLICT = ProblemType("conflict", 409, "It does not fit what is there")
VERSION_TAKEN = ProblemType("version-taken", 409, "The version has other content")
KEY_REUSED = ProblemType("idempotency-key-reused", 409, "The Idempotency-Key stands for another request")
KEY_IN_USE = ProblemType("idempotency-key-in-use", 409, "The first request of this Idempotency-Key goes on")
ERASED = ProblemType("answer-erased", 410, "The answer was erased")
TOO_LONG = ProblemType("body-too-long", 413, "The body is too long")
MEDIA = ProblemType("media-type", 415, "The body is of another type")
INVALID = ProblemType("invalid-request", 422, "The request cannot be used as it is")
TOO_MANY = ProblemType("too-many-requests", 429, "Too many requests")
INTERNAL = ProblemType("internal", 500, "Something went wrong")
UNAVAILABLE = ProblemType("unavailable", 503, "Not now")
ALL = (
    UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD, SLOW, CONFLICT, VERSION_TAKEN, KEY_REUSED, KEY_IN_USE,
    ERASED, TOO_LONG, MEDIA, INVALID, TOO_MANY, INTERNAL, UNAVAILABLE,
)  # fmt: skip


BAD_REQUEST = 400
_OWN_WORDS = "Value error, "
"""What pydantic puts before a sentence of ours."""
_EXAMPLES: list[Any] = [
    {
        "type": "/problems/not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "There is no such contact.",
    },
    {
        "type": "/problems/invalid-request",
        "title": "The request cannot be used as it is",
        "status": 422,
        "detail": "The request has 1 problem: query.limit.",
        "errors": [{"path": "query.limit", "detail": "Input should be less than or equal to 200."}],
    },
]


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    path: str = Field(
        description="Where it is: `body.steps[0].wait`, `query.limit`, `path.id`, ...",
        examples=["query.limit"],
    )
    detail: str = Field(
        description="What is wrong with it, as a sentence.",
        examples=["Input should be less than or equal to 200."],
    )


class Problem(BaseModel):
    """Why a request did not do what it was for (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    type: str = Field(
        description="What sort of problem it is; never changes.", examples=["/problems/not-found"]
    )
    title: str = Field(description="The sort in a few words.", examples=["There is no such thing"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str = Field(
        description="What is the matter and what to do, for a person.", examples=["There is no such contact."]
    )
    errors: list[FieldError] | None = Field(default=None, description="Which fields are wrong, and why.")


class ProblemKind(BaseModel):
    """A sort of problem, as its page tells of it."""

    type: str = Field(description="As problem documents have it.", examples=["/problems/not-found"])
    title: str = Field(description="What it is, in a few words.", examples=["There is no such thing"])
    status: int = Field(description="The HTTP status that it goes with.", examples=[404])


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
    UnknownStep: _Sort(INVALID),
    UnknownSuppression: _Sort(NOT_FOUND),
    UnusableFile: _Sort(INVALID),
    Conflict: _Sort(CONFLICT),
    KeyReused: _Sort(KEY_REUSED),
    KeyInUse: _Sort(KEY_IN_USE, _LATER),
    AnswerErased: _Sort(ERASED),
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
    if isinstance(error, HTTPException):
        return _of_framework(error)
    if isinstance(error, RequestValidationError):
        return refusal([_wrong(each) for each in error.errors()])
    if isinstance(error, InvalidAudience):
        wrong = [(field_path(_place(fault.path)), sentence(fault.problem)) for fault in error.problems]
        return ApiProblem(INVALID, f"The audience has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)
    if isinstance(error, InvalidDefinition):
        wrong = _definition_errors(error)
        return ApiProblem(INVALID, f"The campaign has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)
    if isinstance(error, InvalidSchedule):
        wrong = [(field_path(_place(path)), sentence(problem)) for path, problem in error.problems]
        return ApiProblem(INVALID, f"The schedule has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)
    for cls in type(error).__mro__:
        if cls in _SORTS:
            sort = _SORTS[cls]
            return ApiProblem(sort.type, sentence(str(error)), headers=sort.headers)
    return None


def refusal(wrong: Sequence[tuple[str, str]]) -> ApiProblem:
    """What to tell of fields that cannot be used.

    Args:
        wrong: path and sentence of each, at least one.
    """
    return ApiProblem(INVALID, f"The request has {_problems(len(wrong))}: {wrong[0][0]}.", wrong)


def answer(problem: ApiProblem) -> Response:
    """The answer that tells of a problem."""
    body: dict[str, Any] = {
        "type": problem.type.reference,
        "title": problem.type.title,
        "status": problem.type.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"path": path, "detail": detail} for path, detail in problem.errors]
    # The path to a field may hold what was sent, so also what UTF-8 does not know.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(text, problem.type.status, problem.headers, MEDIA_TYPE)


def answers(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer instead of doing its work, for its ``responses`` in OpenAPI.

    Those that any operation may answer (401, 403, 422, 429, 500, 503) are added to all.
    """
    grouped: dict[int | str, list[ProblemType]] = {}
    for each in types:
        grouped.setdefault(each.status, []).append(each)
    return {
        status: {"description": "; ".join(each.title for each in same), "content": {MEDIA_TYPE: _told(same)}}
        for status, same in grouped.items()
    }


def _told(types: Sequence[ProblemType]) -> dict[str, Any]:
    return {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {each.name: {"$ref": f"#/components/examples/{each.name}"} for each in types},
    }


def _of_framework(error: HTTPException) -> ApiProblem | None:
    if error.status_code == BAD_REQUEST:
        return ApiProblem(
            INVALID, "The body cannot be read as JSON.", [("body", "It cannot be read as JSON.")]
        )
    return None


def _wrong(found: Mapping[str, Any]) -> tuple[str, str]:
    if found["type"] == "json_invalid":
        return "body", f"It is not JSON: {found['ctx']['error']} at character {found['loc'][-1]}."
    return field_path(found["loc"]), sentence(found["msg"].removeprefix(_OWN_WORDS))


def _definition_errors(error: InvalidDefinition) -> list[tuple[str, str]]:
    return [(field_path(("body", *fault.path)), sentence(fault.problem)) for fault in error.problems]


def _place(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return ("path", *path) if path[:1] == ("key",) else ("body", *path)


def field_path(parts: Sequence[object]) -> str:
    """``("body", "steps", 0, "wait")`` as ``body.steps[0].wait``."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _problems(number: int) -> str:
    return "1 problem" if number == 1 else f"{number} problems, the first one"
