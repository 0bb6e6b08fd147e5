"""Idempotency-Key: a POST that is repeated is carried out once, and answered alike each time.

After draft-ietf-httpapi-idempotency-key-header, as payment services do it: the same key and the same request
give the same answer for 24 hours, the same key and another request give 409.
"""

import hashlib
import re

from fastapi import Request, Response

from adapters.http.api.problems import INVALID, ApiProblem
from application.ports.idempotency_keys import Answer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255
_KEY = re.compile(rf"[\x20-\x7e]{{1,{LONGEST}}}")
_KEPT = ("content-type", "location")
_SYNTAX = f"It must be one text of 1 to {LONGEST} printable ASCII characters, such as a UUID."


def key_of(request: Request) -> str | None:
    """The key of a request; None where it has none, or is none that keys are for.

    Raises:
        ApiProblem: it cannot be one.
    """
    given = request.headers.getlist(HEADER) if request.method == "POST" else []
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise ApiProblem(INVALID, f"The header {HEADER} cannot be used.", [(f"header.{HEADER}", _SYNTAX)])
    return given[0]


def fingerprint(request: Request, body: bytes) -> str:
    """A digest of everything in a request that matters: method, path with query, type and body.

    Args:
        request: the request.
        body: SHA-256 of its body.
    """
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    parts = (
        request.method.encode(),
        path.partition(b"?")[0] + b"?" + request.scope["query_string"],
        request.headers.get("content-type", "").encode("latin-1"),
        body,
    )
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def kept(response: Response) -> Answer:
    """What is kept of an answer.

    Raises:
        TypeError: it is given in parts; an operation that is made by POST answers in one.
    """
    if not isinstance(response.body, bytes):
        raise TypeError("an answer to a POST must be whole, not streamed")
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return Answer(response.status_code, headers, response.body)


def given_again(answer: Answer) -> Response:
    """An answer that was given before."""
    return Response(answer.body, answer.status, {**answer.headers, REPLAYED: "true"})
