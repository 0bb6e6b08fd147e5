"""The sandbox as an ASGI app: the vendors' routes, and a few of its own under ``/sandbox``."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException
from starlette.responses import JSONResponse, Response

from adapters.providers.sandbox.answering import Answering
from adapters.providers.sandbox.board import Board
from adapters.providers.sandbox.callbacks import Courier
from adapters.providers.sandbox.faults import Faults
from adapters.providers.sandbox.ledger import Ledger
from adapters.providers.sandbox.people import People
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.strangers import Strangers
from adapters.providers.sandbox.switchboard import Switchboard
from adapters.providers.sandbox.vendor import sandbox_vendor


def create_app(settings: SandboxSettings, environ: Mapping[str, str]) -> FastAPI:
    """Build one sandbox with a world of its own.

    Args:
        settings: which vendors, seed, speed and where to call back.
        environ: the variables of the accounts at these vendors (`adapters.providers.sandbox.vendor.Account`).

    Raises:
        WrongSetting: a vendor is not known, or a variable of its account is missing or wrong.
    """
    vendors = [sandbox_vendor(name) for name in settings.vendors]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                httpx.AsyncClient(limits=httpx.Limits(max_connections=20), trust_env=False)
            )
            ledger = Ledger()
            board = Switchboard(
                settings=settings,
                people=People(settings.seed),
                faults=Faults(settings.seed, settings.fault_share),
                strangers=Strangers(settings.seed),
                ledger=ledger,
                courier=Courier(client, ledger, settings.speed),
            )
            stack.push_async_callback(board.courier.close)
            app.state.board = board
            for vendor in vendors:
                if vendor.serve is not None:
                    await stack.enter_async_context(vendor.serve(board, environ))
            yield

    app = FastAPI(title="Drumbeat sandbox", lifespan=lifespan)
    app.add_middleware(Answering)
    for vendor in vendors:
        vendor.mount(app, environ)
    _add_controls(app)
    return app


def _add_controls(app: FastAPI) -> None:
    """The routes by which whoever runs the sandbox arranges its world and reads its ledger."""

    @app.get("/sandbox/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.put("/sandbox/people", status_code=204, response_class=Response)
    async def name_people(board: Board, people: dict[str, str]) -> None:
        try:
            board.people.name(people)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @app.put("/sandbox/faults", status_code=204, response_class=Response)
    async def name_faults(board: Board, faults: dict[str, str]) -> None:
        try:
            board.faults.name(faults)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @app.put("/sandbox/strangers", status_code=204, response_class=Response)
    async def name_strangers(board: Board, strangers: dict[str, str]) -> None:
        try:
            board.strangers.name(strangers)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @app.get("/sandbox/pending")
    async def pending(board: Board) -> dict[str, int]:
        return {"pending": board.courier.pending}

    @app.get("/sandbox/ledger")
    async def ledger(board: Board) -> JSONResponse:
        page: dict[str, Any] = board.ledger.page(board.courier.pending)
        return JSONResponse(page)
