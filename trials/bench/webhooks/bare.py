"""What our webhooks are compared with: ``python -m trials.bench.webhooks.bare``.

A FastAPI route as one writes it in an afternoon: it inserts one row, signals the workflow and answers. It
checks no signature, finds nobody out, and loses the signal when the process dies in between. It is served as
our own app is, and its database is opened in the same way.
"""

import asyncio
import os
import signal
from datetime import UTC, datetime

from fastapi import FastAPI, Request, Response
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, insert
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from adapters.db import sqlite_file
from adapters.db.engine import create_engine
from adapters.db.places import place_of
from adapters.http.serving import listen, serving

ADDRESS = "BARE_TEMPORAL_ADDRESS"
DATABASE = "BARE_DATABASE_URL"
PORT = "BARE_PORT"

metadata = MetaData()
received = Table(
    "received",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("attempt", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)


async def make_tables(engine: AsyncEngine) -> None:
    """Make the file, where it is one, and the table in it."""
    place = place_of(engine)
    if place.file is not None:
        sqlite_file.make(place.file)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


def create_app(engine: AsyncEngine, client: Client) -> FastAPI:
    """The route, over a database and Temporal."""
    app = FastAPI()

    @app.get("/readyz")
    async def ready() -> Response:
        return Response()

    @app.post("/webhooks")
    async def receive(request: Request, attempt: str) -> Response:
        body = await request.body()
        row = {"attempt": attempt, "body": body, "received_at": datetime.now(UTC)}
        async with engine.begin() as connection:
            await connection.execute(insert(received).values(row))
        enrollment, step, number = attempt.split(":")
        told = {"step": step, "attempt": int(number), "status": "delivered"}
        await client.get_workflow_handle(f"enrollment:{enrollment}").signal("provider_event", told)
        return Response()

    return app


async def main() -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(os.environ[ADDRESS])
    engine = create_engine(os.environ[DATABASE])
    try:
        with listen("127.0.0.1", int(os.environ[PORT])) as listener:
            async with serving(create_app(engine, client), listener):
                await stop.wait()
    finally:
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
