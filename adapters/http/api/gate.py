"""What every request to the API passes before its handler, and one form for whatever goes wrong.

In this order: its id, who calls, how often, what they may, its body, and whether it was made before.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import unquote
from uuid import uuid4

import structlog
from attrs import field, frozen
from fastapi import Request, Response
from fastapi.routing import APIRoute

from adapters.http.api.bodies import arrived
from adapters.http.api.caller import Authenticate, Caller
from adapters.http.api.idempotency import fingerprint, given_again, kept, key_of
from adapters.http.api.limits import RateLimits, Standing
from adapters.http.api.operations import Operation
from adapters.http.api.problems import (
    INTERNAL,
    INVALID,
    TOO_MANY,
    UNAUTHENTICATED,
    ApiProblem,
    answer,
    as_problem,
)
from adapters.http.api.trace import Trace, traced
from adapters.http.proxies import Proxies
from adapters.http.security import Limits
from application.idempotent_requests import IdempotentRequests
from application.ports.clock import NewId
from application.ports.idempotency_keys import Answer

_log = structlog.get_logger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


def _draw() -> str:
    return uuid4().hex


@frozen
class Gate:
    """Lets requests through to their handlers.

    Args:
        authenticate: who a key belongs to.
        once: carries out what comes under an Idempotency-Key.
        rates: how many requests there may be.
        bodies: how long a body may be, and how long it may take.
        proxies: say who calls.
        new_id: ids for requests that bring none.
    """

    authenticate: Authenticate
    once: IdempotentRequests
    rates: RateLimits = field(factory=RateLimits)
    bodies: Limits = field(factory=Limits)
    proxies: Proxies = field(factory=Proxies)
    new_id: NewId = _draw

    async def __call__(self, request: Request, operation: Operation, handler: Handler) -> Response:
        """Answer a request by its handler, or say why not."""
        with traced(request, operation, self.new_id) as trace:
            passing = partial(self._pass, request, operation, handler, trace)
            response = await _answered(request, operation, passing)
            response.headers.update(trace.headers)
            trace.status = response.status_code
            return response

    async def _pass(self, request: Request, operation: Operation, handler: Handler, trace: Trace) -> Response:
        caller = trace.caller = request.state.caller = await self._caller(request, trace)
        _limit(self.rates.request(caller.key_id), trace)
        if operation.needs is not None:
            operation.needs.check(caller)
        _refuse_nul(request)
        key = key_of(request)
        async with arrived(request, self.bodies, operation.upload, takes_json=operation.takes_json) as here:

            async def work() -> Response:
                return await _answered(request, operation, partial(handler, here.request))

            if key is None:
                return await work()
            return await self._once(caller, key, fingerprint(request, here.digest), work)

    async def _once(
        self, caller: Caller, key: str, same_as: str, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        response: Response | None = None

        async def worked() -> Answer:
            nonlocal response
            response = await work()
            return kept(response)

        stored, _replayed = await self.once(caller.tenant, key, same_as, worked)
        return given_again(stored) if response is None else response

    async def _caller(self, request: Request, trace: Trace) -> Caller:
        address = self.proxies.client(request)
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key:
            known_only = not self.rates.may_try(address)
            caller = await self.authenticate(key.strip(), known_only=known_only)
            if caller is not None:
                return caller
        _limit(self.rates.tried(address), trace)
        raise ApiProblem(
            UNAUTHENTICATED,
            "Send a key as `Authorization: Bearer KEY`; `drumbeat keys create` makes one.",
            headers={"WWW-Authenticate": "Bearer"},
        )


async def _answered(
    request: Request, operation: Operation, work: Callable[[], Awaitable[Response]]
) -> Response:
    """What the work answers, or the problem that keeps it from that."""
    try:
        return await work()
    except Exception as error:
        problem = as_problem(error)
        if problem is None:
            _log.exception("api.failed", method=request.method, route=operation.route)
            problem = ApiProblem(INTERNAL, "The request could not be carried out; the log says why.")
        return answer(problem)


def _limit(standing: Standing | None, trace: Trace) -> None:
    if standing is None:
        return
    trace.headers.update(standing.headers)
    if not standing.allowed:
        raise ApiProblem(TOO_MANY, f"Too many requests: come again in {max(standing.reset, 1)} s.")


def _refuse_nul(request: Request) -> None:
    """No id and no word has one, and not every database takes it."""
    query = unquote(request.scope["query_string"].decode("latin-1"))
    for place, text in (("path", request.scope["path"]), ("query", query)):
        if "\x00" in text:
            sentence = f"The {place} has a NUL character."
            raise ApiProblem(INVALID, sentence, [(place, sentence)])


class GatedRoute(APIRoute):
    """A route whose requests pass the gate of its app, ``app.state.api_gate``."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # its own alias says Coroutine
        """The handler, behind the gate."""
        handler = super().get_route_handler()
        operation = Operation.of(self)

        async def gated(request: Request) -> Response:
            gate: Gate = request.app.state.api_gate
            return await gate(request, operation, handler)

        return gated
