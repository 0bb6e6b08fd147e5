"""Serve an app on a port, inside a program that does more than that."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn
from fastapi import FastAPI

from application.errors import ApplicationError

STOP = timedelta(seconds=10)
"""How long requests under way may take to end when the server stops."""


class CannotListen(ApplicationError):
    """The port cannot be had; the message says why and what to do."""


def listen(host: str, port: int, variables: str = "DRUMBEAT_HTTP") -> socket.socket:
    """A socket that listens; whoever asks for it closes it, or hands it to `serving`.

    Args:
        host: an address or name of this machine.
        port: the port; 0 for any free one.
        variables: how the names of the settings begin that say so, for the sentence that names them.

    Raises:
        CannotListen: taken, not allowed, or not an address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotListen(_sentence(error, host, port, variables)) from error
    # Connections take it over. asyncio sets it only on sockets that name their protocol, which this one does
    # not; without it, each answer on a connection that stays open waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _sentence(error: OSError, host: str, port: int, variables: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: end what listens there, or set {variables}_PORT to another."
    if error.errno == errno.EACCES:
        return f"Port {port} is not allowed to this user: set {variables}_PORT to one of 1024 and above."
    return f"{host} is not an address of this machine: set {variables}_HOST to one, such as 127.0.0.1."


class _Server(uvicorn.Server):
    """A server that leaves signals to the program around it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[str]:
    """Serve the app for the length of the block, and close the socket at its end.

    Args:
        app: what to serve.
        listener: from `listen`.

    Yields:
        Where the app is reached, as ``http://host:port``.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(STOP.total_seconds()),
    )
    host, port = listener.getsockname()[:2]
    server = _Server(config)
    running = asyncio.create_task(server.serve([listener]), name="http")
    ready = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        ready.cancel()
        server.should_exit = True
        try:
            await running
        finally:
            listener.close()
