"""Whoever calls the API during a drill: insists until there is an answer, as an application has to."""

import asyncio
from typing import Any

import httpx
from attrs import field, frozen

from adapters.cli.processes import ServiceFailed

_AGAIN = 0.25
"""Seconds until a request that has failed is made again."""

_IN_USE = 409
"""Of a request under an idempotency key: the first one is still under way."""

_TOO_MANY = 429


@frozen
class Caller:
    """Calls a part of the system over HTTP, again and again while that part is down.

    Args:
        client: for its address and credentials; with a time-out.
        what: what is called, for sentences.
    """

    client: httpx.AsyncClient = field(repr=False)
    what: str

    async def ask(self, method: str, path: str, key: str | None = None, **request: Any) -> httpx.Response:
        """Make a request until it is answered with success.

        Args:
            method: of HTTP.
            path: on the server.
            key: the idempotency key of a POST.
            request: body and headers, as httpx takes them.

        Raises:
            ServiceFailed: the request itself is refused.
        """
        headers = {**request.pop("headers", {}), **({} if key is None else {"Idempotency-Key": key})}
        while True:
            answer = await self._answer(method, path, headers, request)
            if answer is not None and answer.is_success:
                return answer
            if answer is not None and not _may_be_better_later(answer, key):
                raise ServiceFailed(
                    f"The {self.what} did not take {method} {path} ({answer.status_code}): {answer.text}"
                )
            await asyncio.sleep(_AGAIN)

    async def _answer(
        self, method: str, path: str, headers: dict[str, str], request: dict[str, Any]
    ) -> httpx.Response | None:
        """The answer, or None where there is none."""
        try:
            return await self.client.request(method, path, headers=headers, **request)
        except httpx.TransportError:
            return None


def _may_be_better_later(answer: httpx.Response, key: str | None) -> bool:
    return (
        answer.is_server_error
        or answer.status_code == _TOO_MANY
        or (answer.status_code == _IN_USE and key is not None)
    )
