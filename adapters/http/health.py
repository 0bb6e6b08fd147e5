"""Whether the process is alive, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from attrs import field, frozen
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from application.errors import ApplicationError

_log = structlog.get_logger(__name__)
_T = TypeVar("_T")

Check = Callable[[], Awaitable[str | None]]
"""None where all is well; else a sentence, given back or raised as an `ApplicationError`."""

Detail = Callable[[], Awaitable[Mapping[str, Any]]]
"""Something to see beside the checks, as JSON knows it."""


@frozen
class HealthEndpoints:
    """Probes for whoever watches over the process.

    Args:
        checks: what must answer, by name.
        details: what else is shown, by name; it never makes the process unready.
        patience: how long one check or detail may take.
    """

    checks: Mapping[str, Check]
    details: Mapping[str, Detail] = field(factory=dict)
    patience: timedelta = timedelta(seconds=2)

    async def alive(self) -> JSONResponse:
        """200 as long as the process answers at all."""
        return JSONResponse({"status": "alive"})

    async def ready(self) -> JSONResponse:
        """200 where every check passes, else 503; with a sentence for each check that does not."""
        problems, details = await asyncio.gather(
            _each(self.checks, self._ask), _each(self.details, self._tell)
        )
        ready = not any(problems.values())
        body: dict[str, Any] = {
            "status": "ready" if ready else "not ready",
            "checks": {
                name: {"ok": problem is None, "detail": problem or "ok"} for name, problem in problems.items()
            },
        }
        if details:
            body["details"] = details
        return JSONResponse(body, status_code=200 if ready else 503)

    async def _ask(self, name: str) -> str | None:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                return await self.checks[name]()
        except Exception as error:
            return self._said(error, name)

    async def _tell(self, name: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                told = dict(await self.details[name]())
            JSONResponse(told)  # raises here, and not in the answer, where it cannot be shown
        except Exception as error:
            return {"error": self._said(error, name)}
        return told

    def _said(self, error: Exception, name: str) -> str:
        """A fault in a sentence for whoever asks."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self.patience.total_seconds():g} s"
        if isinstance(error, ApplicationError):
            return str(error)
        # A check that breaks is a check that fails; what it says may be for our eyes only.
        _log.error("readiness.check_broke", check=name, exc_info=error)
        return f"the check itself failed with {type(error).__name__}; the log says more"


def add_probes(app: FastAPI, health: HealthEndpoints) -> None:
    """Add ``/healthz`` and ``/readyz``."""
    app.add_api_route(
        "/healthz", health.alive, operation_id="check_alive", summary="Is the process alive", tags=["probes"]
    )
    app.add_api_route(
        "/readyz",
        health.ready,
        operation_id="check_ready",
        summary="Can it do its work",
        tags=["probes"],
        responses={503: {"description": "A check fails; each says why"}},
    )


def probe_app(health: HealthEndpoints) -> FastAPI:
    """An app that answers probes and nothing else."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_probes(app, health)
    return app


async def _each(names: Iterable[str], ask: Callable[[str], Awaitable[_T]]) -> dict[str, _T]:
    """Ask all at once."""
    asked = list(names)
    return dict(zip(asked, await asyncio.gather(*map(ask, asked)), strict=True))
