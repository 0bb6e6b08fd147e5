"""What all vendors here share: counting requests, faults, ids, the ledger, and what follows a message."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from attrs import Factory, define, evolve, field
from starlette.requests import Request

from adapters.providers.sandbox.callbacks import Courier, Delivery
from adapters.providers.sandbox.draws import fraction, hex_digits
from adapters.providers.sandbox.faults import Faults
from adapters.providers.sandbox.ledger import Ledger
from adapters.providers.sandbox.list_headers import one_click
from adapters.providers.sandbox.people import People, Reaction
from adapters.providers.sandbox.settings import SandboxSettings


@define(eq=False)
class Switchboard:
    """The state of one sandbox.

    Args:
        settings: what it was started with.
        people: who is what sort of person.
        faults: who meets which fault.
        ledger: what was taken.
        courier: delivers callbacks.
    """

    settings: SandboxSettings
    people: People
    faults: Faults
    ledger: Ledger
    courier: Courier
    _requests: Counter[tuple[str, str]] = field(default=Factory(Counter), init=False)
    _taken: Counter[tuple[str, str | None]] = field(default=Factory(Counter), init=False)
    _attempts: defaultdict[tuple[str, str], list[str]] = field(
        default=Factory(lambda: defaultdict(list)), init=False
    )

    def refusal(self, attempt: str | None, address: str, channel: str) -> int | None:
        """Count a request; the HTTP status that its fault refuses it with, None where it may pass.

        A request that is repeated carries the same attempt key, so that the count is the key's.
        """
        counted = (channel, attempt or address)
        nth = self._requests[counted]
        self._requests[counted] += 1
        refusals = self.faults.fault_of(address, channel).refusals
        return refusals[nth] if nth < len(refusals) else None

    def accept(
        self,
        attempt: str | None,
        channel: str,
        ref: Callable[[str], str],
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Take a message and give it an id. The same attempt twice is two messages, as with the vendors.

        Args:
            attempt: the correlation that came with it.
            channel: by which channel.
            ref: makes the vendor's sort of id out of 32 hex digits.
            headers: of an e-mail, as far as we have set them.
        """
        nth = self._taken[(channel, attempt)]
        self._taken[(channel, attempt)] += 1
        provider_ref = ref(hex_digits(self.settings.seed, channel, attempt, nth))
        self.ledger.accept(attempt, channel, provider_ref, datetime.now(UTC), one_click(headers or {}))
        return provider_ref

    def reaction(self, attempt: str | None, address: str, channel: str) -> Reaction:
        """What happens to an attempt; a second attempt to the same address may meet another answer."""
        known = self._attempts[(channel, address)]
        if (attempt or "") not in known:
            known.append(attempt or "")
        return self.people.reaction(address, channel, known.index(attempt or ""))

    def refused_code(self, attempt: str | None, address: str, channel: str) -> int | None:
        """The vendor's code where the person's record at the vendor makes it refuse."""
        first, _, code = self.reaction(attempt, address, channel)[0].partition(":")
        return int(code) if first == "refused" else None

    def delay(self, *parts: object) -> float:
        """How long people and carriers take, in seconds at usual speed: 0.05 to 0.6, always the same."""
        return 0.05 + 0.55 * fraction(self.settings.seed, "delay", *parts)

    def follow(self, deliveries: Sequence[Delivery], address: str, channel: str) -> None:
        """Begin to call back, in the order given or scrambled by the address's fault."""
        if self.faults.fault_of(address, channel).scrambles:
            deliveries = _scrambled(deliveries, hex_digits(self.settings.seed, address, channel))
        self.courier.dispatch(deliveries)

    def failure(self, attempt: str | None, address: str, channel: str) -> int | None:
        """The HTTP status that its fault answers a message with although it was taken; None for a success."""
        first = self._requests[(channel, attempt or address)] == 1
        return self.faults.fault_of(address, channel).fails_with if first else None

    async def hold(self, request: Request, address: str, channel: str) -> None:
        """Where the address's fault says so, keep the answer until the client has gone or time is up."""
        if self.faults.fault_of(address, channel).hangs:
            try:
                await asyncio.wait_for(request.receive(), self.settings.hold_seconds)
            except TimeoutError:
                return  # the client was patient: it gets its answer


def _scrambled(deliveries: Sequence[Delivery], seed: str) -> Sequence[Delivery]:
    """Each delivery two or three times, in an order that the seed decides."""
    copies = [
        (fraction(seed, nth, copy), nth)
        for nth in range(len(deliveries))
        for copy in range(2 + int(2 * fraction(seed, nth)))
    ]
    return [evolve(deliveries[nth], delay=deliveries[nth].delay / 2) for _, nth in sorted(copies)]
