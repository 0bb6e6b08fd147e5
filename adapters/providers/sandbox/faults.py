"""What goes wrong at the providers: one table of faults, and which address meets which.

The table says what a fault is; `switchboard` and `answering` do it, the same for all vendors. What cannot be
had at a vendor stands in `NOT_HAD`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.draws import fraction


class Answers(StrEnum):
    """How a request is answered.

    Args:
        USUALLY: as the vendor does.
        BARELY: without saying how long to wait.
        SLOWLY: after some seconds.
        NEVER: not for as long as the client waits.
        CUT: not at all, and the connection is cut.
    """

    USUALLY = "usually"
    BARELY = "barely"
    SLOWLY = "slowly"
    NEVER = "never"
    CUT = "cut"


class CallsBack(StrEnum):
    """How a message that was taken is called back about.

    Args:
        USUALLY: in order, once.
        SCRAMBLED: two or three times, and in another order.
        REPEATED: up to fifty times, some of them at the same moment.
        EARLY: for the first time before the request is answered.
        LATE: after everything else is over.
        NEVER: not at all.
        STRAY: and there are signed ones that name an attempt of somebody else.
        FORGED: and there are ones that say something else and are signed with another secret.
    """

    USUALLY = "usually"
    SCRAMBLED = "scrambled"
    REPEATED = "repeated"
    EARLY = "early"
    LATE = "late"
    NEVER = "never"
    STRAY = "stray"
    FORGED = "forged"


@frozen
class Fault:
    """One way for a provider to misbehave.

    Args:
        name: what it is called.
        refusals: the HTTP statuses that the first requests of an attempt are refused with; then all is well.
        fails_with: the first message of an attempt is taken and called back about, and the answer is this
            HTTP status.
        answers: how the requests that meet it are answered.
        calls_back: how its messages are called back about.
    """

    name: str
    refusals: Sequence[int] = ()
    fails_with: int | None = None
    answers: Answers = Answers.USUALLY
    calls_back: CallsBack = CallsBack.USUALLY


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("none"),
        Fault("rate_limited", refusals=(429,)),
        Fault("server_error", fails_with=500),
        Fault("unavailable", refusals=(503, 503)),
        Fault("hangs", answers=Answers.NEVER),
        Fault("scrambles", calls_back=CallsBack.SCRAMBLED),
        Fault("rate_limited_bare", refusals=(429,), answers=Answers.BARELY),
        Fault("slow", answers=Answers.SLOWLY),
        Fault("cut_before", refusals=(503,), answers=Answers.CUT),
        Fault("cut_after", fails_with=500, answers=Answers.CUT),
        Fault("silent", calls_back=CallsBack.NEVER),
        Fault("early", calls_back=CallsBack.EARLY),
        Fault("repeats", calls_back=CallsBack.REPEATED),
        Fault("late", calls_back=CallsBack.LATE),
        Fault("stray", calls_back=CallsBack.STRAY),
        Fault("forged", calls_back=CallsBack.FORGED),
    )
}

BY_CHANCE = ("rate_limited", "server_error", "unavailable", "hangs", "scrambles")
"""Those that addresses meet by chance; the others are met only where they are named."""

_BY_CHANCE_AT_DESKS = tuple(name for name in BY_CHANCE if FAULTS[name].refusals)
"""A desk that hangs, or fails after it took a case, gets it twice, and it has no callbacks: none of these by
chance, only when told to."""

_OF_CALLBACKS = frozenset(name for name, fault in FAULTS.items() if fault.calls_back is not CallsBack.USUALLY)

NOT_HAD: Mapping[str, frozenset[str]] = {"smtp": _OF_CALLBACKS}
"""The faults that cannot be met at a vendor of messages: nothing ever comes back from a mail server."""

SAY_NO_WAIT = frozenset({"ses", "smtp"})
"""The vendors that refuse without a Retry-After anyhow: there ``rate_limited`` is ``rate_limited_bare``."""


@define
class Faults:
    """Which address meets which fault.

    Args:
        seed: decides about every address that nothing was said of.
        share: how many addresses meet each fault of `BY_CHANCE`, per channel.
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
        names = _BY_CHANCE_AT_DESKS if channel == "handoff" else BY_CHANCE
        place = int(fraction(self.seed, "fault", address, channel) / self.share)
        return names[place] if place < len(names) else "none"
