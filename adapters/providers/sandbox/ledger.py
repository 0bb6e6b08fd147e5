"""What the providers have taken and what they called back: what an account must agree with at the end.

There are no addresses in it and no texts.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from attrs import Factory, asdict, define, field, frozen


@frozen
class Taken:
    """A message or a handoff that was accepted.

    Args:
        attempt: the correlation that came with it: an attempt key, or a handoff's key; None without one.
        channel: ``sms``, ``email``, ``voice`` or ``handoff``.
        provider_ref: the id that it was given.
        at: when, ISO 8601.
        one_click: where an e-mail's headers let a mail program opt its owner out with one POST.
    """

    attempt: str | None
    channel: str
    provider_ref: str
    at: str
    one_click: str | None = None


@define
class Ledger:
    """Counts and lists; grows only."""

    _accepted: list[Taken] = field(default=Factory(list), init=False)
    _handoffs: list[Taken] = field(default=Factory(list), init=False)
    _events: Counter[str] = field(default=Factory(Counter), init=False)
    _deliveries: Counter[str] = field(default=Factory(Counter), init=False)

    def accept(
        self,
        attempt: str | None,
        channel: str,
        provider_ref: str,
        at: datetime,
        one_click: str | None = None,
    ) -> None:
        """Note what was taken, at the moment when it is taken."""
        taken = Taken(attempt, channel, provider_ref, at.isoformat(), one_click)
        (self._handoffs if channel == "handoff" else self._accepted).append(taken)

    def called_back(self, event: str) -> None:
        """Note that the other side has taken a callback, e.g. ``twilio:delivered``."""
        self._events[event] += 1
        self._deliveries["delivered"] += 1

    def repeated(self) -> None:
        """Note that a callback failed and will be tried again."""
        self._deliveries["repeated"] += 1

    def gave_up(self) -> None:
        """Note that a callback failed for good."""
        self._deliveries["given_up"] += 1

    def page(self, pending: int) -> dict[str, Any]:
        """All of it, as JSON.

        Args:
            pending: how many callbacks are still to come.
        """
        counts = {name: self._deliveries[name] for name in ("delivered", "repeated", "given_up")}
        return {
            "accepted": [asdict(taken) for taken in self._accepted],
            "handoffs": [asdict(taken) for taken in self._handoffs],
            "callbacks": {**counts, "pending": pending, "events": dict(sorted(self._events.items()))},
        }
