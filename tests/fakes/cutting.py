"""A wire to a server that is cut when a certain request is answered, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


@asynccontextmanager
async def cut_answers_to(marker: bytes, base_url: str) -> AsyncIterator[str]:
    """A way to a server that passes all on, but for the answers to requests with a marker in them.

    Args:
        marker: bytes of the request, in its head or body.
        base_url: of the server.
    """
    port = urlsplit(base_url).port

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        asked = bytearray()
        forward = asyncio.create_task(_forward(reader, upstream_writer, asked))
        while (piece := await upstream_reader.read(65536)) and marker not in asked:
            writer.write(piece)
            await writer.drain()
        writer.transport.abort()
        forward.cancel()
        await asyncio.gather(forward, return_exceptions=True)
        upstream_writer.close()
        await asyncio.gather(upstream_writer.wait_closed(), return_exceptions=True)

    ways: set[asyncio.Task[None]] = set()
    proxy = await asyncio.start_server(
        lambda reader, writer: ways.add(asyncio.create_task(handle(reader, writer))), "127.0.0.1", 0
    )
    async with proxy:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
    while piece := await reader.read(65536):
        asked += piece
        writer.write(piece)
        await writer.drain()
