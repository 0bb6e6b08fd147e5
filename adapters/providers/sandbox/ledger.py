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
        vendor: by whom.
        attempt: the correlation that came with it: an attempt key, or a handoff's key; None without one.
        channel: ``sms``, ``email``, ``voice`` or ``handoff``.
        provider_ref: the id that it was given.
        at: when, ISO 8601.
        one_click: where an e-mail's headers let a mail program opt its owner out with one POST.
    """

    vendor: str
    attempt: str | None
    channel: str
    provider_ref: str
    at: str
    one_click: str | None = None


@define
class Told:
    """One callback: the same body to the same address, however often it goes.

    Args:
        provider: whose.
        key: under which the system under test stages it (`domain.idempotency.webhook_key`).
        attempt: the correlation in it, or that it is about; None where there is none.
        event: what it tells; several of them joined with a comma.
        kind: ``genuine``, ``stray`` or ``forged``.
        tries: how often it was posted.
        status: the last HTTP status that it was answered with; None where there was no answer.
        acknowledged: whether it was ever answered with a 2xx.
    """

    provider: str
    key: str
    attempt: str | None
    event: str
    kind: str
    tries: int = 0
    status: int | None = None
    acknowledged: bool = False

    def answered(self, status: int | None) -> None:
        """Note one try; None where it had no answer."""
        self.tries += 1
        self.status = status
        self.acknowledged = self.acknowledged or (status is not None and 200 <= status < 300)


@define
class Ledger:
    """Counts and lists; grows only."""

    _accepted: list[Taken] = field(default=Factory(list), init=False)
    _handoffs: list[Taken] = field(default=Factory(list), init=False)
    _told: dict[str, Told] = field(default=Factory(dict), init=False)
    _events: Counter[str] = field(default=Factory(Counter), init=False)
    _deliveries: Counter[str] = field(default=Factory(Counter), init=False)
    _faults: Counter[str] = field(default=Factory(Counter), init=False)

    def accept(
        self,
        vendor: str,
        attempt: str | None,
        channel: str,
        provider_ref: str,
        at: datetime,
        one_click: str | None = None,
    ) -> None:
        """Note what was taken, at the moment when it is taken."""
        taken = Taken(vendor, attempt, channel, provider_ref, at.isoformat(), one_click)
        (self._handoffs if channel == "handoff" else self._accepted).append(taken)

    def met(self, fault: str) -> None:
        """Note that somebody has met a fault."""
        self._faults[fault] += 1

    def telling(self, told: Told) -> Told:
        """Note that a callback is on its way; gives the row to keep, which is there already for a copy."""
        return self._told.setdefault(told.key, told)

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
            "deliveries": [asdict(told) for told in self._told.values()],
            "faults": dict(sorted(self._faults.items())),
        }
