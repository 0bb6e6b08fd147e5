"""Reads what Amazon SES tells through Amazon SNS: one event in one signed envelope.

Sources: Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon SNS" and
"Amazon SNS notification contents for Amazon SES" (the older sort, without tags).
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import structlog
from attrs import Attribute, field, frozen

from adapters.providers.common.correlation import ATTEMPT
from adapters.providers.common.mail import enhanced_code
from adapters.providers.common.untrusted import from_iso, identifier, json_object, optional_identifier
from adapters.providers.ses.envelope import CONFIRMATIONS, Envelope
from adapters.providers.ses.sns import Keys, SnsEndpoint
from adapters.providers.ses.tags import key_text_of
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback, Reading, StatusReport
from domain.statuses import DeliveryStatus

_log = structlog.get_logger(__name__)

_EVENTS: Mapping[str, tuple[str, DeliveryStatus]] = {
    "Send": ("send", DeliveryStatus.SENT),
    "Delivery": ("delivery", DeliveryStatus.DELIVERED),
    "Open": ("open", DeliveryStatus.OPENED),
    "Click": ("click", DeliveryStatus.CLICKED),
    "Reject": ("reject", DeliveryStatus.FAILED),
    "Rendering Failure": ("failure", DeliveryStatus.FAILED),
    "Bounce": ("bounce", DeliveryStatus.FAILED),
    "Complaint": ("complaint", DeliveryStatus.COMPLAINED),
    "Subscription": ("subscription", DeliveryStatus.OPTED_OUT),
}
"""By eventType: the object that tells more, and what it means. At a DeliveryDelay SES goes on trying."""

_VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
"""What SES publishes when a topic is chosen for its events; it is no JSON."""

_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?")
_OPTED_OUT = ("OptOut", "OPT_OUT")
_CODE = re.compile(r"[A-Za-z-]{1,40}")


def _topics(_instance: object, _attribute: "Attribute[Collection[str]]", topics: Collection[str]) -> None:
    if not topics or not all(map(_TOPIC.fullmatch, topics)):
        raise ValueError("topic_arn must be a topic of Amazon SNS: arn:aws:sns:REGION:ACCOUNT:NAME")


@frozen
class SesCallbackReader:
    """Reads the events of some topics, and confirms our subscription to them.

    SNS repeats for an hour, or as long as the topic's policy says, so the age is not checked; a replay meets
    the UNIQUE event id instead, which is SNS's MessageId.

    Args:
        topics: whose envelopes are read. Anybody may have SNS sign for a topic of their own.
        keys: what SNS signs with.
        sns: where subscriptions are confirmed.
        contact_list_topic: what our e-mail is about, in SES's words: who opts out of it opts out of us.

    Raises:
        ValueError: a topic is no topic.
    """

    topics: Collection[str] = field(validator=_topics)
    keys: Keys
    sns: SnsEndpoint
    contact_list_topic: str = ""
    name: str = field(default="ses", init=False)

    async def read(self, callback: Callback, now: datetime) -> Reading:
        """Verify the envelope, then read the event in it. What means nothing to us is left out.

        Raises:
            TransientFault: SNS's certificate cannot be fetched now, or a subscription not be confirmed.
            BadSignature: the envelope is of another topic, or the signature missing or wrong.
            MalformedCallback: the signature is right, the event is none.
        """
        envelope = _envelope(callback.body)
        if envelope.fields.get("TopicArn") not in self.topics:
            raise BadSignature("ses: the envelope is of no topic of ours")
        envelope.signed_bytes()  # before anything is fetched
        envelope.verify(await self.keys.of(envelope, now))
        if envelope.kind in CONFIRMATIONS:
            return await self._confirmed(envelope)
        return _reading(envelope.fields, now, self.contact_list_topic)

    async def _confirmed(self, envelope: Envelope) -> Reading:
        if envelope.kind == "SubscriptionConfirmation":
            await self.sns.confirm(envelope)
            _log.info("ses.subscribed", topic=envelope.fields["TopicArn"])
        else:
            _log.warning("ses.unsubscribed", topic=envelope.fields["TopicArn"])
        return Reading()


def _envelope(body: bytes) -> Envelope:
    """The fields that are texts; whatever else there is has no signature."""
    try:
        posted = json_object(body)
    except MalformedCallback as error:
        raise BadSignature("ses: the body is no envelope of SNS") from error
    return Envelope({name: value for name, value in posted.items() if isinstance(value, str)})


def _reading(fields: Mapping[str, str], now: datetime, list_topic: str) -> Reading:
    if fields["Message"] == _VALIDATED:
        return Reading()
    event = json_object(fields["Message"].encode())
    kind = event.get("eventType", event.get("notificationType"))
    if not isinstance(kind, str):
        raise MalformedCallback("the event does not say what it is")
    if kind not in _EVENTS:
        return Reading()
    part, status = _EVENTS[kind]
    about = _object(event.get(part))
    known = _status(kind, about, status, list_topic)
    if known is None:
        return Reading()
    mail = _object(event.get("mail"))
    report = StatusReport(
        event_id=identifier(fields["MessageId"], "MessageId"),
        status=known,
        at=from_iso(about.get("timestamp", fields["Timestamp"]), now),
        attempt_key=_attempt(mail),
        provider_ref=optional_identifier(mail.get("messageId")),
        detail=_detail(kind, about),
    )
    return Reading((report,))


def _status(
    kind: str, about: Mapping[str, Any], status: DeliveryStatus, list_topic: str
) -> DeliveryStatus | None:
    """What an event means; None where it means nothing to us.

    A bounce that is not permanent is a failure: SES has given up, the address is good; it may even be an
    automatic answer, which comes after the delivery and then changes nothing. A report of the type
    ``not-spam`` is no complaint (RFC 6430).
    """
    if kind == "Bounce" and about.get("bounceType") == "Permanent":
        return DeliveryStatus.BOUNCED
    if kind == "Complaint" and about.get("complaintFeedbackType") == "not-spam":
        return None
    if kind == "Subscription" and not _opts_out(_object(about.get("newTopicPreferences")), list_topic):
        return None
    return status


def _opts_out(preferences: Mapping[str, Any], list_topic: str) -> bool:
    """Whether somebody wants nothing any more, or nothing of our topic.

    The guide's example says ``OptOut``, the API's SubscriptionStatus is ``OPT_OUT``.
    """
    if preferences.get("unsubscribeAll") is True:
        return True
    topics = preferences.get("topicSubscriptionStatus")
    told = [_object(topic) for topic in topics] if isinstance(topics, list) else []
    return bool(list_topic) and any(
        topic.get("topicName") == list_topic and topic.get("subscriptionStatus") in _OPTED_OUT
        for topic in told
    )


def _detail(kind: str, about: Mapping[str, Any]) -> str:
    """The codes of a failure, nothing that was written by hand: diagnostics quote addresses."""
    if kind == "Complaint":
        return _code(about.get("complaintFeedbackType")) or _code(about.get("complaintSubType"))
    if kind != "Bounce":
        return ""
    recipients = about.get("bouncedRecipients")
    first = _object(recipients[0]) if isinstance(recipients, list) and recipients else {}
    sort = "/".join(filter(None, (_code(about.get("bounceType")), _code(about.get("bounceSubType")))))
    return f"{sort} {enhanced_code(first.get('status'))}".strip()


def _attempt(mail: Mapping[str, Any]) -> str | None:
    """Our key, which comes back as the only value of its tag; the older sort of events has no tags."""
    values = _object(mail.get("tags")).get(ATTEMPT)
    found = key_text_of(values[0]) if isinstance(values, list) and values else None
    return optional_identifier(found)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _code(value: object) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""
