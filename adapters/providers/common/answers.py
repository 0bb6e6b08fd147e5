"""Reads the answer to a call, and not more of it than an answer has."""

import httpx

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of a body, decompressed. Most answers have a few thousand, long lists some hundred thousand."""

_CODINGS = frozenset({"", "identity", "gzip", "deflate"})
"""How an answer may be compressed although we ask for none. Each of these makes of a byte a thousand at most;
other codings, and several at once, know no such limit."""

_OF_THE_BODY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
"""Headers that are about the body as it came, which is not kept."""


async def whole(answer: httpx.Response) -> httpx.Response | None:
    """An answer with its body, decompressed; None where that is too long, or can become so.

    Args:
        answer: its body not yet read.

    Raises:
        httpx.HTTPError: it breaks off, or cannot be decompressed.
    """
    if answer.headers.get("content-encoding", "").strip().lower() not in _CODINGS:
        return None
    pieces, length = [], 0
    async for piece in answer.aiter_bytes():
        length += len(piece)
        if length > LARGEST_ANSWER:
            return None
        pieces.append(piece)
    headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in _OF_THE_BODY]
    return httpx.Response(
        answer.status_code, headers=headers, content=b"".join(pieces), request=answer.request
    )
