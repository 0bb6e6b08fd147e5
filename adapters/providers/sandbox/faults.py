"""What goes wrong at the providers: one table of faults, and which address meets which."""

from collections.abc import Mapping, Sequence

from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.draws import fraction


@frozen
class Fault:
    """One way for a provider to misbehave.

    Args:
        refusals: the HTTP statuses that the first requests of an attempt are refused with; then all is well.
        fails_with: the first message of an attempt is taken and called back about, and the answer is this
            HTTP status.
        hangs: the message is taken and called back about, but the answer does not come.
        scrambles: callbacks come two or three times, and in another order.
    """

    refusals: Sequence[int] = ()
    fails_with: int | None = None
    hangs: bool = False
    scrambles: bool = False


FAULTS: Mapping[str, Fault] = {
    "none": Fault(),
    "rate_limited": Fault(refusals=(429,)),
    "server_error": Fault(fails_with=500),
    "unavailable": Fault(refusals=(503, 503)),
    "hangs": Fault(hangs=True),
    "scrambles": Fault(scrambles=True),
}

_SEEDED = tuple(name for name in FAULTS if name != "none")
_SEEDED_FOR_HANDOFFS = tuple(name for name in _SEEDED if FAULTS[name].refusals)
"""A desk that hangs, or fails after it took a case, gets it twice, and it has no callbacks: none of these by
chance, only when told to."""


@define
class Faults:
    """Which address meets which fault.

    Args:
        seed: decides about every address that nothing was said of.
        share: how many addresses meet each fault, per channel.
    """

    seed: str
    share: float
    _named: dict[str, str] = field(default=Factory(dict), init=False)

    def name(self, faults: Mapping[str, str]) -> None:
        """Say which fault some addresses meet, on every channel.

        Raises:
            ValueError: there is no such fault; nothing was changed.
        """
        for fault in faults.values():
            if fault not in FAULTS:
                raise ValueError(f"{fault!r} is not one of {', '.join(FAULTS)}")
        self._named.update({address.casefold(): fault for address, fault in faults.items()})

    def fault_of(self, address: str, channel: str) -> Fault:
        """The fault that messages to an address meet on a channel."""
        named = self._named.get(address.casefold())
        return FAULTS[named or self._drawn(address.casefold(), channel)]

    def _drawn(self, address: str, channel: str) -> str:
        if self.share == 0:
            return "none"
        names = _SEEDED_FOR_HANDOFFS if channel == "handoff" else _SEEDED
        place = int(fraction(self.seed, "fault", address, channel) / self.share)
        return names[place] if place < len(names) else "none"
