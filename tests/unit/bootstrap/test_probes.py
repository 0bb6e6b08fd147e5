"""Probes of a process that serves nothing else."""

import socket

import httpx
import pytest

from adapters.cli.processes import free_ports
from adapters.http.serving import CannotListen
from bootstrap.probes import probes
from bootstrap.settings import WorkerSettings


async def _well() -> None:
    return None


async def _drains() -> str:
    return "it drains"


async def test_probes_are_answered_on_their_port() -> None:
    """Alive and ready, or not ready with the reason; nothing else is served, and nothing stays behind."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    settings = WorkerSettings(health_port=port)
    async with httpx.AsyncClient(trust_env=False) as http:
        async with probes(settings, {"worker": _well}):
            well = [(await http.get(f"{url}/{path}")).status_code for path in ("healthz", "readyz", "docs")]
        async with probes(settings, {"worker": _drains}):
            alive, ready = await http.get(f"{url}/healthz"), await http.get(f"{url}/readyz")

        with pytest.raises(httpx.ConnectError):
            await http.get(f"{url}/healthz")

    assert well == [200, 200, 404]
    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["checks"]["worker"]["detail"] == "it drains"


async def test_without_a_port_there_are_none() -> None:
    """That is the default: nobody listens."""
    async with probes(WorkerSettings(), {"worker": _well}) as nothing:
        assert nothing is None


async def test_a_port_that_is_taken_is_named() -> None:
    """With the variable that says which one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = WorkerSettings(health_port=taken.getsockname()[1])
        says = pytest.raises(CannotListen, match="set DRUMBEAT_WORKER_HEALTH_PORT to another")
        with says:
            async with probes(settings, {}):
                pass
