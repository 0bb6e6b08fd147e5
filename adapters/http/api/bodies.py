"""Bodies of requests: read within limits before anything else is done with them."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import frozen
from fastapi import Request
from starlette.types import Message

from adapters.http.api.problems import INVALID, MEDIA, SLOW, TOO_LONG, ApiProblem, ProblemType
from adapters.http.api.uploads import Accepted, spooled
from adapters.http.security import BodyRefused, Limits, read_body

_REFUSED = {400: SLOW, 408: SLOW, 413: TOO_LONG}
_JSON = re.compile(r"application/(?:json|[a-z0-9!#$&^_.-]+\+json)")
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_UTF_8 = ("utf-8", "utf-8-sig")
_ENCODING = "JSON is sent as UTF-8 (RFC 8259, 8.1)."
_NULL = "It is null; send an object, or no body where there need be none."
_UNSTORABLE = "It has a character that no text can have: NUL, or half of a surrogate pair."


@frozen
class Arrived:
    """A request whose body is there.

    Args:
        request: for the handler.
        digest: SHA-256 of the body.
    """

    request: Request
    digest: bytes


@asynccontextmanager
async def arrived(
    request: Request, limits: Limits, upload: Accepted | None, *, takes_json: bool
) -> AsyncIterator[Arrived]:
    """Read the body of a request; one that was written to a file is there as long as the block lasts.

    Args:
        request: as it came.
        limits: of a body that is no upload.
        upload: what the handler takes as an upload; None where it takes none.
        takes_json: whether the handler takes JSON.

    Raises:
        ApiProblem: the body is too long, too slow, of another type, or has what cannot be stored.
    """
    try:
        if upload is None:
            yield await _whole(request, limits, takes_json=takes_json)
            return
        async with spooled(request, upload.limits, _one_of(request, tuple(upload.media_types))) as body:
            request.state.upload = body
            yield Arrived(request, body.digest)
    except BodyRefused as refused:
        raise ApiProblem(_refused(refused), str(refused)) from None


def media_type(request: Request) -> str:
    """What the body is, without parameters, in lower case; "" where the request does not say."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _whole(request: Request, limits: Limits, *, takes_json: bool) -> Arrived:
    body = b"" if request.method in _BODILESS else await read_body(request, limits)
    if takes_json and body:
        if not _JSON.fullmatch(media_type(request)):
            raise ApiProblem(MEDIA, "Send the body as JSON, with `Content-Type: application/json`.")
        if json.detect_encoding(body) not in _UTF_8:
            raise ApiProblem(INVALID, _ENCODING, [("body", _ENCODING)])
        if body.strip() == b"null":  # which FastAPI takes for no body where there need be none
            raise ApiProblem(INVALID, _NULL, [("body", _NULL)])
        if not _storable(body):
            raise ApiProblem(INVALID, _UNSTORABLE, [("body", _UNSTORABLE)])
    return Arrived(Request(request.scope, _giving(body)), hashlib.sha256(body).digest())


def _giving(body: bytes) -> Callable[[], Awaitable[Message]]:
    """What a server gives, for a body that was read already."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _one_of(request: Request, media_types: tuple[str, ...]) -> str:
    given = media_type(request)
    if given not in media_types:
        raise ApiProblem(MEDIA, f"Send the body as {' or '.join(media_types)}, and say so in Content-Type.")
    return given


def _refused(refused: BodyRefused) -> ProblemType:
    return _REFUSED[refused.status]


def _storable(body: bytes) -> bool:
    """Whether all texts in a JSON body are ones; what is no JSON at all is refused by whoever reads it."""
    if _NUL.search(body):
        return False
    if not _SURROGATE.search(body):
        return True
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except (ValueError, RecursionError):
        return True
    return True
