"""The port to the consents table: on which channels a contact has agreed to be reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.statuses import Channel


@frozen
class Consent:
    """What a contact has said of one channel, last.

    Args:
        channel: which.
        given: agreed, or taken back.
        source: where it was said, e.g. "sign-up form".
        at: when.
    """

    channel: Channel
    given: bool
    source: str
    at: datetime


class Consents(Protocol):
    """The consents of all contacts. Every word is kept; the latest counts."""

    async def add(self, contact_id: str, consents: list[Consent]) -> int:
        """Keep what a contact has said; what is known (same channel and time) changes nothing.

        Returns:
            How many are new.
        """
        ...

    async def add_all(self, said: Mapping[str, Sequence[Consent]]) -> int:
        """Keep what many contacts have said, by contact id, as `add` does for one."""
        ...

    async def holds(self, contact_id: str, channel: Channel) -> bool:
        """Whether the latest word on the channel is a yes."""
        ...

    async def of_contact(self, contact_id: str) -> list[Consent]:
        """All that a contact has said, oldest first."""
        ...
