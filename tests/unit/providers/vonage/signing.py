"""Callbacks signed as Vonage signs them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters.providers.common.menu import Menu
from adapters.providers.vonage.callbacks import VonageCallbackReader
from adapters.providers.vonage.correlation import CallNote, event_url
from adapters.providers.vonage.ncco import Speaker
from adapters.providers.vonage.signatures import sms_signature, webhook_token
from application.ports.callbacks import Callback, Reading
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 17, 10, 5, tzinfo=UTC)
SECRET, PREVIOUS = "signature-secret-of-now", "signature-secret-of-before"
BASE = "https://hooks.example.com"
URL = f"{BASE}/webhooks/vonage"
ATTEMPT = "7b1b2f:first:1"
REF = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
MENU = Menu("1, 2 or 9?", "Confirmed.", "We call back.", "No more calls.", "Goodbye.", "9?")
SPEAKER = Speaker("en-US", MENU)
READER = VonageCallbackReader([SECRET, PREVIOUS], "sha256", BASE, SPEAKER)
CALL_URL = event_url(BASE, CallNote(ATTEMPT), SECRET)
DETECTING_URL = event_url(BASE, CallNote(ATTEMPT, detecting=True), SECRET)


def claims_for(body: bytes, **changes: Any) -> dict[str, Any]:
    """What Vonage says in the token that goes with a body."""
    claims = {
        "iat": int(NOW.timestamp()),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "a1b2c3d4",
    }
    return {**claims, **changes}


def with_token(
    body: bytes | Mapping[str, Any], url: str = URL, secret: str = SECRET, **claims: Any
) -> Callback:
    """A callback of the Voice or the Messages API."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    token = webhook_token(secret, claims_for(raw, **claims))
    return Callback(url, {"content-type": "application/json", "authorization": f"Bearer {token}"}, raw)


def with_sig(
    fields: Mapping[str, str],
    secret: str = SECRET,
    *,
    form: bool = False,
    method: str = "sha256",
    **changes: str,
) -> Callback:
    """A callback of the SMS API, in JSON or as a form."""
    signed = {"timestamp": str(int(NOW.timestamp())), "nonce": "n1", **fields, **changes}
    everything = {**signed, "sig": sms_signature(method, secret, signed).upper()}
    if form:
        kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Callback(URL, kind, urlencode(everything).encode())
    return Callback(URL, {"content-type": "application/json"}, json.dumps(everything).encode())


def read(callback: Callback, now: datetime = NOW) -> Reading:
    """What our reader makes of it."""
    return finished(READER.read(callback, now))
