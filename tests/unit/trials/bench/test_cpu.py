"""Which processor a process uses."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trials.bench.cpu import on_cores_of_their_own

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="processes choose cores on Linux only"
)


@pytest.fixture
def another() -> Iterator[int]:
    """The id of a process that waits, with a second thread."""
    program = "import sys, threading; threading.Thread(target=sys.stdin.read).start(); print(flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid  # whose input is closed with the block, which ends it


def test_each_has_a_core_and_then_all_again(another: int) -> None:
    """All threads of both, and no core is both's."""
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("this machine has one core")
    with on_cores_of_their_own(another, os.getpid()) as are_apart:
        theirs = [
            os.sched_getaffinity(int(thread.name)) for thread in Path(f"/proc/{another}/task").iterdir()
        ]
        ours = os.sched_getaffinity(0)

    assert are_apart
    assert len(theirs) == 2
    assert theirs[0] == theirs[1]
    assert (len(theirs[0]), len(ours), theirs[0] & ours) == (1, 1, set())
    assert os.sched_getaffinity(0) == os.sched_getaffinity(another) == before


def test_where_there_are_too_few_cores_nothing_changes() -> None:
    """It says so."""
    before = os.sched_getaffinity(0)
    with on_cores_of_their_own(*[os.getpid()] * (len(before) + 1)) as are_apart:
        meanwhile = os.sched_getaffinity(0)

    assert (are_apart, meanwhile) == (False, before)
