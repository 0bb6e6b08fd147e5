"""How SendGrid signs what it calls us with (its page "Event Webhook Security Features"). Pure."""

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


def signed_bytes(timestamp: str, body: bytes) -> bytes:
    """What its ECDSA signature is over.

    Args:
        timestamp: the header `TIMESTAMP`.
        body: the raw body.
    """
    return timestamp.encode("utf-8", "surrogatepass") + body
