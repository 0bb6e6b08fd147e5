"""The key pair of SendGrid's signed event webhook."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)


def new_key_pair() -> tuple[str, str]:
    """Draw a pair on P-256: the private key (PKCS #8) and the public one (SPKI), each base64 of DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


@cache
def somebody_elses() -> ec.EllipticCurvePrivateKey:
    """A key that nobody knows the public half of."""
    return ec.generate_private_key(ec.SECP256R1())


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key of `new_key_pair`.

    Raises:
        ValueError: it is none.
    """
    key = load_der_private_key(base64.b64decode(text, validate=True), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is not an elliptic curve key")  # noqa: TRY004 - a setting
    return key
