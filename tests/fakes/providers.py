"""A message provider that does as it is told and keeps what it was asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from application.ports.messaging import Accepted, OutboundMessage, Refused
from domain.statuses import Channel

T = TypeVar("T")
Answer = Accepted | Refused | Exception


class FakeProvider:
    """The port `MessageProvider`.

    Attributes:
        answers: what the next sends come to, in order: returned, or raised where it is an exception. When
            there are none left, a message is accepted as ``ref-<attempt key>``.
        found: what the next look-ups come to, in order; when there are none left, nothing is found.
        sent: every message that was handed over, whatever came of it.
        looked_up: every message that was asked for.
        meanwhile: what else happens while a send or a look-up is under way.
    """

    def __init__(
        self,
        channel: Channel = Channel.SMS,
        *,
        name: str | None = None,
        honours_key: bool = False,
        can_look_up: bool = False,
    ) -> None:
        self.channel = channel
        self.name = name or f"fake-{channel.value}"
        self.honours_key = honours_key
        self.can_look_up = can_look_up
        self.answers: list[Answer] = []
        self.found: list[Accepted | Exception | None] = []
        self.sent: list[OutboundMessage] = []
        self.looked_up: list[OutboundMessage] = []
        self.meanwhile: Callable[[], Awaitable[object]] = _let_others_run

    async def send(self, message: OutboundMessage) -> Accepted | Refused:
        """Answer as told."""
        self.sent.append(message)
        await self.meanwhile()
        return _give(self.answers.pop(0) if self.answers else Accepted(f"ref-{message.key}"))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Find what it was told to find."""
        self.looked_up.append(message)
        await self.meanwhile()
        return _give(self.found.pop(0)) if self.found else None


def _give(answer: T | Exception) -> T:
    if isinstance(answer, Exception):
        raise answer
    return answer


async def _let_others_run() -> None:
    await asyncio.sleep(0)
