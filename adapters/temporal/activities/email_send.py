"""The activity that sends an e-mail."""

from attrs import frozen
from temporalio import activity

from adapters.temporal.activities.sending import send
from adapters.temporal.common import names
from adapters.temporal.common.payloads import SendOutcome, SendPayload
from application.send_message import SendMessage
from domain.statuses import Channel


@frozen
class EmailSend:
    """Send one attempt, once."""

    send_message: SendMessage

    @activity.defn(name=names.SENDS[Channel.EMAIL])
    async def email_send(self, enrollment_id: str, payload: SendPayload) -> SendOutcome:
        """Send it, or give back what became of it: `application.send_message`."""
        return await send(self.send_message, Channel.EMAIL, enrollment_id, payload)
