"""Test the API with far more requests than a test may take: ``python -m tests.integration.api.long_run``.

All options go to ``schemathesis run``; without any it is ``--max-examples 200``, which takes some minutes.
Each run draws other requests. The seed that it prints at its end repeats it: ``--seed 42``, with the others.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.fakes.api_process import api_process
from tests.fakes.temporal_server import start_server
from tests.integration.api.schemathesis_run import run_schemathesis

DEFAULT = ("--max-examples", "200")


async def _run(*arguments: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with await start_server() as server:
            address = server.client.service_client.config.target_host
            async with api_process(Path(folder), address) as api:
                ended = await run_schemathesis(api, *arguments, keep_output=False)
            sys.stderr.write(api.log)
    return ended.status


if __name__ == "__main__":
    sys.exit(asyncio.run(_run(*(sys.argv[1:] or DEFAULT))))
