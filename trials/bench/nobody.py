"""What is outside of the database, where nobody is there: providers, runs and a desk that only take note."""

from collections.abc import Sequence
from zlib import crc32

from attrs import define, field, frozen

from application.errors import OutcomeUnknown
from application.ports.batches import Batch
from application.ports.handoffs import Ticket
from application.ports.interactions import Interaction
from application.ports.messaging import Accepted, OutboundMessage
from application.ports.runs import Run
from domain.idempotency import AttemptKey
from domain.statuses import Channel

_NAMES = {Channel.SMS: "twilio", Channel.EMAIL: "sendgrid", Channel.VOICE: "twilio"}


def vendor(channel: Channel) -> str:
    """The name of a channel's provider."""
    return _NAMES[channel]


def ref_of(key: AttemptKey) -> str:
    """What the provider calls a message: as long as Twilio's own, with most of the enrollment's id in it."""
    digits = key.enrollment_id.replace("-", "")
    return f"SM{digits[:30]}{crc32(f'{key.step}:{key.attempt}'.encode()) % 256:02x}"


@define
class Vendor:
    """The port `MessageProvider`: takes every message at once, and says so unless told otherwise.

    Args:
        channel: by which it is reached.
        is_mute: it says nothing: whether it has taken a message stays in doubt.
    """

    channel: Channel
    is_mute: bool = False
    honours_key: bool = False
    can_look_up: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return vendor(self.channel)

    async def send(self, message: OutboundMessage) -> Accepted:
        """Take it.

        Raises:
            OutcomeUnknown: it is mute.
        """
        if self.is_mute:
            raise OutcomeUnknown("the provider says nothing")
        return Accepted(ref_of(message.key))

    async def find(self, message: OutboundMessage) -> Accepted | None:
        """Find nothing: nobody asks, as it says that it cannot."""
        return None


@define
class Ears:
    """The port `Runs`, as far as lives need it: keeps what runs are told."""

    _heard: dict[str, list[Interaction]] = field(factory=dict)

    async def start(self, run: Run) -> None:
        """Do nothing: whoever has it enrolled follows it."""

    async def tell(self, enrollment_id: str, interactions: Sequence[Interaction]) -> bool:
        """Keep what it is told."""
        self._heard.setdefault(enrollment_id, []).extend(interactions)
        return True

    async def opt_out(self, enrollment_id: str) -> bool:
        """Take note."""
        return True

    def take(self, enrollment_id: str) -> Sequence[Interaction]:
        """What it was told, once."""
        return self._heard.pop(enrollment_id, ())


@define
class NoBatches:
    """The port `BatchRuns`: whatever is asked for is under way."""

    async def start(self, batch: Batch) -> None:
        """Do nothing."""


@frozen
class Tray:
    """The port `HandoffDesk`: takes every case at once."""

    name: str = "tray"
    knows_key: bool = True

    async def open(self, ticket: Ticket) -> str:
        """Take it."""
        return f"case-{ticket.key}"
