"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
"""When tests begin, unless they say otherwise."""


class FakeClock:
    """The port `Clock`."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Move on, with the arguments of `timedelta`; returns the new time."""
        self.now += timedelta(**duration)
        return self.now


class Counter:
    """The port `NewId`: id-1, id-2 and so on."""

    def __init__(self, prefix: str = "id") -> None:
        self.prefix = prefix
        self.count = 0

    def __call__(self) -> str:
        """The next id."""
        self.count += 1
        return f"{self.prefix}-{self.count}"
