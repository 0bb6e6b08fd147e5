"""How Vonage signs what it calls us with. Pure; used to verify, and by the sandbox to sign.

The SMS API adds a parameter ``sig`` to its parameters (developer.vonage.com, "Signing Messages"). Voice and
Messages carry a JWT whose ``payload_hash`` stands for the body (the same, "Decoding signed webhooks"); the
query of the address that is called is signed by neither, so that we seal what we write there.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from adapters.providers.common.signatures import hmac_sha256

HASHES: Mapping[str, str | None] = {
    "md5hash": None,
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha512": "sha512",
}
"""The signature methods that an account can choose, and the hash of each HMAC."""

_SEAL_DIGITS = 32


class _SecretOfAnyLength(HMACAlgorithm):
    """HS256 with a secret that Vonage has drawn; it may be shorter than RFC 7518 (3.2) asks for."""

    def check_key_length(self, key: bytes) -> str | None:
        """Any length will do."""
        return None


_JWS = jwt.PyJWS(algorithms=["HS256"])
_JWS.unregister_algorithm("HS256")
_JWS.register_algorithm("HS256", _SecretOfAnyLength(HMACAlgorithm.SHA256))


def sms_signature(method: str, secret: str, parameters: Mapping[str, str]) -> str:
    """The ``sig`` of a set of parameters, in lower-case hex.

    Args:
        method: one of `HASHES`.
        secret: the account's signature secret.
        parameters: without ``sig`` itself.
    """
    signed = "".join(f"&{key}={_plain(parameters[key])}" for key in sorted(parameters))
    data, key = signed.encode("utf-8", "surrogatepass"), secret.encode()
    digest = HASHES[method]
    if digest is None:
        return hashlib.md5(data + key, usedforsecurity=False).hexdigest()
    return hmac.new(key, data, digest).hexdigest()


def _plain(value: str) -> str:
    return value.replace("&", "_").replace("=", "_")


def webhook_token(secret: str, claims: Mapping[str, Any]) -> str:
    """A signed webhook's JWT."""
    return _JWS.encode(json.dumps(dict(claims)).encode(), secret, "HS256")


def claims_of(token: str, secret: str) -> Mapping[str, Any] | None:
    """The claims of a signed webhook's JWT; None where it is not signed with the secret or holds none."""
    try:
        claims = json.loads(_JWS.decode(token, secret, algorithms=["HS256"]))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def seal(secret: str, values: Iterable[str]) -> str:
    """What shows that values in a query were written by us."""
    signed = "\x1f".join(("drumbeat", *values)).encode("utf-8", "surrogatepass")
    return hmac_sha256(secret, signed).hex()[:_SEAL_DIGITS]
