"""The API as a part of the HTTP app."""

from collections.abc import Sequence
from typing import Any, Protocol

from attrs import frozen
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from adapters.http.api import problems
from adapters.http.api.gate import Gate, GatedRoute

PREFIX = "/v1"
_ANY = problems.answers(
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.INVALID,
    problems.TOO_MANY,
    problems.INTERNAL,
    problems.UNAVAILABLE,
)
_ANY_BODY = problems.answers(problems.KEY_REUSED, problems.KEY_IN_USE, problems.TOO_LONG)


class Resource(Protocol):
    """One kind of thing that the API shows, with the use cases that it needs."""

    def add_routes(self, router: APIRouter) -> None:
        """Add its operations. Each handler's name is the operation's id, and is unique in the API."""
        ...


@frozen
class ApiServices:
    """What the API is made of.

    Args:
        gate: what every request passes.
        resources: what there is.
    """

    gate: Gate
    resources: Sequence[Resource]


def add_api(app: FastAPI, services: ApiServices) -> None:
    """Add ``/v1``, the pages of the problem types, and what both are in the OpenAPI document."""
    app.state.api_gate = services.gate
    router = APIRouter(prefix=PREFIX, route_class=GatedRoute, generate_unique_id_function=_operation_id)
    for resource in services.resources:
        resource.add_routes(router)
    app.include_router(router)
    app.add_api_route(
        f"{problems.PATH}{{name}}", _explain, summary="What a problem type means", tags=["problems"]
    )

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it


def _operation_id(route: APIRoute) -> str:
    return route.name


async def _explain(name: str, request: Request) -> Response:
    found = next((each for each in problems.ALL if each.name == name), None)
    if found is None:
        return problems.answer(
            problems.ApiProblem(problems.NOT_FOUND, "There is no problem type of this name.")
        )
    return JSONResponse({"type": request.url.path, "title": found.title, "status": found.status})


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    made = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas["Problem"] = made
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path.startswith(PREFIX + "/"):
                _add_answers(operation, has_body=method == "post" or "requestBody" in operation)
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form, which nobody gets here
        schemas.pop(unused, None)
    return document


def _add_answers(operation: dict[str, Any], *, has_body: bool) -> None:
    answers = operation["responses"]
    for status, answer in {**_ANY, **(_ANY_BODY if has_body else {})}.items():
        if str(status) not in answers or status == problems.INVALID.status:
            answers[str(status)] = answer
