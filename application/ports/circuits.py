"""The port to the circuits table: what all workers together know of each provider's health."""

from collections.abc import Collection, Mapping
from typing import Protocol

from domain.circuit import Circuit
from domain.statuses import Channel


class Circuits(Protocol):
    """One circuit for each provider on each channel."""

    async def of(self, channel: Channel, providers: Collection[str]) -> Mapping[str, Circuit]:
        """The circuits of some providers; one that was never noted is a closed `Circuit()`."""
        ...

    async def note(self, channel: Channel, provider: str, known: Circuit, now: Circuit) -> bool:
        """Replace what was known by what is known now; False where somebody else has changed it meanwhile."""
        ...

    async def all(self) -> Mapping[tuple[Channel, str], Circuit]:
        """Every circuit that was ever noted, for people who watch."""
        ...
