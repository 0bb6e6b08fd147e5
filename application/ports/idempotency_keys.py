"""The port to the idempotency keys: which requests were made under them, and what they were answered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from attrs import field, frozen


@frozen
class Answer:
    """What a request was answered.

    Args:
        status: the HTTP status.
        headers: those that belong to the answer itself, such as its type.
        body: the bytes; they may be personal.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@frozen
class KeyedRequest:
    """A request under a key.

    Args:
        fingerprint: of everything in the request that matters.
        holder: who carries it out.
        claimed_at: when it was taken on, or when its holder was last heard of.
        answered_at: when its answer was known; None while it is under way.
        answer: what it was answered; None while it is under way, and where the answer was erased since.
    """

    fingerprint: str
    holder: str
    claimed_at: datetime
    answered_at: datetime | None = None
    answer: Answer | None = None


class IdempotencyKeys(Protocol):
    """The keys of all tenants. A key means something within its tenant only."""

    async def claim(self, tenant: str, key: str, request: KeyedRequest, forgotten: datetime) -> bool:
        """Take on the first request under a key; of many at once, one does.

        Args:
            tenant: whose key it is.
            key: as the request had it.
            request: the request, not answered.
            forgotten: what was claimed before this time counts as not there.

        Returns:
            False where the key stands for a request already.
        """
        ...

    async def get(self, tenant: str, key: str) -> KeyedRequest | None:
        """The request that a key stands for."""
        ...

    async def take_over(self, tenant: str, key: str, known: KeyedRequest, request: KeyedRequest) -> bool:
        """Take on a request whose holder has gone; of many at once, one does.

        Args:
            tenant: whose key it is.
            key: as the request had it.
            known: what `get` has given; where it is not so any more, nothing changes.
            request: the request with its new holder.
        """
        ...

    async def renew(self, tenant: str, key: str, holder: str, at: datetime) -> bool:
        """Tell that the holder is alive; False where it is not the holder any more."""
        ...

    async def answer(self, tenant: str, key: str, holder: str, answer: Answer, at: datetime) -> bool:
        """Keep the answer; False where whoever tells it is not the holder any more."""
        ...

    async def release(self, tenant: str, key: str, holder: str) -> None:
        """Forget a request that was not answered, so that the next one under its key is the first."""
        ...

    async def forget(self, before: datetime) -> None:
        """Forget all that was claimed before a time."""
        ...

    async def redact(self, tenant: str, needles: Collection[bytes]) -> int:
        """Erase the answers that contain one of these byte strings; that there was one stays known.

        Args:
            tenant: whose answers.
            needles: what stands for a person: an address, an id. Empty ones are left out.

        Returns:
            How many were erased.
        """
        ...
