"""The port to the attempts table: one row per attempt key, claimed before the provider is called."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.refusals import Refusal
from domain.statuses import Channel, DeliveryStatus


@frozen
class Attempt:
    """One row.

    Args:
        key: which attempt; UNIQUE.
        channel: on which channel.
        provider: by whom.
        state: how far it has come on our side.
        claimed_at: when it was claimed, the last time.
        provider_ref: the provider's id, once accepted.
        delivery: the highest status heard from the provider.
        reason: why it was rejected or released.
        refusal: the sort of reason where our own gate has rejected it.
    """

    key: AttemptKey
    channel: Channel
    provider: str
    state: AttemptState
    claimed_at: datetime
    provider_ref: str | None = None
    delivery: DeliveryStatus | None = None
    reason: str | None = None
    refusal: Refusal | None = None


@frozen
class Heard:
    """What a provider has told of an attempt.

    Args:
        key: the attempt.
        status: how far its message has come.
        provider_ref: the provider's own id of it, where it was told.
    """

    key: AttemptKey
    status: DeliveryStatus
    provider_ref: str | None


class Attempts(Protocol):
    """The attempts of all enrollments."""

    async def get(self, key: AttemptKey) -> Attempt | None:
        """The attempt, if it was ever claimed."""
        ...

    async def find(self, keys: Collection[AttemptKey]) -> dict[AttemptKey, Attempt]:
        """Those of some attempts that were ever claimed."""
        ...

    async def claim(self, attempt: Attempt) -> bool:
        """Insert a new attempt, or take over a released one. False where somebody else holds it already.

        What is taken over is from then on the new provider's, and was claimed at the new time.
        """
        ...

    async def record(
        self,
        key: AttemptKey,
        state: AttemptState,
        at: datetime,
        *,
        provider_ref: str | None = None,
        reason: str | None = None,
        refusal: Refusal | None = None,
    ) -> Attempt:
        """Note how the call ended, in one statement, where `domain.attempts.COMES_FROM` allows it.

        Returns:
            The row as it now is: an answer that was known before stays.
        """
        ...

    async def hear(
        self, key: AttemptKey, status: DeliveryStatus, at: datetime, provider_ref: str | None
    ) -> None:
        """Raise the delivery status if the new one outranks it.

        A callback proves acceptance: an attempt that is claimed, released or unknown becomes accepted.
        """
        ...

    async def hear_all(self, heard: Sequence[Heard], at: datetime) -> None:
        """Do the same for several attempts, each of which is among them once."""
        ...

    async def by_ref(self, provider: str, provider_ref: str) -> Attempt | None:
        """The attempt that a provider knows by this id."""
        ...

    async def latest_to(self, channel: Channel, address: str) -> Attempt | None:
        """The newest attempt to an address that was, or may have been, sent: what a reply is a reply to.

        Those of open enrollments come before those of ended ones, and among them one that is only claimed, so
        still in flight, counts where there is no other.
        """
        ...

    async def others_to(
        self, channel: Channel, address: str, provider: str, key: AttemptKey, since: datetime
    ) -> list[Attempt]:
        """The other attempts at a provider to an address, claimed since, that were or may have been sent.

        Oldest first; one that is only claimed is among them.
        """
        ...

    async def nth_latest(
        self, contact_id: str, nth: int, channel: Channel | None, apart_from: AttemptKey
    ) -> datetime | None:
        """When the nth newest (from 1) of a contact's attempts that were or may have been sent was claimed.

        Those of all campaigns count, and one that is only claimed; None where there are fewer. A channel
        counts alone where one is given. For a count that holds, lock the contact first.
        """
        ...

    async def of_enrollment(self, enrollment_id: str) -> list[Attempt]:
        """All attempts of one enrollment, oldest first."""
        ...

    async def settle(self, enrollment_id: str, at: datetime) -> None:
        """Note that nobody waits any more for those of an enrollment that are in doubt: it has ended."""
        ...

    async def of_enrollments(self, enrollment_ids: Sequence[str]) -> list[Attempt]:
        """All attempts of some enrollments, a page of a list at most; the oldest first."""
        ...
