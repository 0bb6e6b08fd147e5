"""What the signatures of vendors share. Pure; used to verify, and by the sandbox to sign."""

import hashlib
import hmac
from collections.abc import Iterable

from application.errors import BadSignature


def same(one: str, other: str) -> bool:
    """Compare in constant time, whatever the characters."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def hmac_sha256(secret: str, signed: bytes) -> bytes:
    """The HMAC that most vendors sign with, each in its own spelling (RFC 2104, FIPS 180-4)."""
    return hmac.digest(secret.encode("utf-8", "surrogatepass"), signed, hashlib.sha256)


def verify(vendor: str, right: Iterable[str], *given: str) -> None:
    """Refuse a callback that does not carry a right signature.

    Args:
        vendor: for the error's text.
        right: the signatures that would be right, one for each secret that is valid.
        given: those that came; "" for none.

    Raises:
        BadSignature: none of them is right.
    """
    if not any(same(one, other) for one in right for other in given):
        raise BadSignature(f"{vendor}: the signature is missing or wrong")
