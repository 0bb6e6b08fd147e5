"""Amazon SNS: a key and a certificate to sign with, and the envelopes that it posts.

Shapes: Amazon SNS Developer Guide, "Parsing Amazon SNS message formats".
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID

from adapters.providers.ses.envelope import Envelope


def new_certificate() -> tuple[str, str]:
    """Draw a key (PKCS #8) and make its certificate, self-signed: each base64 of DER."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.sandbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(private).decode(), base64.b64encode(
        certificate.public_bytes(Encoding.DER)
    ).decode()


@cache
def somebody_elses() -> rsa.RSAPrivateKey:
    """A key that no certificate vouches for."""
    return rsa.generate_private_key(65537, 2048)


def signing_key(text: str) -> rsa.RSAPrivateKey:
    """Read a key of `new_certificate`.

    Raises:
        ValueError: it is none.
    """
    key = load_der_private_key(base64.b64decode(text, validate=True), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the key is not an RSA key")  # noqa: TRY004 - a setting
    return key


def notification(key: rsa.RSAPrivateKey, topic: str, message_id: str, message: str) -> bytes:
    """A notification as SNS posts it, signed (version 2).

    Args:
        key: to sign with.
        topic: its ARN.
        message_id: of the notification.
        message: what was published.
    """
    region = topic.split(":")[3]
    host = f"https://sns.{region}.amazonaws.com"
    fields = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": timestamp(),
        "SignatureVersion": "2",
        "SigningCertURL": f"{host}/SimpleNotificationService-sandbox.pem",
        "UnsubscribeURL": f"{host}/?{urlencode({'Action': 'Unsubscribe', 'SubscriptionArn': topic})}",
    }
    return json.dumps(signed(key, fields)).encode()


def signed(key: rsa.RSAPrivateKey, fields: Mapping[str, str]) -> Mapping[str, str]:
    """An envelope with its signature, by version 2."""
    signature = key.sign(Envelope(fields).signed_bytes(), PKCS1v15(), SHA256())
    return {**fields, "Signature": base64.b64encode(signature).decode()}


def timestamp() -> str:
    """Now, as AWS writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
