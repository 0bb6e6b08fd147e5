"""Transports for desks: they keep what they are asked, and answer as told."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from attrs import Factory, define, field

from application.ports.handoffs import Ticket

TICKET = Ticket("7b1b2f:handoff", "7b1b2f", "spring", "unanswered", "Call <!channel> Ana & Co\n*now*")

Answer = Callable[[httpx.Request], httpx.Response]


def answering(status: int, body: Any = None, **headers: str) -> Answer:
    """The same answer to everything; bytes are sent as they are."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return lambda _request: httpx.Response(status, content=body, headers=named)
    return lambda _request: httpx.Response(status, json=body, headers=named)


@define
class Recorder:
    """A transport that answers in turn, the last one for ever.

    Args:
        answers: what it answers with.
    """

    answers: Sequence[Answer]
    requests: list[httpx.Request] = field(default=Factory(list), init=False)

    @property
    def client(self) -> httpx.AsyncClient:
        """The client of a desk."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def bodies(self) -> list[Any]:
        """What was sent, in order."""
        return [json.loads(request.content) for request in self.requests if request.content]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        nth = min(len(self.requests), len(self.answers) - 1)
        self.requests.append(request)
        return self.answers[nth](request)
