"""Whether everything that a deployment is made of is there and as it should be, with the remedy where not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import structlog
from attrs import frozen

from application.errors import ApplicationError

_log = structlog.get_logger(__name__)


@frozen
class Diagnosis:
    """What was found of one thing.

    Args:
        check: what was looked at, e.g. "database".
        ok: whether there is nothing to do.
        says: what was found, in one sentence without secrets and personal data.
        remedy: what to do, in one sentence; "" where there is nothing to do, or `says` holds it.
    """

    check: str
    ok: bool
    says: str
    remedy: str = ""


Check = Callable[[], Awaitable[Sequence[Diagnosis]]]
"""Looks at one thing; an `ApplicationError` is a diagnosis too."""


@frozen
class CheckSystem:
    """Look at everything, side by side.

    Args:
        checks: by name, in the order in which they are told.
        patience: how long each may take.
    """

    checks: Mapping[str, Check]
    patience: timedelta = timedelta(seconds=8)

    async def __call__(self) -> list[Diagnosis]:
        """Look; a check that breaks or hangs is a diagnosis of its own, and keeps no other one back."""
        found = await asyncio.gather(*(self._look(name, check) for name, check in self.checks.items()))
        return [diagnosis for each in found for diagnosis in each]

    async def _look(self, name: str, check: Check) -> Sequence[Diagnosis]:
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                return await check()
        except TimeoutError:
            says = f"there was no answer within {self.patience.total_seconds():g} s"
        except ApplicationError as fault:
            says = str(fault)
        except Exception as error:
            # What a stray exception says may be for our eyes only.
            _log.error("doctor.check_broke", check=name, exc_info=error)
            says = f"the check itself failed with {type(error).__name__}; the log says more"
        return [Diagnosis(name, ok=False, says=says)]
