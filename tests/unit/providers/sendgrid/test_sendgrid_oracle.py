"""SendGrid's own verifier agrees with ours, on random batches and on spoiled ones."""

import base64
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook

from adapters.providers.sandbox.keys import new_key_pair, private_key
from adapters.providers.sendgrid.callbacks import SendGridCallbackReader
from application.errors import BadSignature, MalformedCallback
from application.ports.callbacks import Callback
from tests.fakes.coroutines import finished

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PRIVATE, PUBLIC = new_key_pair()
ORACLE = EventWebhook(PUBLIC)
READER = SendGridCallbackReader([PUBLIC])
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def accepts(body: str, signature: str, timestamp: str) -> bool:
    """Whether our reader takes the signature as right, whatever it makes of the body."""
    headers = {
        "x-twilio-email-event-webhook-signature": signature,
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }
    try:
        finished(READER.read(Callback("https://hooks.example.com", headers, body.encode()), NOW))
    except BadSignature:
        return False
    except MalformedCallback:
        return True
    return True


@settings(deadline=None)  # the machine may be busy
@given(TEXT, TEXT, TEXT | st.none(), TEXT | st.none(), st.binary(max_size=80) | st.none())
def test_a_batch_is_taken_where_sendgrids_verifier_takes_it(
    body: str, timestamp: str, other_body: str | None, other_time: str | None, other_signature: bytes | None
) -> None:
    """Genuine, or with another body, time or signature: both say the same."""
    genuine = private_key(PRIVATE).sign((timestamp + body).encode(), ec.ECDSA(SHA256()))
    signature = base64.b64encode(genuine if other_signature is None else other_signature).decode()
    body, timestamp = (
        body if other_body is None else other_body,
        timestamp if other_time is None else other_time,
    )

    assert accepts(body, signature, timestamp) == ORACLE.verify_signature(body, signature, timestamp)
