"""The embedded Temporal server by itself, set up as for `drumbeat demo`, for what is measured on it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen
from temporalio.client import Client

from adapters.cli.carriers import Carriers
from adapters.cli.processes import Processes
from adapters.cli.system import HOST, Behaviour, LocalSystem, Ports
from adapters.cli.tools import Accounts


@frozen
class EmbeddedServer:
    """A server that runs.

    Args:
        client: connected to it.
        pid: its process, whose CPU time can be looked at.
    """

    client: Client
    pid: int


@asynccontextmanager
async def embedded_server(folder: Path) -> AsyncIterator[EmbeddedServer]:
    """Start a server on a database file in a folder; end it with the block.

    Args:
        folder: for the database file and the log.

    Raises:
        ServiceFailed: it does not come up.
    """
    logging.getLogger("temporalio.worker").setLevel(logging.WARNING)  # that workers end is no news here
    system = LocalSystem(folder, Ports.free(), Behaviour(), Carriers(), Accounts({}, {}))
    async with Processes(folder) as processes:
        (pid,) = await processes.start(system.temporal())
        yield EmbeddedServer(await Client.connect(f"{HOST}:{system.ports.temporal}"), pid)
