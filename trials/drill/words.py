"""What the words of the sandbox's ledger mean. It is written apart from our readers, which it is to check.

Some words may mean several things, by what comes along with them; a few mean something only now and then.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from domain.statuses import Channel, DeliveryStatus

_S = DeliveryStatus


@frozen
class Meaning:
    """What a vendor's word may come to.

    Args:
        statuses: in our words; none where it says nothing of a message.
        is_sure: it always comes to one of them.
        is_named: it belongs to the attempt that it names. What people write is found by their address.
    """

    statuses: frozenset[DeliveryStatus] = frozenset()
    is_sure: bool = True
    is_named: bool = True


def _is(*statuses: DeliveryStatus) -> Meaning:
    return Meaning(frozenset(statuses))


_NOTHING = Meaning()
_WRITTEN = Meaning(frozenset({_S.REPLIED, _S.OPTED_OUT}), is_sure=False, is_named=False)
_PRESSED = Meaning(frozenset({_S.REPLIED, _S.OPTED_OUT}), is_sure=False)
_PICKED_UP = _is(_S.SENT, _S.ANSWERED, _S.VOICEMAIL)

_TWILIO_SMS = {
    "sent": _is(_S.SENT),
    "delivered": _is(_S.DELIVERED),
    "undelivered": _is(_S.FAILED, _S.OPTED_OUT),
    "received": _WRITTEN,
}
_TWILIO_VOICE = {
    "initiated": _is(_S.QUEUED),
    "ringing": _is(_S.SENT),
    "in-progress": _PICKED_UP,
    "amd": evolve(_PICKED_UP, is_sure=False),
    "gather": _PRESSED,
    "busy": _is(_S.BUSY),
    "no-answer": _is(_S.NO_ANSWER),
    "failed": _is(_S.FAILED),
    "completed": _is(_S.DELIVERED, _S.ANSWERED, _S.VOICEMAIL),
}
_VONAGE_SMS = {
    "buffered": _is(_S.SENT),
    "delivered": _is(_S.DELIVERED),
    "failed": _is(_S.FAILED, _S.OPTED_OUT),
    "received": _WRITTEN,
}
_VONAGE_VOICE = {
    "started": _is(_S.QUEUED),
    "ringing": _is(_S.SENT),
    "answered": _is(_S.SENT, _S.ANSWERED),
    "human": _is(_S.ANSWERED),
    "machine": _is(_S.VOICEMAIL),
    "busy": _is(_S.BUSY),
    "unanswered": _is(_S.NO_ANSWER),
    "failed": _is(_S.FAILED),
    "cancelled": _is(_S.FAILED),
    "completed": _is(_S.SENT, _S.DELIVERED),
}
_SENDGRID = {
    "processed": _is(_S.QUEUED),
    "delivered": _is(_S.DELIVERED),
    "open": _is(_S.OPENED),
    "click": _is(_S.CLICKED),
    "bounce": _is(_S.BOUNCED),
    "dropped": _is(_S.FAILED, _S.OPTED_OUT, _S.BOUNCED, _S.COMPLAINED),
    "spamreport": _is(_S.COMPLAINED),
    "unsubscribe": _is(_S.OPTED_OUT),
    "reply": _WRITTEN,
}
_POSTMARK = {
    "Delivery": _is(_S.DELIVERED),
    "Open": _is(_S.OPENED),
    "Click": _is(_S.CLICKED),
    "Bounce": _is(_S.BOUNCED),
    "SpamComplaint": _is(_S.COMPLAINED),
    "SubscriptionChange": _is(_S.OPTED_OUT),
    "Inbound": _WRITTEN,
}
_MAILGUN = {
    "accepted": _is(_S.QUEUED),
    "delivered": _is(_S.DELIVERED),
    "opened": _is(_S.OPENED),
    "clicked": _is(_S.CLICKED),
    "failed": _is(_S.BOUNCED, _S.OPTED_OUT),
    "unsubscribed": _is(_S.OPTED_OUT),
    "complained": _is(_S.COMPLAINED),
    "reply": _WRITTEN,
}
_SES = {
    "Send": _is(_S.SENT, _S.QUEUED),
    "Delivery": _is(_S.DELIVERED),
    "Open": _is(_S.OPENED),
    "Click": _is(_S.CLICKED),
    "Bounce": _is(_S.BOUNCED, _S.FAILED),
    "Complaint": _is(_S.COMPLAINED),
    "Subscription": _is(_S.OPTED_OUT),
}

WORDS: Mapping[tuple[str, Channel], Mapping[str, Meaning]] = {
    ("twilio", Channel.SMS): _TWILIO_SMS,
    ("twilio", Channel.VOICE): _TWILIO_VOICE,
    ("vonage", Channel.SMS): _VONAGE_SMS,
    ("vonage", Channel.VOICE): _VONAGE_VOICE,
    ("sendgrid", Channel.EMAIL): _SENDGRID,
    ("postmark", Channel.EMAIL): _POSTMARK,
    ("mailgun", Channel.EMAIL): _MAILGUN,
    ("ses", Channel.EMAIL): _SES,
}
"""By vendor and channel."""


def meaning(vendor: str, channel: Channel | None, word: str) -> Meaning:
    """What a word means.

    Args:
        vendor: whose.
        channel: of the message; None where it is about none, but about a case at a desk.
        word: what the vendor says.

    Raises:
        LookupError: it is not known: then nobody could say whether something of it is missing.
    """
    if channel is None:
        return _NOTHING
    known = WORDS[vendor, channel]
    if word not in known and word.startswith("pressed-"):
        return _PRESSED
    return known[word]
