"""What work costs: CPU time, ours and the database server's, and how many blocks it looks at."""

import time
from collections.abc import Awaitable, Callable

import asyncpg
from attrs import define, field, frozen
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from trials.bench.cpu import cpu_seconds

Work = Callable[[], Awaitable[object]]

_BLOCKS = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = $1"
_WHO = text("SELECT pg_backend_pid(), current_database()")
_FLUSH = text("SELECT pg_stat_force_next_flush()")


@frozen
class Cost:
    """What some work has cost.

    Args:
        ours: seconds of CPU time in this process; SQLite works in it.
        server: seconds of CPU time in the server's process for our connection.
        blocks: how often a block of the database was looked at; 0 for SQLite, which does not tell.
    """

    ours: float = 0.0
    server: float = 0.0
    blocks: float = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of CPU time in all."""
        return self.ours + self.server

    def __add__(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(self.ours + other.ours, self.server + other.server, self.blocks + other.blocks)

    def __truediv__(self, count: float) -> "Cost":
        """Of one of so many."""
        return Cost(self.ours / count, self.server / count, self.blocks / count)


@define
class Meter:
    """Measures work on one database, in which one thing is done after the other: so there is one connection.

    Args:
        engine: of the database, which nobody else uses.
        watcher: a connection to another database of the same PostgreSQL server; None for SQLite.
    """

    engine: AsyncEngine
    watcher: asyncpg.Connection | None = None
    _server: tuple[int, str] | None = field(default=None, init=False)

    async def cost(self, work: Work) -> Cost:
        """Do it once, and tell what it has cost."""
        await self._prepare()
        blocks, server, ours = await self._blocks(), self._server_seconds(), time.process_time()
        await work()
        ours = time.process_time() - ours
        return Cost(ours, self._server_seconds() - server, await self._blocks() - blocks)

    async def _prepare(self) -> None:
        if self.watcher is None or self._server is not None:
            return
        async with self.engine.connect() as connection:
            pid, database = (await connection.execute(_WHO)).one()
        self._server = int(pid), str(database)

    def _server_seconds(self) -> float:
        if self._server is None:
            return 0.0
        return cpu_seconds(self._server[0])

    async def _blocks(self) -> float:
        """How many the connection has looked at; asked by another one, so that to ask costs nothing here."""
        if self._server is None or self.watcher is None:
            return 0.0
        async with self.engine.connect() as connection:
            await connection.execute(_FLUSH)
            await connection.commit()
        return float(await self.watcher.fetchval(_BLOCKS, self._server[1]))
