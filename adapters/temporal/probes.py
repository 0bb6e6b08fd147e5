"""What a worker process is asked by whoever watches over it."""

from collections.abc import Awaitable, Callable

from attrs import define
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.temporal.common import retry_policies
from application.errors import RunsUnavailable


@define
class Duty:
    """What the process is doing: it waits for what it needs, works, and drains."""

    _standing: str | None = "it waits for the database and Temporal, and takes no work yet"

    def begin(self) -> None:
        """Note that it takes work."""
        self._standing = None

    def end(self) -> None:
        """Note that it takes no new work any more."""
        self._standing = "it drains: what is under way ends, and nothing new is taken"

    async def check(self) -> str | None:
        """None while it takes work; else half a sentence on what it does instead."""
        return self._standing


def answers(client: Client) -> Callable[[], Awaitable[None]]:
    """A check that Temporal answers.

    Args:
        client: may be lazy.

    Returns:
        Raises `RunsUnavailable` where Temporal does not answer.
    """

    async def check() -> None:
        request = GetSystemInfoRequest()
        try:
            await client.workflow_service.get_system_info(request, timeout=retry_policies.SIGNAL_RPC)
        except RPCError as error:
            raise RunsUnavailable(f"Temporal refuses calls ({error.status.name})") from error
        except RuntimeError as error:  # a lazy client that cannot connect
            raise RunsUnavailable("Temporal cannot be reached") from error

    return check
