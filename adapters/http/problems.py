"""Answers that say what went wrong, in one form (RFC 9457, application/problem+json)."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

_REFUSALS = {404: "There is nothing at this path.", 405: "This path does not take this method."}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer for a request that did not do what it was for.

    Args:
        status: the HTTP status.
        detail: one sentence for whoever sent the request, without personal data and internals.
        headers: further headers.
    """
    title = HTTPStatus(status).phrase
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


def answer_with_problems(app: FastAPI) -> None:
    """Let the app answer in this form also where the framework answers by itself."""

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, _REFUSALS.get(error.status_code, error.detail), error.headers)

    @app.exception_handler(Exception)
    async def failed(_request: Request, _error: Exception) -> Response:
        return problem(500, "The request could not be carried out; the log says why.")
