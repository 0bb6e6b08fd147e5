"""What the words of the sandbox's ledger mean. It is written apart from our readers, which it is to check.

Some words may mean several things, by what comes along with them; a few mean something only now and then.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from domain.statuses import DeliveryStatus

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

_TWILIO = {
    "sent": _is(_S.SENT),
    "delivered": _is(_S.DELIVERED),
    "undelivered": _is(_S.FAILED, _S.OPTED_OUT),
    "received": _WRITTEN,
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
_VONAGE = {
    "buffered": _is(_S.SENT),
    "delivered": _is(_S.DELIVERED),
    "failed": _is(_S.FAILED, _S.OPTED_OUT),
    "received": _WRITTEN,
    "started": _is(_S.QUEUED),
    "ringing": _is(_S.SENT),
    "answered": _is(_S.SENT, _S.ANSWERED),
    "human": _is(_S.ANSWERED),
    "machine": _is(_S.VOICEMAIL),
    "busy": _is(_S.BUSY),
    "unanswered": _is(_S.NO_ANSWER),
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
    "inbound": _WRITTEN,
}
_SES = {
    "Send": _is(_S.SENT),
    "Delivery": _is(_S.DELIVERED),
    "Open": _is(_S.OPENED),
    "Click": _is(_S.CLICKED),
    "Bounce": _is(_S.BOUNCED, _S.FAILED),
    "Complaint": _is(_S.COMPLAINED),
    "Subscription": _is(_S.OPTED_OUT),
}

_DESK = {"resolve": _NOTHING, "reassign": _NOTHING}

WORDS: Mapping[str, Mapping[str, Meaning]] = {
    "twilio": _TWILIO,
    "vonage": _VONAGE,
    "sendgrid": _SENDGRID,
    "postmark": _POSTMARK,
    "mailgun": _MAILGUN,
    "ses": _SES,
    **dict.fromkeys(("slack", "zendesk", "pagerduty", "linear", "jira", "webhook"), _DESK),
}
"""By vendor. A mail server says nothing."""


def meaning(vendor: str, word: str) -> Meaning:
    """What a word means.

    Args:
        vendor: whose.
        word: what it says.

    Raises:
        LookupError: it is not known: then nobody could say whether something of it is missing.
    """
    return _PRESSED if vendor == "vonage" and word.startswith("pressed-") else WORDS[vendor][word]
