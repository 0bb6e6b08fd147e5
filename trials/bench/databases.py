"""Databases to measure on: new ones, migrated, of either kind."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
from attrs import frozen
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.db import migrate
from adapters.db.engine import create_engine
from trials.postgres import PostgresServer, postgres_server

Fill = Callable[[AsyncEngine], Awaitable[object]]


async def nothing(engine: AsyncEngine) -> None:
    """Fill nothing in."""


CACHE = "shared_buffers=128MB"
"""PostgreSQL's own default: what is measured lies in memory, as the hot part of a database should."""


@frozen
class Kind:
    """One kind of database.

    Args:
        name: for people.
        server: PostgreSQL; None for SQLite.
        folder: for files.
    """

    name: str
    server: PostgresServer | None
    folder: Path

    @asynccontextmanager
    async def made(self, name: str, fill: Fill, *, like: str | None = None) -> AsyncIterator[AsyncEngine]:
        """Make a database, fill it, and open it.

        Args:
            name: of its own.
            fill: what to begin with; the connections that it has made are closed afterwards.
            like: the URL of one that is closed, to begin with a copy of; else it is empty.
        """
        async with self._opened(await self.filled(name, fill, like=like)) as engine:
            yield engine

    async def filled(self, name: str, fill: Fill, *, like: str | None = None) -> str:
        """As `made`, and close it again; returns its URL."""
        url = await self._new(name, like)
        async with self._opened(url) as engine:
            if like is None:
                await migrate.upgrade(engine)
            await fill(engine)
        return url

    @asynccontextmanager
    async def watcher(self) -> AsyncIterator[asyncpg.Connection | None]:
        """A connection to PostgreSQL beside the databases that are made here; None on SQLite."""
        if self.server is None:
            yield None
            return
        connection = await asyncpg.connect(self.server.url("postgres"))
        try:
            yield connection
        finally:
            await connection.close()

    async def _new(self, name: str, like: str | None) -> str:
        if self.server is not None:
            if like is None:
                return await self.server.create_database()
            return await self.server.create_database(like.partition("@/")[2].partition("?")[0])
        file = self.folder / f"{name}.db"
        if like is not None:
            shutil.copy(like.removeprefix("sqlite:///"), file)
        return f"sqlite:///{file}"

    @asynccontextmanager
    async def _opened(self, url: str) -> AsyncIterator[AsyncEngine]:
        engine = create_engine(url)
        try:
            yield engine
        finally:
            await engine.dispose()


@asynccontextmanager
async def both_kinds(folder: Path) -> AsyncIterator[tuple[Kind, Kind]]:
    """PostgreSQL, on a server of its own, and SQLite."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(postgres_server(CACHE))
        yield Kind("PostgreSQL", server, folder), Kind("SQLite", None, folder)
