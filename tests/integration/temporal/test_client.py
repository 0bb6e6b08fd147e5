"""Connecting as every Temporal tool does, and preparing a namespace."""

import gc
import uuid
import weakref
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from temporalio.client import Client
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.client import _add_search_attributes, connect, ensure_search_attributes
from adapters.temporal.common.search_attributes import ALL
from adapters.temporal.gateway import TemporalRuns
from application.errors import RunsUnavailable
from application.ports.runs import Run
from tests.fakes.temporal_server import binary
from tests.integration.temporal.world import plan


async def test_the_standard_variables_are_read(
    temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where to connect to."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", _address(temporal.client))
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "temporal-system")
    client = await connect()

    assert client.namespace == "temporal-system"
    assert _address(client) == _address(temporal.client)


async def test_what_carries_the_calls_is_kept_to_the_end() -> None:
    """A runtime is not given back, which could wait for ever in a process that ends."""
    runtime = Runtime(telemetry=TelemetryConfig())
    known = weakref.ref(runtime)
    await connect(address="127.0.0.1:1", lazy=True, runtime=runtime)
    del runtime
    gc.collect()

    assert known() is not None


async def test_temporal_cloud_is_set_up_by_the_standard_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mocker: MockerFixture
) -> None:
    """A key, or a certificate of ours, reach the connection as every Temporal tool would send them."""
    (tmp_path / "cert.pem").write_bytes(b"our certificate")
    (tmp_path / "key.pem").write_bytes(b"our key")
    given = {
        "TEMPORAL_ADDRESS": "acme.a1b2c.tmprl.cloud:7233",
        "TEMPORAL_NAMESPACE": "acme.a1b2c",
        "TEMPORAL_API_KEY": "hush",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": str(tmp_path / "cert.pem"),
        "TEMPORAL_TLS_CLIENT_KEY_PATH": str(tmp_path / "key.pem"),
        "TEMPORAL_TLS_SERVER_NAME": "acme.example.com",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    # The seam to Temporal's client: nothing is connected.
    connecting = mocker.patch.object(Client, "connect", autospec=True)
    await connect()

    asked = connecting.call_args.kwargs
    assert asked["target_host"] == given["TEMPORAL_ADDRESS"]
    assert asked["namespace"] == given["TEMPORAL_NAMESPACE"]
    assert asked["api_key"] == "hush"
    assert asked["tls"].client_cert == b"our certificate"
    assert asked["tls"].client_private_key == b"our key"
    assert asked["tls"].domain == "acme.example.com"


async def test_an_argument_wins_over_the_environment(
    temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is given is used whatever the variables say."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    client = await connect(address=_address(temporal.client), namespace="default")

    assert client.namespace == "default"


async def test_nobody_listens() -> None:
    """The error names the address and what to do, in one sentence."""
    with pytest.raises(RunsUnavailable, match=r"at 127\.0\.0\.1:1: start it .* or set TEMPORAL_ADDRESS"):
        await connect(address="127.0.0.1:1")


async def test_settings_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken configuration of Temporal's own is told as what it is."""
    monkeypatch.setenv("TEMPORAL_PROFILE", "no-such-profile")

    with pytest.raises(RunsUnavailable, match="settings cannot be read"):
        await connect()


async def test_search_attributes_are_registered_once() -> None:
    """On a fresh server a run can be started right after; a second time nothing happens."""
    server = await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary(), dev_server_log_level="error"
    )
    async with server:
        await ensure_search_attributes(server.client)
        await ensure_search_attributes(server.client)
        await TemporalRuns(server.client).start(Run(str(uuid.uuid4()), "acme", plan()))
        count = await server.client.count_workflows('DrumbeatTenant = "other"')

    assert count.count == 0


async def test_another_process_may_register_them_first(temporal: WorkflowEnvironment) -> None:
    """Registering what is there by now is no error."""
    await _add_search_attributes(temporal.client, [key.name for key in ALL])

    await ensure_search_attributes(temporal.client)


async def test_search_attributes_that_cannot_be_registered(temporal: WorkflowEnvironment) -> None:
    """Where Temporal refuses, the message tells how it is done by hand."""
    client = await connect(address=_address(temporal.client), namespace="nowhere")

    with pytest.raises(RunsUnavailable, match="search-attribute create --name DrumbeatTenant"):
        await ensure_search_attributes(client)


async def test_search_attributes_without_a_server() -> None:
    """A lazy client that cannot connect is told as what it is."""
    client = await connect(address="127.0.0.1:1", lazy=True)

    with pytest.raises(RunsUnavailable, match="cannot be reached"):
        await ensure_search_attributes(client)


def _address(client: Client) -> str:
    return client.service_client.config.target_host
