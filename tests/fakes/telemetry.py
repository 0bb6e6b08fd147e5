"""Telemetry that keeps its counts."""


class RecordingTelemetry:
    """The port `Telemetry`.

    Attributes:
        sends: (channel, provider, result) of every send.
        outcomes: (campaign, outcome) of every enrollment that ended.
        webhooks: (provider, result) of every callback.
        seconds: every duration, in order.
    """

    def __init__(self) -> None:
        self.sends: list[tuple[str, str, str]] = []
        self.outcomes: list[tuple[str, str]] = []
        self.webhooks: list[tuple[str, str]] = []
        self.seconds: list[float] = []

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Keep it."""
        self.sends.append((channel, provider, result))
        self.seconds.append(seconds)

    def finished(self, campaign: str, outcome: str) -> None:
        """Keep it."""
        self.outcomes.append((campaign, outcome))

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """Keep it."""
        self.webhooks.append((provider, result))
        self.seconds.append(seconds)
