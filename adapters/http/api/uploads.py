"""Long bodies, which are written to a file while they arrive and never held in memory.

A handler says so with `takes_upload`, and gets what has arrived as a parameter of the type `Upload`::

    @takes_upload({"text/csv": "phone"})
    async def enroll_batch(self, caller: Writer, key: Key, upload: Upload) -> BatchOut:
        async for chunk in upload.chunks():
            ...

`upload.media_type` says which of the types it is, `upload.file` is the file for whoever reads in a thread of
its own. The file has no name and is gone when the request ends: what shall outlast it is stored before. The
gate refuses other types (415) and longer bodies (413), and the OpenAPI document says both.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any, BinaryIO, TypeVar

from attrs import field, frozen
from fastapi import Depends, Request
from starlette.requests import ClientDisconnect

from adapters.http.security import BodyRefused, Limits, declared_length

_F = TypeVar("_F", bound=Callable[..., Any])

LARGEST = 256 * 1_048_576
"""Bytes of the longest upload, unless a handler says otherwise."""
SLOWEST = timedelta(minutes=15)
"""How long an upload may take: 256 MB at about 2.4 Mbit/s."""
CHUNK = 1_048_576
"""Bytes that are written or read at once: a thread is not worth less."""
_MARK = "__drumbeat_upload__"


@frozen
class Accepted:
    """What a handler takes.

    Args:
        media_types: the types, without parameters, each with an example.
        limits: how long the body may be, and how long it may take.
    """

    media_types: Mapping[str, str]
    limits: Limits


@frozen
class Spooled:
    """A body in a file.

    Args:
        file: the file, at its beginning; nobody else reads it.
        size: its bytes.
        digest: SHA-256 of them.
        media_type: what the request says they are, without parameters, in lower case.
    """

    file: BinaryIO = field(repr=False)
    size: int
    digest: bytes = field(repr=False)
    media_type: str

    async def chunks(self, size: int = CHUNK) -> AsyncIterator[bytes]:
        """All of it from the beginning, without keeping the event loop waiting for a disk.

        Args:
            size: the bytes of a chunk; the last one may have fewer.
        """
        await asyncio.to_thread(self.file.seek, 0)
        while chunk := await asyncio.to_thread(self.file.read, size):
            yield chunk


def takes_upload(
    media_types: Mapping[str, str], *, most: int = LARGEST, within: timedelta = SLOWEST
) -> Callable[[_F], _F]:
    """Declare that a handler takes a long body.

    Args:
        media_types: what it can be, e.g. ``text/csv``, each with an example of it.
        most: the bytes of the longest one.
        within: how long it may take to arrive.
    """
    accepted = Accepted(media_types, Limits(most, within))

    def mark(handler: _F) -> _F:
        setattr(handler, _MARK, accepted)
        return handler

    return mark


def accepted_by(handler: Callable[..., Any]) -> Accepted | None:
    """What a handler takes; None where it takes no long body."""
    found: Accepted | None = getattr(handler, _MARK, None)
    return found


def _upload(request: Request) -> Spooled:
    spooled: Spooled = request.state.upload
    return spooled


Upload = Annotated[Spooled, Depends(_upload)]
"""A parameter of what takes a long body: the gate has put it there."""


@asynccontextmanager
async def spooled(request: Request, limits: Limits, media_type: str) -> AsyncIterator[Spooled]:
    """Write a request's body to a file, which lives as long as the block.

    Raises:
        BodyRefused: it is longer than allowed, takes longer, or ends before its end.
    """
    if declared_length(request) > limits.body_bytes:
        raise _too_long(limits)
    with tempfile.TemporaryFile() as file:
        try:
            async with asyncio.timeout(limits.body_time.total_seconds()):
                size, digest = await _write(request, limits, file)
        except TimeoutError:
            raise BodyRefused(408, "The body did not arrive in time.") from None
        except ClientDisconnect:
            raise BodyRefused(400, "The request ended before its body did.") from None
        yield Spooled(file, size, digest, media_type)


async def _write(request: Request, limits: Limits, file: BinaryIO) -> tuple[int, bytes]:
    size, digest, waiting = 0, hashlib.sha256(), bytearray()
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.body_bytes:
            raise _too_long(limits)
        digest.update(chunk)
        waiting += chunk
        if len(waiting) >= CHUNK:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(_finish, file, bytes(waiting))
    return size, digest.digest()


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    file.seek(0)


def _too_long(limits: Limits) -> BodyRefused:
    return BodyRefused(413, f"The body is longer than {limits.body_bytes} bytes.")
