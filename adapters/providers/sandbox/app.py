"""The sandbox as an ASGI app: the vendors' routes, and a few of its own under ``/sandbox``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.providers.sandbox import sendgrid, slack, twilio
from adapters.providers.sandbox.callbacks import Courier
from adapters.providers.sandbox.faults import Faults
from adapters.providers.sandbox.keys import private_key
from adapters.providers.sandbox.ledger import Ledger
from adapters.providers.sandbox.people import People
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.switchboard import Switchboard


def create_app(settings: SandboxSettings) -> FastAPI:
    """Build one sandbox with a world of its own.

    Args:
        settings: credentials, seed, speed and where to call back.

    Raises:
        ValueError: the private key cannot be read.
    """
    key = private_key(settings.sendgrid_private_key)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=20)) as client:
            ledger = Ledger()
            app.state.board = Switchboard(
                settings=settings,
                people=People(settings.seed),
                faults=Faults(settings.seed, settings.fault_share),
                ledger=ledger,
                courier=Courier(client, ledger, settings.speed),
            )
            yield
            await app.state.board.courier.close()

    app = FastAPI(title="Drumbeat sandbox", lifespan=lifespan)

    @app.post("/2010-04-01/Accounts/{account_sid}/Messages.json")
    async def create_message(board: Board, request: Request, account_sid: str) -> Response:
        return await twilio.create(board, request, account_sid, "Messages")

    @app.post("/2010-04-01/Accounts/{account_sid}/Calls.json")
    async def create_call(board: Board, request: Request, account_sid: str) -> Response:
        return await twilio.create(board, request, account_sid, "Calls")

    @app.post("/v3/mail/send")
    async def send_mail(board: Board, request: Request) -> Response:
        return await sendgrid.send(board, key, request)

    @app.post("/api/chat.postMessage")
    async def post_message(board: Board, request: Request) -> Response:
        return await slack.post_message(board, request)

    _add_controls(app)
    return app


async def _board(request: Request) -> Switchboard:
    board: Switchboard = request.app.state.board
    return board


Board = Annotated[Switchboard, Depends(_board)]


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

    @app.get("/sandbox/ledger")
    async def ledger(board: Board) -> JSONResponse:
        page: dict[str, Any] = board.ledger.page(board.courier.pending)
        return JSONResponse(page)
