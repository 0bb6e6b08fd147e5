"""What all vendors here share: counting requests, faults, ids, the ledger, and what follows a message."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from attrs import Factory, define, evolve, field
from starlette.requests import Request

from adapters.providers.sandbox.answering import fate
from adapters.providers.sandbox.callbacks import Courier, Delivery
from adapters.providers.sandbox.draws import fraction, hex_digits
from adapters.providers.sandbox.faults import Answers, CallsBack, Fault, Faults
from adapters.providers.sandbox.ledger import Ledger
from adapters.providers.sandbox.list_headers import one_click
from adapters.providers.sandbox.people import People, Reaction
from adapters.providers.sandbox.rounds import mixed, repeated, scrambled
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.strangers import Strangers
from adapters.providers.sandbox.telling import Telling, forged, stray

Tell = Callable[[Telling], Sequence[Delivery]]
"""Makes a vendor's callbacks about one message, in their order."""


@define(eq=False)
class Switchboard:
    """The state of one sandbox.

    Args:
        settings: what it was started with.
        people: who is what sort of person.
        faults: who meets which fault.
        strangers: who is told of in whose place.
        ledger: what was taken.
        courier: delivers callbacks.
    """

    settings: SandboxSettings
    people: People
    faults: Faults
    strangers: Strangers
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
        fault = self.faults.fault_of(address, channel)
        return self._fails(fault, fault.refusals[nth] if nth < len(fault.refusals) else None)

    def accept(
        self,
        vendor: str,
        attempt: str | None,
        channel: str,
        ref: Callable[[str], str],
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Take a message and give it an id. The same attempt twice is two messages, as with the vendors.

        Args:
            vendor: who takes it.
            attempt: the correlation that came with it.
            channel: by which channel.
            ref: makes the vendor's sort of id out of 32 hex digits.
            headers: of an e-mail, as far as we have set them.
        """
        nth = self._taken[(channel, attempt)]
        self._taken[(channel, attempt)] += 1
        provider_ref = ref(hex_digits(self.settings.seed, channel, attempt, nth))
        self.ledger.accept(
            vendor, attempt, channel, provider_ref, datetime.now(UTC), one_click(headers or {})
        )
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

    def follow(self, tell: Tell, attempt: str | None, address: str, channel: str) -> None:
        """Begin to call back about a message, as its address's fault wants.

        Args:
            tell: makes the callbacks; asked again for what is not, or not rightly, the vendor's own.
            attempt: the correlation that came with the message.
            address: to whom.
            channel: by which channel.
        """
        genuine = Telling(attempt, self.reaction(attempt, address, channel))
        deliveries = _made(tell, genuine)
        calls_back = self.faults.fault_of(address, channel).calls_back
        others: Sequence[Delivery] = ()
        if calls_back is CallsBack.STRAY and attempt is not None:
            others = _made(tell, stray(genuine, self.strangers.of(attempt)))
        elif calls_back is CallsBack.FORGED:
            others = _made(tell, forged(genuine, channel))
        if others:
            deliveries = mixed(deliveries, others, hex_digits(self.settings.seed, address, channel))
        self.deliver(deliveries, address, channel)

    def deliver(self, deliveries: Sequence[Delivery], address: str, channel: str) -> None:
        """Begin to call back: in the order given and once, or otherwise if the address's fault says so."""
        fault, seed = self.faults.fault_of(address, channel), hex_digits(self.settings.seed, address, channel)
        calls_back, after = fault.calls_back, 0.0
        if not deliveries:
            return
        if calls_back not in (CallsBack.USUALLY, CallsBack.EARLY):
            self.ledger.met(fault.name)
        if calls_back is CallsBack.NEVER:
            return
        if calls_back is CallsBack.SCRAMBLED:
            deliveries = scrambled(deliveries, seed)
        elif calls_back is CallsBack.REPEATED:
            deliveries = repeated(deliveries, seed)
        elif calls_back is CallsBack.LATE:
            after = self.settings.late_seconds
        first = self.courier.dispatch(deliveries, after)
        if calls_back is CallsBack.EARLY:
            fate().come_after(first, self.settings.hold_seconds, lambda: self.ledger.met(fault.name))

    def failure(self, attempt: str | None, address: str, channel: str) -> int | None:
        """The HTTP status that its fault answers a message with although it was taken; None for a success."""
        first = self._requests[(channel, attempt or address)] == 1
        fault = self.faults.fault_of(address, channel)
        return self._fails(fault, fault.fails_with if first else None)

    def cuts(self, address: str, channel: str) -> bool:
        """Whether who does not speak HTTP must cut the connection in place of an answer of failure."""
        return self.faults.fault_of(address, channel).answers is Answers.CUT

    async def hold(self, request: Request | None, address: str, channel: str) -> None:
        """Where the address's fault says so, keep the answer back: a while, or until the client has gone.

        Args:
            request: tells when the client has gone; None where it is not by HTTP.
            address: to whom the message goes.
            channel: by which channel.
        """
        fault = self.faults.fault_of(address, channel)
        if fault.answers is Answers.SLOWLY:
            self.ledger.met(fault.name)
            await asyncio.sleep(self.settings.slow_seconds)
        elif fault.answers is Answers.NEVER:
            self.ledger.met(fault.name)
            gone = asyncio.Event().wait() if request is None else request.receive()
            try:
                await asyncio.wait_for(gone, self.settings.hold_seconds)
            except TimeoutError:
                return  # the client was patient: it gets its answer

    def _fails(self, fault: Fault, status: int | None) -> int | None:
        if status is not None:
            self.ledger.met(fault.name)
            fate().cut = fault.answers is Answers.CUT
            fate().bare = fault.answers is Answers.BARELY
        return status


def _made(tell: Tell, told: Telling) -> Sequence[Delivery]:
    return [evolve(delivery, attempt=told.attempt, kind=told.kind) for delivery in tell(told)]
