"""The API on fakes, called without a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from attrs import define, field
from fastapi import FastAPI

from adapters.http.api.app import ApiServices, Resource
from adapters.http.api.caller import Caller
from adapters.http.api.gate import Gate
from adapters.http.api.limits import RateLimits
from adapters.http.app import HttpOptions, HttpServices, create_app
from application.idempotent_requests import IdempotentRequests
from domain.access import Scope
from tests.fakes.clock import Counter
from tests.unit.application.world import TENANT, World

ADMIN = "admin"
"""The token of a key that may do everything for `TENANT`; ``read`` and ``write`` may do less."""
OTHERS = "others"
"""The token of a key that may do everything for another tenant."""
FRESH = "fresh"

_CALLERS: Mapping[str, Caller] = {
    "read": Caller(TENANT, "k-read", frozenset({Scope.READ})),
    "write": Caller(TENANT, "k-write", frozenset({Scope.WRITE})),
    ADMIN: Caller(TENANT, "k-admin", frozenset({Scope.ADMIN})),
    FRESH: Caller(TENANT, "k-fresh", frozenset({Scope.ADMIN})),
    OTHERS: Caller("others", "k-others", frozenset({Scope.ADMIN})),
}


async def authenticate(key: str, /, *, known_only: bool = False) -> Caller | None:
    """Who a token of these tests belongs to; ``fresh`` is good, but was never used before."""
    return None if known_only and key == FRESH else _CALLERS.get(key)


@define
class ApiSite:
    """Some of the API, and the world behind it.

    Args:
        world: what the use cases work on.
        resources: which part of the API.
        rates: how many requests there may be; as many as one likes unless given.
    """

    world: World
    resources: Sequence[Resource] = field(factory=list)
    rates: RateLimits = field(factory=RateLimits)
    _app: FastAPI | None = field(default=None, init=False)

    @property
    def gate(self) -> Gate:
        """What all requests pass."""
        once = IdempotentRequests(self.world.database, self.world.clock, Counter("holder"))
        return Gate(authenticate, once, self.rates)

    @property
    def app(self) -> FastAPI:
        """The app, made once: that takes longer than most requests."""
        if self._app is None:
            self._app = self._made()
        return self._app

    def _made(self) -> FastAPI:
        services = HttpServices(
            readers={},
            ingest=self.world.ingest,
            clock=self.world.clock,
            api=ApiServices(self.gate, self.resources),
        )
        return create_app(services, HttpOptions("https://drumbeat.example.com"))

    async def __call__(
        self, method: str, path: str, *, key: str | None = ADMIN, **arguments: Any
    ) -> httpx.Response:
        """Call the API with a key; None for no key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= arguments.pop("headers", {})
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://internal:8000") as client:
            return await client.request(method, path, headers=headers, **arguments)
