"""What is asked of Twilio's Messages and Calls, and the resources that come of it.

Shapes: www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource and .../api/errors.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree

from attrs import frozen

from adapters.providers.common.correlation import ATTEMPT, query_value

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_URL = re.compile(r"https?://[^\s/?#_]+([/?#].*)?")


@frozen
class Order:
    """One request to create something.

    Args:
        resource: ``Messages`` or ``Calls``.
        channel: ``sms`` or ``voice``.
        kind: what ids begin with.
        fields: the form, the last value of each key.
        events: the values of StatusCallbackEvent.
    """

    resource: str
    channel: str
    kind: str
    fields: Mapping[str, str]
    events: Sequence[str]

    @classmethod
    def of(cls, resource: str, form: Sequence[tuple[str, str]]) -> "Order":
        """Read a form."""
        channel, kind = ("sms", "SM") if resource == "Messages" else ("voice", "CA")
        events = [value for key, value in form if key == "StatusCallbackEvent"]
        return cls(resource, channel, kind, dict(form), events)

    @property
    def to(self) -> str:
        """The recipient; "" where there is none."""
        return self.fields.get("To", "")

    @property
    def sender(self) -> str:
        """A number, or the messaging service that picks one; "" where there is none."""
        return self.fields.get("From") or self.fields.get("MessagingServiceSid", "")

    @property
    def callback_url(self) -> str:
        """Where statuses are told; "" where nowhere."""
        return self.fields.get("StatusCallback", "")

    @property
    def attempt(self) -> str | None:
        """The correlation in the callback's address."""
        return query_value(self.callback_url, ATTEMPT)

    @property
    def detection_url(self) -> str:
        """Where asynchronous detection tells who has picked up; "" where that is not asked for."""
        asked = self.fields.get("MachineDetection") and self.fields.get("AsyncAmd") == "true"
        return self.fields.get("AsyncAmdStatusCallback", "") if asked else ""

    @property
    def gather_url(self) -> str:
        """Where keys are told that are pressed while the TwiML's first Gather listens; "" without one."""
        try:
            gather = ElementTree.fromstring(self.fields.get("Twiml", "")).find("Gather")  # noqa: S314 - ours
        except ElementTree.ParseError:
            return ""
        return "" if gather is None else gather.get("action", "")


def fault_in(order: Order) -> int | None:
    """The code by which Twilio refuses a faulty request."""
    if not _PHONE.fullmatch(order.to):
        return 21211
    if not order.sender:
        return 21603 if order.channel == "sms" else 21213
    if order.callback_url and not _URL.fullmatch(order.callback_url):
        return 21609
    if order.channel == "sms":
        return None if order.fields.get("Body") else 21602
    return None if order.fields.get("Twiml") or order.fields.get("Url") else 21205


def resource(account_sid: str, order: Order, sid: str) -> Mapping[str, Any]:
    """The message or call, as it is when it is created.

    Args:
        account_sid: whose it is.
        order: what was asked.
        sid: its id.
    """
    now = format_datetime(datetime.now(UTC))
    common = {
        "sid": sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "from": order.fields.get("From"),
        "to": order.to,
        "status": "queued",
        "price": None,
        "price_unit": "USD",
        "uri": f"/2010-04-01/Accounts/{account_sid}/{order.resource}/{sid}.json",
    }
    if order.channel == "voice":
        return {**common, "answered_by": None, "duration": None, "start_time": None, "end_time": None}
    return {
        **common,
        "body": order.fields["Body"],
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": order.fields.get("MessagingServiceSid"),
        "num_segments": "1",
    }
