"""What every request to the API passes: who calls, and one form for whatever goes wrong."""

from collections.abc import Awaitable, Callable

import structlog
from attrs import frozen
from fastapi import Request, Response
from fastapi.routing import APIRoute

from adapters.http.api.caller import Authenticate, Caller
from adapters.http.api.problems import INTERNAL, UNAUTHENTICATED, ApiProblem, answer, as_problem

_log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


@frozen
class Gate:
    """Lets requests through to their handlers.

    Args:
        authenticate: who a key belongs to.
    """

    authenticate: Authenticate

    async def __call__(self, request: Request, handler: Handler) -> Response:
        """Answer a request by its handler, or say why not."""
        try:
            request.state.caller = await self._caller(request)
            return await handler(request)
        except Exception as error:
            problem = as_problem(error)
            if problem is None:
                _log.exception("api.failed", method=request.method, route=_route(request))
                problem = ApiProblem(INTERNAL, "The request could not be carried out; the log says why.")
            return answer(problem)

    async def _caller(self, request: Request) -> Caller:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        caller = await self.authenticate(key.strip()) if scheme.lower() == "bearer" and key else None
        if caller is None:
            raise ApiProblem(
                UNAUTHENTICATED,
                "Send a key as `Authorization: Bearer KEY`; `drumbeat keys create` makes one.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return caller


def _route(request: Request) -> str:
    """The path as it was declared: what stands in it may be personal."""
    return str(getattr(request.scope.get("route"), "path", ""))


class GatedRoute(APIRoute):
    """A route whose requests pass the gate of its app, ``app.state.api_gate``."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # its own alias says Coroutine
        """The handler, behind the gate."""
        handler = super().get_route_handler()

        async def gated(request: Request) -> Response:
            gate: Gate = request.app.state.api_gate
            return await gate(request, handler)

        return gated
