"""How many statements and transactions a webhook costs us: counted in this process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from attrs import define, frozen
from dependency_injector import providers
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from temporalio.client import Client

from adapters.http.app import create_app
from bootstrap import container
from bootstrap.settings import Settings, load
from trials.bench.side_by_side import in_order
from trials.bench.webhooks.load import Signed, post

_NOT_STATEMENTS = ("BEGIN", "PRAGMA")


@frozen
class Cost:
    """What one webhook costs."""

    statements: float
    transactions: float


@define
class _Count:
    statements: int = 0
    transactions: int = 0

    def statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements += not statement.startswith(_NOT_STATEMENTS)

    def commit(self, _connection: Any) -> None:
        self.transactions += 1


async def counted(
    environ: Mapping[str, str], temporal: Client, callbacks: Sequence[Signed], at_once: int
) -> Cost:
    """Take callbacks with the real app, without a socket, and count what reaches the database.

    Args:
        environ: of our HTTP app.
        temporal: who is signalled.
        callbacks: each news; the first one is not counted, as with it is read what is read once and kept.
        at_once: how many of them come at the same time.
    """
    settings = load(environ)
    # What the app logs for each webhook would stand between the lines of the benchmark.
    with capture_logs():
        return await _counted(settings, temporal, callbacks, at_once)


async def _counted(settings: Settings, temporal: Client, callbacks: Sequence[Signed], at_once: int) -> Cost:
    async with container.running(settings, "drumbeat-bench") as wired:
        wired.temporal_client.override(providers.Object(temporal))
        app = create_app(wired.http_services(), wired.http_options())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:

            async def one(callback: Signed) -> None:
                await post(client, callback)

            await one(callbacks[0])
            with _counting(wired.database().engine) as count:
                await in_order(one, callbacks[1:], at_once)
    each = len(callbacks) - 1
    return Cost(count.statements / each, count.transactions / each)


@contextmanager
def _counting(engine: AsyncEngine) -> Iterator[_Count]:
    count = _Count()
    heard: dict[str, Callable[..., None]] = {"before_cursor_execute": count.statement, "commit": count.commit}
    for name, listener in heard.items():
        event.listen(engine.sync_engine, name, listener)
    try:
        yield count
    finally:
        for name, listener in heard.items():
            event.remove(engine.sync_engine, name, listener)
