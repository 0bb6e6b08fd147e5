"""The switchboard, for routes that need it."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from adapters.providers.sandbox.switchboard import Switchboard


async def _board(request: Request) -> Switchboard:
    board: Switchboard = request.app.state.board
    return board


Board = Annotated[Switchboard, Depends(_board)]
"""The parameter of a route."""
