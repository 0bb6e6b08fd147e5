"""``schemathesis run`` against a running API."""

import asyncio
import os
import sys
from pathlib import Path

from attrs import frozen

from tests.fakes.api_process import ApiProcess
from tests.integration.api.seeds import TENANT, forget_schedules, seed

CONFIG = Path(__file__).with_name("schemathesis.toml")
_ROOT = Path(__file__).parents[3]


@frozen
class Ended:
    """How a run has ended.

    Args:
        status: its exit status; 0 where nothing was found.
        output: what it has printed; empty where that was not kept.
    """

    status: int
    output: str


async def run_schemathesis(api: ApiProcess, *arguments: str, keep_output: bool = True) -> Ended:
    """Test every operation under ``/v1`` with a key that may do everything.

    Args:
        api: with an empty database.
        arguments: of the command, besides those that are the same for all runs.
        keep_output: whether to give the output back instead of printing it.
    """
    key = await api.key(TENANT)
    async with api.client(key) as client:
        await seed(api.database, client)
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
            *("run", f"{api.url}/openapi.json", "--include-path-regex", "^/v1/", "--no-color", *arguments),
            cwd=_ROOT,  # where the hooks are imported from
            env={**os.environ, "API_KEY": key},
            stdout=asyncio.subprocess.PIPE if keep_output else None,
            stderr=asyncio.subprocess.STDOUT if keep_output else None,
        )
        try:
            output, _ = await running.communicate()
        finally:
            if running.returncode is None:
                running.kill()
                await running.wait()
        await forget_schedules(client)
    return Ended(running.returncode or 0, (output or b"").decode())
