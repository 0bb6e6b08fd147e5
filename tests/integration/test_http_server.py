"""The HTTP app as a process: ``python -m adapters.http.server``."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.http.serving import listen
from tests.fakes.signing import TWILIO_TOKEN, SendGridAccount
from tests.fakes.system import sqlite

PATIENCE = 30.0


def environ(folder: Path, port: int, **more: str) -> Mapping[str, str]:
    """A whole environment for the process; Temporal is nowhere."""
    ours = {
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "DRUMBEAT_DATABASE_URL": f"sqlite:///{folder / 'drumbeat.db'}",
        "DRUMBEAT_HTTP_PORT": str(port),
        "DRUMBEAT_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "DRUMBEAT_SENDGRID_PUBLIC_KEY": SendGridAccount().public_key,
        "DRUMBEAT_TELEMETRY_LOG_FORMAT": "json",
    }
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DRUMBEAT_", "TEMPORAL_"))
    }
    return kept | ours | more


@asynccontextmanager
async def process(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process; killed at the end if it still runs."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "adapters.http.server",
        env=dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def line_with(stream: asyncio.StreamReader | None, word: str) -> str:
    """The next line that holds a word."""
    assert stream is not None
    async with asyncio.timeout(PATIENCE):
        while word not in (line := (await stream.readline()).decode()):
            assert line, f"the process ended before it said {word}"
    return line


def free_port() -> int:
    """A port that was free a moment ago."""
    with listen("127.0.0.1", 0) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    """It starts while Temporal is down, is ready with its database, and ends in order with status 0."""
    port = free_port()
    async with sqlite(tmp_path):
        pass
    async with process(environ(tmp_path, port)) as running, httpx.AsyncClient(trust_env=False) as client:
        await line_with(running.stderr, "http.ready")
        ready = await client.get(f"http://127.0.0.1:{port}/readyz")
        forged = await client.post(f"http://127.0.0.1:{port}/webhooks/twilio", content=b"a=b")
        running.send_signal(number)
        await line_with(running.stderr, "http.stopping")
        status = await asyncio.wait_for(running.wait(), PATIENCE)

    assert (ready.status_code, forged.status_code, status) == (200, 403, 0)


async def test_a_database_that_is_not_migrated_is_told_by_the_probe(tmp_path: Path) -> None:
    """The process runs and says what to do; it is ready as soon as that is done."""
    port = free_port()
    async with process(environ(tmp_path, port)) as running, httpx.AsyncClient(trust_env=False) as client:
        await line_with(running.stderr, "http.ready")
        before = await client.get(f"http://127.0.0.1:{port}/readyz")
        async with sqlite(tmp_path):
            after = await client.get(f"http://127.0.0.1:{port}/readyz")

    assert before.status_code == 503
    assert "drumbeat db upgrade" in before.json()["checks"]["database"]["detail"]
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "is taken"),
        ({"DRUMBEAT_HTTP_PORT": "http"}, "DRUMBEAT_HTTP_PORT must be a port number"),
        ({"DRUMBEAT_HTTP_HOST": "192.0.2.1"}, "192.0.2.1 is not an address of this machine"),
        ({"DRUMBEAT_HTP_PORT": "1"}, "did you mean DRUMBEAT_HTTP_PORT"),
    ],
)
async def test_what_it_cannot_start_with_is_one_sentence(
    tmp_path: Path, more: dict[str, Any], sentence: str
) -> None:
    """A taken port or a wrong setting ends it with status 2, one line and no traceback."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        async with process(environ(tmp_path, port, **more)) as running:
            _, err = await asyncio.wait_for(running.communicate(), PATIENCE)

    assert running.returncode == 2
    assert sentence in err.decode()
    assert err.decode().count("\n") == 1
