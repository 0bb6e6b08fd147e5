"""Reading requests and checking credentials, the same for all vendors here."""

import base64
import binascii
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request


async def read_form(request: Request) -> list[tuple[str, str]]:
    """The form's fields in their order; a repeated key comes repeatedly."""
    body = await request.body()
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


async def read_json(request: Request) -> dict[str, Any] | None:
    """The JSON object in the body; None where there is none."""
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def with_query(url: str, name: str, value: str | None) -> str:
    """A URL in whose query a parameter has another value; as it is where it has no such parameter."""
    address, _, query = url.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    if value is None or (name, value) in given or name not in dict(given):
        return url
    return f"{address}?{urlencode([(key, value if key == name else told) for key, told in given])}"


def has_basic(request: Request, user: str, password: str) -> bool:
    """Whether the request carries these credentials (RFC 7617)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(decoded, f"{user}:{password}".encode())


def has_bearer(request: Request, token: str) -> bool:
    """Whether the request carries this token (RFC 6750)."""
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode())
