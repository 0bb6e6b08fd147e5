"""What is measured of a run: with ``--cov=domain``, as in `make test`, what shows that the domain is tested.

To trace a test takes two to three times its time. The tests of what lies around the domain run again what the
domain's own tests have run: nothing is learned from tracing them. What tests with random examples come upon
differs between runs: a line that nothing else reaches is not under test. Any other ``--cov`` measures all.

Nothing of the domain may be imported here: this is read before the measurement begins.
"""

import gc
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

_HERE = Path(__file__).parent
_AROUND = tuple(_HERE / name for name in ("contract", "e2e", "integration", "unit/http", "unit/providers"))
"""Where the tests are that show nothing new about the domain."""


class _DomainOnly:
    """Measures the tests that show the domain, and no other."""

    def __init__(self) -> None:
        self._stopped: Coverage | None = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stop or go on before a test and its fixtures, where it is not of the same sort as the last one."""
        if _is_around(item) or item.get_closest_marker("hypothesis"):
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


def pytest_collection_finish(session: pytest.Session) -> None:
    """By now the domain is imported, which belongs to the measurement."""
    if session.config.getoption("cov_source", None) == ["domain"]:
        session.config.pluginmanager.register(_DomainOnly())
    # Modules and tests live to the end: the garbage collector need not go through them again and again.
    gc.collect()
    gc.freeze()


def _is_around(item: pytest.Item) -> bool:
    return any(item.path.is_relative_to(folder) for folder in _AROUND)
