"""How vendors sign what they call us with. Pure; used to verify, and by the sandbox to sign."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def twilio_signature(auth_token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Base64 of HMAC-SHA1 over the URL and each sorted, unique key and value.

    Args:
        auth_token: the account's secret.
        url: as called, with its query.
        fields: the form's fields as (key, value), each character one byte of the decoded form (latin-1), so
            that a body which is not UTF-8 has a signature too.

    Source: www.twilio.com/docs/usage/webhooks/webhooks-security, and Twilio's SDKs for repeated keys.
    """
    signed = url.encode("utf-8", "surrogatepass") + b"".join(
        (key + value).encode("latin-1") for key, value in sorted(set(fields))
    )
    return base64.b64encode(hmac.digest(auth_token.encode(), signed, hashlib.sha1)).decode()


def sendgrid_signed_bytes(timestamp: str, body: bytes) -> bytes:
    """What SendGrid's ECDSA signature is over (its page "Event Webhook Security Features")."""
    return timestamp.encode("utf-8", "surrogatepass") + body


def same(one: str, other: str) -> bool:
    """Compare in constant time, whatever the characters."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def hmac_sha256(secret: str, signed: bytes) -> bytes:
    """The HMAC that most vendors sign with, each in its own spelling (RFC 2104, FIPS 180-4)."""
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), signed, hashlib.sha256)
