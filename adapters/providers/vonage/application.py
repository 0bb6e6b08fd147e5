"""The token of a Vonage application, for the Voice API (developer.vonage.com, "Authentication")."""

import uuid
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import httpx
import jwt
from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

LIFE = timedelta(minutes=5)
"""How long a token holds; each request has one of its own."""


def private_key(text: str) -> RSAPrivateKey:
    r"""Read an application's private key.

    Args:
        text: PEM; a line break may be written as ``\n``.

    Raises:
        ValueError: it is none; the text does not show it.
    """
    try:
        key = load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("private_key must be an RSA key in PEM form, without a password")  # noqa: TRY004 - a setting
    return key


@frozen
class VonageApplication:
    """One application, which signs its requests.

    Args:
        application_id: its UUID.
        key: its private key.
    """

    application_id: str
    key: RSAPrivateKey = field(repr=False)

    def auth(self, now: datetime | None = None) -> httpx.Auth:
        """A token for one request (RFC 7519, RS256).

        Args:
            now: the current time, where it shall be another one than the machine's.
        """
        at = datetime.now(UTC) if now is None else now
        claims = {
            "application_id": self.application_id,
            "iat": int(at.timestamp()),
            "exp": int((at + LIFE).timestamp()),
            "jti": str(uuid.uuid4()),
        }
        return _Bearer(jwt.encode(claims, self.key, algorithm="RS256"))


class _Bearer(httpx.Auth):
    """A bearer token (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
