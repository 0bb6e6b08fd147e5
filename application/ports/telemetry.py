"""The port to metrics. Labels are few and never personal."""

from typing import Protocol


class Telemetry(Protocol):
    """Counts what happens."""

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """An attempt ended: accepted, rejected, unknown, deferred, or transient."""
        ...

    def finished(self, campaign: str, outcome: str) -> None:
        """An enrollment ended."""
        ...

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """A callback was answered: stored, malformed, forbidden, unavailable, refused, or failed."""
        ...


class NoTelemetry:
    """Counts nothing, at no cost."""

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Do nothing."""

    def finished(self, campaign: str, outcome: str) -> None:
        """Do nothing."""

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """Do nothing."""
