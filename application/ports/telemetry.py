"""The port to metrics. Labels are few and never personal."""

from typing import Protocol


class Telemetry(Protocol):
    """Counts what happens."""

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """An attempt ended: accepted, rejected, unknown, refused, opted_out, transient, in_doubt, or paced.

        Paced: it got no turn, by our own limits.
        """
        ...

    def circuit(self, channel: str, provider: str, *, is_open: bool) -> None:
        """Whether new attempts pass over a provider, as far as this process knows."""
        ...

    def finished(self, campaign: str, outcome: str) -> None:
        """An enrollment ended."""
        ...

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """A callback was answered: stored, malformed, forbidden, unavailable, refused, or failed."""
        ...

    def unmatched(self, provider: str, channel: str) -> None:
        """A person wrote, and nobody knows in answer to what; or a report contradicts what is recorded."""
        ...

    def stuck(self, kind: str, count: int) -> None:
        """How many of a kind (`domain.stuck.StuckKind`) are stuck now, over all tenants."""
        ...


class NoTelemetry:
    """Counts nothing, at no cost."""

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Do nothing."""

    def circuit(self, channel: str, provider: str, *, is_open: bool) -> None:
        """Do nothing."""

    def finished(self, campaign: str, outcome: str) -> None:
        """Do nothing."""

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """Do nothing."""

    def unmatched(self, provider: str, channel: str) -> None:
        """Do nothing."""

    def stuck(self, kind: str, count: int) -> None:
        """Do nothing."""
