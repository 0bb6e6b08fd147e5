"""Which of a channel's providers a new attempt goes to, and what is learned from how that went."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from attrs import frozen

from application.ports.database import Transaction
from application.ports.messaging import MessageProvider
from application.ports.telemetry import Telemetry
from domain.circuit import Circuit, CircuitState, choose
from domain.statuses import Channel

_log = structlog.get_logger(__name__)


@frozen
class Chosen:
    """A provider for an attempt.

    Args:
        provider: which one.
        probe: this attempt tells whether the provider is well again; everybody else passes over it meanwhile.
    """

    provider: MessageProvider
    probe: bool = False


@frozen
class Failover:
    """One channel's providers.

    Args:
        channel: which channel.
        providers: the preferred one first; no two of one name.
        telemetry: is told which ones are passed over.
    """

    channel: Channel
    providers: Sequence[MessageProvider]
    telemetry: Telemetry

    @property
    def preferred(self) -> str:
        """The first provider's name, or ``none``."""
        return self.providers[0].name if self.providers else "none"

    def named(self, name: str) -> MessageProvider | None:
        """The provider of this name; None where it is configured no more."""
        return next((provider for provider in self.providers if provider.name == name), None)

    async def choose(self, tx: Transaction, now: datetime) -> Chosen | None:
        """Choose for a new attempt, and take the probe where the provider needs one.

        Args:
            tx: the transaction that takes the probe.
            now: the time.

        Returns:
            None where the channel has no provider.
        """
        if len(self.providers) < 2:
            # One alone is called whatever is known of it.
            return Chosen(self.providers[0]) if self.providers else None
        names = self._names()
        circuits = await self._circuits(tx, names)
        for name, circuit in circuits.items():
            self._tell(name, is_open=circuit.open_until is not None)
        while True:
            name = choose(circuits, now)
            circuit = circuits[name]
            probe = circuit.state(now) is CircuitState.HALF_OPEN
            probed = circuit.probed(now)
            if not probe or await tx.circuits.note(self.channel, name, circuit, probed):
                return Chosen(self.providers[names.index(name)], probe)
            circuits[name] = probed  # somebody else was faster

    async def note(self, tx: Transaction, chosen: Chosen, now: datetime, *, well: bool) -> bool:
        """Learn from an answer, or from there being none.

        Two who note at once may overwrite nothing: the slower one's word is lost, and more will follow.

        Args:
            tx: the transaction that records what became of the attempt.
            chosen: who was called.
            now: when.
            well: the provider has answered, accepting or refusing the message.

        Returns:
            Whether a new attempt would now go to another provider.
        """
        name = chosen.provider.name
        circuits = await self._circuits(tx, self._names())
        known = circuits[name]
        circuits[name] = known.succeeded() if well else known.failed(now, probe=chosen.probe)
        was_open, is_open = (each.open_until is not None for each in (known, circuits[name]))
        if circuits[name] != known and not await tx.circuits.note(self.channel, name, known, circuits[name]):
            is_open = was_open  # somebody else was faster
        if is_open is not was_open:
            said = "circuit.opened" if is_open else "circuit.closed"
            _log.warning(said, channel=self.channel.value, provider=name)
        self._tell(name, is_open=is_open)
        return choose(circuits, now) != name

    def _names(self) -> list[str]:
        return [provider.name for provider in self.providers]

    async def _circuits(self, tx: Transaction, names: Sequence[str]) -> dict[str, Circuit]:
        found = await tx.circuits.of(self.channel, names)
        return {name: found[name] for name in names}

    def _tell(self, provider: str, *, is_open: bool) -> None:
        self.telemetry.circuit(self.channel.value, provider, is_open=is_open)
