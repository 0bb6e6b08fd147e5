"""Telemetry that keeps its counts."""


class RecordingTelemetry:
    """The port `Telemetry`.

    Attributes:
        sends: (channel, provider, result) of every send.
        circuits: (channel, provider, is open) of every change that was told.
        outcomes: (campaign, outcome) of every enrollment that ended.
        webhooks: (provider, result) of every callback.
        replies: (provider, channel) of every reply to nobody.
        standstills: how many were stuck when last told, by kind.
        seconds: every duration, in order.
    """

    def __init__(self) -> None:
        self.sends: list[tuple[str, str, str]] = []
        self.circuits: list[tuple[str, str, bool]] = []
        self.outcomes: list[tuple[str, str]] = []
        self.webhooks: list[tuple[str, str]] = []
        self.replies: list[tuple[str, str]] = []
        self.standstills: dict[str, int] = {}
        self.seconds: list[float] = []

    def sent(self, channel: str, provider: str, result: str, seconds: float) -> None:
        """Keep it."""
        self.sends.append((channel, provider, result))
        self.seconds.append(seconds)

    def circuit(self, channel: str, provider: str, *, is_open: bool) -> None:
        """Keep it where it differs from what was told last; a circuit is closed at first."""
        known = [state for *key, state in self.circuits if key == [channel, provider]]
        if is_open is not (known[-1] if known else False):
            self.circuits.append((channel, provider, is_open))

    def finished(self, campaign: str, outcome: str) -> None:
        """Keep it."""
        self.outcomes.append((campaign, outcome))

    def webhook(self, provider: str, result: str, seconds: float) -> None:
        """Keep it."""
        self.webhooks.append((provider, result))
        self.seconds.append(seconds)

    def unmatched(self, provider: str, channel: str) -> None:
        """Keep it."""
        self.replies.append((provider, channel))

    def stuck(self, kind: str, count: int) -> None:
        """Keep it."""
        self.standstills[kind] = count
