"""Which of a channel's providers a new attempt goes to, and what is learned from how that went."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from attrs import field, frozen

from application.ports.database import Transaction
from application.ports.messaging import MessageProvider
from application.ports.telemetry import Telemetry
from domain.circuit import Circuit, CircuitState, choose
from domain.statuses import Channel

_log = structlog.get_logger(__name__)

NOTE_TRIES = 50
"""So often a fault is noted again where others note theirs at the same moment: all of them count."""


@frozen
class Chosen:
    """A provider for an attempt.

    Args:
        provider: which one.
        circuit: what was known of it when it was chosen.
        probe: this attempt tells whether the provider is well again; everybody else passes over it meanwhile.
    """

    provider: MessageProvider
    circuit: Circuit = field(factory=Circuit)
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
    def first(self) -> MessageProvider | None:
        """The preferred provider; None where the channel has none."""
        return self.providers[0] if self.providers else None

    @property
    def preferred(self) -> str:
        """The preferred provider's name, or ``none``."""
        return "none" if self.first is None else self.first.name

    def named(self, name: str) -> MessageProvider | None:
        """The provider of this name; None where it is configured no more."""
        return next((provider for provider in self.providers if provider.name == name), None)

    async def choose(self, tx: Transaction, now: datetime) -> Chosen:
        """Choose for a new attempt, of at least one provider, and take the probe where it needs one.

        Args:
            tx: the transaction that takes the probe.
            now: the time.
        """
        names = self._names()
        circuits = await self._circuits(tx, names)
        for name, circuit in circuits.items():
            self._tell(name, is_open=circuit.open_until is not None)
        if len(names) == 1:  # one alone is called whatever is known of it
            return Chosen(self.providers[0], circuits[names[0]])
        while True:
            name = choose(circuits, now)
            circuit = circuits[name]
            probe = circuit.state(now) is CircuitState.HALF_OPEN
            probed = circuit.probed(now)
            if not probe or await tx.circuits.note(self.channel, name, circuit, probed):
                return Chosen(self.providers[names.index(name)], probed if probe else circuit, probe)
            circuits[name] = probed  # somebody else was faster

    async def note_fault(
        self, tx: Transaction, chosen: Chosen, now: datetime, asked: timedelta | None = None
    ) -> bool:
        """Learn from there being no answer, or a fault instead of one.

        Args:
            tx: the transaction that records what became of the attempt.
            chosen: who was called.
            now: when.
            asked: how long the provider asks to be left alone.

        Returns:
            Whether a new attempt would now go to another provider.
        """
        name, names = chosen.provider.name, self._names()
        for _ in range(NOTE_TRIES):
            circuits = await self._circuits(tx, names)
            known = circuits[name]
            circuits[name] = known.failed(now, probe=chosen.probe, asked=asked)
            if circuits[name] == known or await tx.circuits.note(self.channel, name, known, circuits[name]):
                self._learned(name, known, circuits[name])
                return choose(circuits, now) != name
        return False

    async def note_success(self, tx: Transaction, chosen: Chosen) -> None:
        """Learn that the provider has answered, accepting or refusing the message."""
        name = chosen.provider.name
        known = (await self._circuits(tx, [name]))[name]
        well = known.succeeded()
        # Should somebody note something else at this moment, the next answer says so again.
        if well != known and await tx.circuits.note(self.channel, name, known, well):
            self._learned(name, known, well)

    def _learned(self, name: str, known: Circuit, now: Circuit) -> None:
        was_open, is_open = (each.open_until is not None for each in (known, now))
        if is_open is not was_open:
            said = "circuit.opened" if is_open else "circuit.closed"
            _log.warning(said, channel=self.channel.value, provider=name)
        self._tell(name, is_open=is_open)

    def _names(self) -> list[str]:
        return [provider.name for provider in self.providers]

    async def _circuits(self, tx: Transaction, names: Sequence[str]) -> dict[str, Circuit]:
        found = await tx.circuits.of(self.channel, names)
        return {name: found[name] for name in names}

    def _tell(self, provider: str, *, is_open: bool) -> None:
        self.telemetry.circuit(self.channel.value, provider, is_open=is_open)
