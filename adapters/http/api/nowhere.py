"""Paths under /v1 that are none, and methods that a path does not take: answered behind the gate as well."""

import re
from collections.abc import Sequence

from attrs import frozen
from fastapi import Request, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from adapters.http.api.gate import Gate
from adapters.http.api.operations import NOWHERE
from adapters.http.api.problems import METHOD, NOT_FOUND, ApiProblem

_PARAMETER = re.compile(r"\{[^}]*\}")


@frozen
class Nowhere:
    """An ASGI app for what no operation has taken.

    Args:
        gate: what its requests pass.
        routes: those of the API.
    """

    gate: Gate
    routes: Sequence[BaseRoute]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that there is nothing, or that it is done by another method."""
        response = await self.gate(Request(scope, receive), NOWHERE, self._refuse)
        await response(scope, receive, send)

    async def _refuse(self, request: Request) -> Response:
        path = request.scope["path"]
        here = [route for route in self.routes if isinstance(route, Route) and route.path_regex.match(path)]
        nearest = max((_literal(route) for route in here), default=0)
        methods = sorted(
            {method for route in here if _literal(route) == nearest for method in route.methods or ()}
        )
        if not methods:
            raise ApiProblem(NOT_FOUND, "There is nothing at this path; /openapi.json lists what there is.")
        allowed = ", ".join(methods)
        raise ApiProblem(METHOD, f"This path takes {allowed} only.", headers={"Allow": allowed})


def _literal(route: Route) -> int:
    """How much of a path a route says itself: ``{key}:pause`` is nearer than ``{key}``, which fits too."""
    return len(_PARAMETER.sub("", route.path))
