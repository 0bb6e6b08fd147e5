"""Who calls the API, and what they may do."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol

from attrs import frozen
from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from adapters.http.api.problems import FORBIDDEN, ApiProblem
from application.authenticate_key import AuthenticateKey
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


class Authenticate(Protocol):
    """Says who a key belongs to."""

    async def __call__(self, key: str, /, *, known_only: bool = False) -> Caller | None:
        """The caller; None where it is not a key, or not any more.

        Args:
            key: as the request has it.
            known_only: take only a key that was good before.
        """
        ...


@frozen
class KeyHolders:
    """Callers by the keys that were made for them."""

    authenticate: AuthenticateKey

    async def __call__(self, key: str, /, *, known_only: bool = False) -> Caller | None:
        """The caller; None where it is not a key, or not any more."""
        found = await self.authenticate(key, known_only=known_only)
        return None if found is None else Caller(found.tenant, found.id, found.scopes)


@frozen
class Needs:
    """What an operation needs its caller to be allowed; a dependency of its handler."""

    scope: Scope

    def __call__(self, request: Request, _: Annotated[Any, Security(_BEARER)]) -> Caller:
        """The caller, where they may.

        Raises:
            ApiProblem: they may not.
        """
        caller: Caller = request.state.caller
        self.check(caller)
        return caller

    def check(self, caller: Caller) -> None:
        """See to it that somebody may.

        Raises:
            ApiProblem: they may not.
        """
        if not allows(caller.scopes, self.scope):
            raise ApiProblem(FORBIDDEN, f"The key's scopes do not include {self.scope.value}.")


def needs_of(route: APIRoute) -> Needs | None:
    """What the handler of a route asks of its caller; None where it asks nothing."""
    calls: list[Callable[..., Any] | None] = [each.call for each in route.dependant.dependencies]
    return next((call for call in calls if isinstance(call, Needs)), None)


Reader = Annotated[Caller, Depends(Needs(Scope.READ))]
"""A parameter of what only looks."""
Writer = Annotated[Caller, Depends(Needs(Scope.WRITE))]
"""A parameter of what changes something."""
Admin = Annotated[Caller, Depends(Needs(Scope.ADMIN))]
"""A parameter of what cannot be taken back."""
