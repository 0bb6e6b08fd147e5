"""Who calls the API, and what they may do."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from attrs import frozen
from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from adapters.http.api.problems import FORBIDDEN, ApiProblem
from domain.access import Scope, allows

_BEARER = HTTPBearer(
    auto_error=False,  # the gate has looked already; this puts the scheme into the OpenAPI document
    scheme_name="ApiKey",
    description="A key made by `drumbeat keys create`, as `Authorization: Bearer KEY`.",
)


@frozen
class Caller:
    """Whoever has sent a request with a good key.

    Args:
        tenant: whose data the request sees, and no other's.
        key_id: the key's public id, for the log and for limits.
        scopes: what the key may be used for.
    """

    tenant: str
    key_id: str
    scopes: frozenset[Scope]


Authenticate = Callable[[str], Awaitable[Caller | None]]
"""Who a key belongs to; None where it is not one, or not any more."""


def _needs(scope: Scope) -> Callable[..., Caller]:
    def check(request: Request, _: Annotated[Any, Security(_BEARER)]) -> Caller:
        caller: Caller = request.state.caller
        if not allows(caller.scopes, scope):
            raise ApiProblem(FORBIDDEN, f"The key's scopes do not include {scope.value}.")
        return caller

    return check


Reader = Annotated[Caller, Depends(_needs(Scope.READ))]
"""A parameter of what only looks."""
Writer = Annotated[Caller, Depends(_needs(Scope.WRITE))]
"""A parameter of what changes something."""
Admin = Annotated[Caller, Depends(_needs(Scope.ADMIN))]
"""A parameter of what cannot be taken back."""
