"""The API as a part of the HTTP app."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

from attrs import frozen
from fastapi import APIRouter, FastAPI, Path, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.routing import Route

from adapters.http.api import problems
from adapters.http.api.document import PREFIX, document
from adapters.http.api.gate import Gate, GatedRoute
from adapters.http.api.nowhere import Nowhere


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


def add_api(app: FastAPI, services: ApiServices, public_url: str) -> None:
    """Add ``/v1``, the pages of the problem types, and what both are in the OpenAPI document.

    Args:
        app: where to.
        services: what the API is made of.
        public_url: our address as programs call it.
    """
    app.state.api_gate = services.gate
    router = APIRouter(prefix=PREFIX, route_class=GatedRoute, generate_unique_id_function=_operation_id)
    for resource in services.resources:
        resource.add_routes(router)
    app.include_router(router)
    nowhere = Nowhere(services.gate, router.routes)
    app.router.routes += [Route(path, nowhere) for path in (PREFIX, f"{PREFIX}/{{rest:path}}")]
    app.add_api_route(
        f"{problems.PATH}{{name}}",
        _explain,
        operation_id="explain_problem",
        summary="What a problem type means",
        tags=["problems"],
        response_model=problems.ProblemKind,
        responses=problems.answers(problems.NOT_FOUND),
    )

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app, router.routes, public_url)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend it


Name = Annotated[
    str, Path(max_length=200, description="The end of the `type`.", examples=[problems.NOT_FOUND.name])
]


def _operation_id(route: APIRoute) -> str:
    return route.name


async def _explain(name: Name, request: Request) -> Response:
    """Say what the `type` of a problem document stands for; needs no key."""
    found = next((each for each in problems.ALL if each.name == name), None)
    if found is None:
        return problems.answer(
            problems.ApiProblem(problems.NOT_FOUND, "There is no problem type of this name.")
        )
    return JSONResponse({"type": request.url.path, "title": found.title, "status": found.status})
