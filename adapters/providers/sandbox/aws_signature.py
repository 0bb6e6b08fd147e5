"""Checks an AWS signature, Version 4: written from AWS's page, not from the library that our adapter uses.

Source: AWS IAM User Guide, "Create a signed AWS API request".
"""

import hashlib
import hmac
import re
from urllib.parse import quote

from starlette.requests import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    _ALGORITHM
    + r" Credential=(?P<key>[^/]+)/(?P<scope>(?P<date>[0-9]{8})/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request), *SignedHeaders=(?P<headers>[a-z0-9;-]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


async def has_signed(request: Request, key_id: str, secret: str, region: str, service: str) -> bool:
    """Whether a request is signed with these credentials, for this region and service."""
    claim = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if claim is None or (claim["key"], claim["region"], claim["service"]) != (key_id, region, service):
        return False
    names = claim["headers"].split(";")
    if not {"host", "x-amz-date"} <= set(names):
        return False
    canonical = _canonical(request, names, await request.body())
    at = request.headers["x-amz-date"]
    to_sign = "\n".join((_ALGORITHM, at, claim["scope"], hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in claim["scope"].split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    right = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return at.startswith(claim["date"]) and hmac.compare_digest(right, claim["signature"])


def _canonical(request: Request, names: list[str], body: bytes) -> str:
    query = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in request.query_params.multi_items()
    )
    return "\n".join(
        (
            request.method,
            quote(request.url.path, safe="/-_.~"),
            "&".join(f"{key}={value}" for key, value in query),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        )
    )
