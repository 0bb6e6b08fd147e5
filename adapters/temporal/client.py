"""The connection to Temporal, set up by the variables that every Temporal tool knows.

TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS and the others, or a profile in
Temporal's own configuration file: docs.temporal.io/develop/environment-configuration.
"""

import asyncio
import ctypes
from collections.abc import Sequence
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from adapters.temporal.common import retry_policies, search_attributes
from application.errors import RunsUnavailable

DEFAULT_ADDRESS = "localhost:7233"


async def connect(
    *,
    address: str | None = None,
    namespace: str | None = None,
    lazy: bool = False,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    within: timedelta = retry_policies.CONNECT,
) -> Client:
    """Connect.

    Args:
        address: host and port; wins over the environment.
        namespace: wins over the environment.
        lazy: connect at the first call, so that a process can start while Temporal is down. A worker cannot
            use such a client.
        runtime: where metrics of the SDK go.
        interceptors: for tracing.
        within: how long it may take.

    Raises:
        RunsUnavailable: Temporal does not answer there.
    """
    try:
        config = ClientConfig.load_client_connect_config()
    except RuntimeError as error:
        raise RunsUnavailable(f"Temporal's own settings cannot be read: {error}") from error
    config["target_host"] = address or config.get("target_host") or DEFAULT_ADDRESS
    config["namespace"] = namespace or config.get("namespace") or "default"
    runtime = Runtime.default() if runtime is None else runtime
    _keep_to_the_end(runtime)
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await Client.connect(**config, lazy=lazy, runtime=runtime, interceptors=interceptors)
    except (RuntimeError, TimeoutError) as error:
        raise RunsUnavailable(
            f"Temporal does not answer at {config['target_host']}: start it (temporal server start-dev), "
            "or set TEMPORAL_ADDRESS to where it runs"
        ) from error


def _keep_to_the_end(runtime: Runtime) -> None:
    """See to it that a process can end.

    A runtime that is given back waits for its threads. One of them may wait for the interpreter, to say what
    became of a call that was cancelled; when the interpreter is ending, that is for ever. What has one
    reference more than anybody holds is not given back, and its threads end with the process.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(runtime))


async def ensure_search_attributes(client: Client) -> None:
    """Register the search attributes that are missing.

    Raises:
        RunsUnavailable: Temporal does not answer, or this client may not do it; the message tells how to.
    """
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), timeout=retry_policies.START_RPC
        )
        missing = [key.name for key in search_attributes.ALL if key.name not in known.custom_attributes]
        if missing:
            await _add_search_attributes(client, missing)
    except RPCError as error:
        commands = " ".join(f"--name {key.name} --type Keyword" for key in search_attributes.ALL)
        raise RunsUnavailable(
            f"the search attributes could not be registered ({error.status.name}); "
            f"do it by hand: temporal operator search-attribute create {commands}"
        ) from error
    except RuntimeError as error:  # a lazy client that cannot connect
        raise RunsUnavailable("Temporal cannot be reached") from error


async def _add_search_attributes(client: Client, missing: Sequence[str]) -> None:
    request = AddSearchAttributesRequest(
        namespace=client.namespace,
        search_attributes=dict.fromkeys(missing, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD),
    )
    # One that another process was quicker to add is no error.
    await client.operator_service.add_search_attributes(request, timeout=retry_policies.START_RPC)
