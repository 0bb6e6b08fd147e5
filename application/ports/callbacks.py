"""The port that turns a vendor's signed callback into our words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from domain.statuses import Channel, DeliveryStatus


@frozen
class Callback:
    """A request as it arrived.

    Args:
        url: the public address that the vendor called, with its query.
        headers: lower-case names.
        body: the raw bytes.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@frozen
class StatusReport:
    """A provider tells what became of a message.

    Args:
        event_id: the provider's own id for this event, the same when it is repeated.
        status: normalised.
        at: by the provider's clock.
        attempt_key: the correlation that we sent along, as text; None where there is none.
        provider_ref: the provider's id of the message.
        detail: the vendor's code and words.
    """

    event_id: str
    status: DeliveryStatus
    at: datetime
    attempt_key: str | None
    provider_ref: str | None
    detail: str = ""


@frozen
class InboundText:
    """A person wrote to us.

    Args:
        event_id: the provider's own id for this message.
        channel: by which channel.
        sender: the address it came from.
        text: the words.
        at: by the provider's clock, or ours where it gives none.
        opted_out: the provider itself took it as an opt-out.
    """

    event_id: str
    channel: Channel
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    opted_out: bool = False


Report = StatusReport | InboundText


@frozen
class Reading:
    """What a callback says.

    Args:
        reports: every event that could be read and means something to us.
        unreadable: how many events could not be read. They are no reason to turn the others away.
    """

    reports: tuple[Report, ...] = ()
    unreadable: int = 0


class CallbackReader(Protocol):
    """Reads one vendor's callbacks."""

    @property
    def name(self) -> str:
        """The provider's name in the webhook route."""
        ...

    def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature on the raw body, then read it event by event.

        Raises:
            BadSignature: missing or wrong; nothing of the body was looked at.
            MalformedCallback: the signature is right, the body as a whole cannot be read.
        """
        ...
