"""How all tests run: waits are bounded, and with ``--cov=domain`` the domain's own tests are measured.

What is measured, as in `make test`, shows that the domain is tested. To trace a test takes two to three times
its time. The tests of what lies around the domain run again what the domain's own tests have run: nothing is
learned from tracing them. What tests with random examples come upon differs between runs: a line that nothing
else reaches is not under test. Any other ``--cov`` measures all.

Nothing of the domain may be imported here: this is read before the measurement begins.
"""

import asyncio
import gc
import inspect
import time
from collections.abc import Awaitable, Callable, Generator
from functools import wraps
from pathlib import Path

import pytest
from coverage import Coverage

_UNIT = Path(__file__).parent / "unit"
_SHOWING = tuple(_UNIT / name for name in ("application", "domain", "language"))
"""Where the tests are that show the domain."""

_LEFT_TO_END_SECONDS = 20.0
"""How long before its time-out a test that waits is told to end."""

_BEGAN = pytest.StashKey[float]()
"""When a test began, with its fixtures: that is when pytest-timeout begins to count."""


class _DomainOnly:
    """Measures the tests that show the domain, and no other."""

    def __init__(self) -> None:
        self._stopped: Coverage | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stop or go on before a test and its fixtures, where it is not of the same sort as the last one."""
        if item.get_closest_marker("hypothesis") or not _shows_the_domain(item):
            self._stop()
        elif self._stopped is not None:
            self._stopped.start()
            self._stopped = None
        return (yield)

    def _stop(self) -> None:
        # In a worker of pytest-xdist, pytest-cov has two on top of each other; the last one's data count.
        while (measuring := Coverage.current()) is not None:
            measuring.stop()
            self._stopped = self._stopped or measuring


def pytest_itemcollected(item: pytest.Item) -> None:
    """An asynchronous test that waits in vain ends what it began, and says where it waited.

    Pytest-timeout would end the session's event loop in its midst, and the next tests with it. It still does
    where a fixture waits in vain, or a test with random examples.
    """
    if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.obj):
        return
    marker = item.get_closest_marker("timeout")
    told = marker.args[0] if marker and marker.args else item.config.getoption("timeout")
    whole = float(item.config.getini("timeout") if told is None else told)
    if whole > 0:  # as for pytest-timeout, none is no bound
        item.obj = _in_time(item, max(whole - _LEFT_TO_END_SECONDS, whole / 2))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture."""
    item.stash[_BEGAN] = time.monotonic()


def pytest_collection_finish(session: pytest.Session) -> None:
    """By now the domain is imported, which belongs to the measurement."""
    if session.config.getoption("cov_source", None) == ["domain"]:
        session.config.pluginmanager.register(_DomainOnly())
    # Modules and tests live to the end: the garbage collector need not go through them again and again.
    gc.collect()
    gc.freeze()


def _in_time(item: pytest.Function, seconds: float) -> Callable[..., Awaitable[None]]:
    test = item.obj

    @wraps(test)
    async def timed(**fixtures: object) -> None:
        left = seconds - (time.monotonic() - item.stash[_BEGAN])
        async with asyncio.timeout(left) as bound:
            await test(**fixtures)
        if bound.expired():  # and the test took that for a cancellation that it had ordered
            pytest.fail(f"waited in vain for {left:.0f} seconds")

    return timed


def _shows_the_domain(item: pytest.Item) -> bool:
    return any(item.path.is_relative_to(folder) for folder in _SHOWING)
