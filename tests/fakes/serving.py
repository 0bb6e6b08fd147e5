"""Real servers on 127.0.0.1 for tests: an ASGI app, and a wire that breaks at the worst moment."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import uvicorn


class _Server(uvicorn.Server):
    """A server that says when it is up, ends at once when told to, and leaves the process's signals alone.

    Uvicorn looks ten times a second whether it is to end, and gives connections a tenth of a second to close:
    for hundreds of servers in a row that is minutes.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.tried = asyncio.Event()
        self._told = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.tried.set()

    async def main_loop(self) -> None:
        """Until it is told to end; meanwhile the date in answers is kept right."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), timeout=1.0)

    def end(self) -> None:
        """Tell it to end."""
        self.should_exit = True
        self._told.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing more, let answers under way be given, as long as is configured, and end the app."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - bare sets
                    await asyncio.sleep(0.001)
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: Any, port: int = 0, http: Any = "auto") -> AsyncIterator[str]:
    """Serve an ASGI app on a port, by default any free one; gives its base URL, and shuts down at the end.

    Args:
        app: what to serve.
        port: where.
        http: uvicorn's name or class of the protocol.

    Raises:
        RuntimeError: the app's own start-up failed.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = _Server(
        uvicorn.Config(
            app,
            http=http,
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await server.tried.wait()
    if server.should_exit:
        await task
        listener.close()
        raise RuntimeError("the app did not start")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        await task


@asynccontextmanager
async def cut_before_answer(base_url: str) -> AsyncIterator[str]:
    """A way to a server that passes requests on and is cut as soon as the server begins to answer.

    Args:
        base_url: of the server.
    """
    port = urlsplit(base_url).port

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        forward = asyncio.create_task(_copy(reader, upstream_writer))
        await upstream_reader.read(1)
        writer.transport.abort()
        forward.cancel()
        await asyncio.gather(forward, return_exceptions=True)
        upstream_writer.close()
        await upstream_writer.wait_closed()

    proxy = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with proxy:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def answering_slowly(status: int, body: bytes, pause: float) -> AsyncIterator[str]:
    """A server that reads a request and answers it byte by byte.

    Args:
        status: of the answer.
        body: of the answer.
        pause: seconds before each byte of it.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            for byte in body:
                await asyncio.sleep(pause)
                writer.write(bytes([byte]))
        finally:
            writer.close()

    answers: set[asyncio.Task[None]] = set()
    server = await asyncio.start_server(
        lambda reader, writer: answers.add(asyncio.create_task(handle(reader, writer))), "127.0.0.1", 0
    )
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
