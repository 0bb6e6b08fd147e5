"""The port that turns a vendor's signed callback into our words."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from domain.keywords import Keyword
from domain.statuses import Channel, DeliveryStatus


@frozen
class Callback:
    """A request as it arrived.

    Args:
        url: the public address that the vendor called, with its query.
        headers: lower-case names.
        body: the raw bytes.
        client: the address that the request came from, as far as it can be trusted; "" where it is not known.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    client: str = ""


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
        pressed: the key that a person has pressed on a call, one of 0 to 9, * and #; the status is `REPLIED`.
            A press that opts out is told as that, without its key.
        ref_varies: the provider may know the same message by other references too, so that another one than
            was recorded is no contradiction.
    """

    event_id: str
    status: DeliveryStatus
    at: datetime
    attempt_key: str | None
    provider_ref: str | None
    detail: str = ""
    pressed: str | None = None
    ref_varies: bool = False


@frozen
class InboundText:
    """A person wrote to us.

    Args:
        event_id: the provider's own id for this message.
        channel: by which channel.
        sender: the address it came from.
        text: the words.
        at: by the provider's clock, or ours where it gives none.
        keyword: what the provider itself took it for, and has answered; None where it says nothing.
        attempt_key: the attempt that it answers, as text, where the reply names it; a hint, since a person
            may have typed it.
    """

    event_id: str
    channel: Channel
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    keyword: Keyword | None = None
    attempt_key: str | None = None


class HandoffAction(StrEnum):
    """What a human has done with a case, at the desk."""

    RESOLVED = "resolved"
    REASSIGNED = "reassigned"


@frozen
class HandoffReport:
    """A desk tells what a human did with a case.

    Args:
        event_id: the desk's own id for this event, the same when it is repeated.
        action: what was done.
        at: by the desk's clock, or ours where it gives none.
        handoff_key: our key of the handoff, where it came back; None where it did not.
        ref: the desk's own id of the case, as `HandoffDesk.open` gave it; None where the key is enough.
        by: the desk's id of who did it, e.g. ``U012AB3CD``; no name.
        to: the desk's id of whom it was given to, for `HandoffAction.REASSIGNED`.
    """

    event_id: str
    action: HandoffAction
    at: datetime
    handoff_key: str | None
    ref: str | None = None
    by: str = ""
    to: str = ""


Report = StatusReport | InboundText | HandoffReport


@frozen
class Answer:
    """What the vendor wants to read in the answer to its callback.

    Args:
        body: e.g. TwiML, or the challenge of a handshake.
        media_type: of the body.
    """

    body: str = field(repr=False)
    media_type: str


@frozen
class Reading:
    """What a callback says.

    Args:
        reports: every event that could be read and means something to us.
        unreadable: how many events could not be read. They are no reason to turn the others away.
        answer: what to answer with; nothing but the status where it is None.
        nonce: what the vendor's signature is over where that is not the body: good for one delivery only.
    """

    reports: tuple[Report, ...] = ()
    unreadable: int = 0
    answer: Answer | None = None
    nonce: str | None = None


class CallbackReader(Protocol):
    """Reads one vendor's callbacks."""

    @property
    def name(self) -> str:
        """The provider's name in the webhook route."""
        ...

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the signature on the raw body, then read it event by event.

        Raises:
            TransientFault: what it must be verified with cannot be fetched now; the vendor must come again.
            BadSignature: missing or wrong; nothing of the body was looked at.
            MalformedCallback: the signature is right, the body as a whole cannot be read.
        """
        ...
