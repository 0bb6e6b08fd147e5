"""Whether the process is alive, and whether it can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog
from attrs import frozen
from fastapi.responses import JSONResponse

from application.errors import ApplicationError

_log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""None where all is well; else a sentence, given back or raised as an `ApplicationError`."""


@frozen
class HealthEndpoints:
    """Probes for whoever watches over the process.

    Args:
        checks: what must answer, by name.
        patience: how long one check may take.
    """

    checks: Mapping[str, Check]
    patience: timedelta = timedelta(seconds=2)

    async def alive(self) -> JSONResponse:
        """200 as long as the process answers at all."""
        return JSONResponse({"status": "alive"})

    async def ready(self) -> JSONResponse:
        """200 where every check passes, else 503; with a sentence for each check that does not."""
        names = list(self.checks)
        problems = await asyncio.gather(*(self._ask(name) for name in names))
        ready = not any(problems)
        body = {
            "status": "ready" if ready else "not ready",
            "checks": {
                name: {"ok": problem is None, "detail": problem or "ok"}
                for name, problem in zip(names, problems, strict=True)
            },
        }
        return JSONResponse(body, status_code=200 if ready else 503)

    async def _ask(self, name: str) -> str | None:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                return await self.checks[name]()
        except TimeoutError:
            return f"no answer within {self.patience.total_seconds():g} s"
        except ApplicationError as fault:
            return str(fault)
        except Exception as error:
            # A check that breaks is a check that fails; what it says may be for our eyes only.
            _log.exception("readiness.check_broke", check=name)
            return f"the check itself failed with {type(error).__name__}; the log says more"
