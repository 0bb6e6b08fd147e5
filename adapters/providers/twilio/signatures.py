"""How Twilio signs what it calls us with. Pure; used to verify, and by the sandbox to sign."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signature(auth_token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
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
