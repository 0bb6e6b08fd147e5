"""The end of a process."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, os, sys
from bootstrap.leaving import leaving

atexit.register(os.abort)  # as a thread does that touches the interpreter while it is taken down
with leaving():
    print("said", end="")
    print("warned", end="", file=sys.stderr)
    {end}
"""


@pytest.mark.parametrize(
    ("end", "status", "err"),
    [
        ("sys.exit()", 0, "warned"),
        ("sys.exit(0)", 0, "warned"),
        ("sys.exit(3)", 3, "warned"),
        ("sys.exit('It is not there.')", 1, "warnedIt is not there.\n"),
    ],
)
def test_the_status_stays_and_all_is_written(end: str, status: int, err: str) -> None:
    """Whatever the threads that are left would do."""
    ended = _run(PROGRAM.format(end=end))

    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "said", err)


def test_what_asks_for_no_end_goes_on() -> None:
    """To the line behind it."""
    ended = _run("from bootstrap.leaving import leaving\nwith leaving():\n    pass\nprint('on')\n")

    assert (ended.returncode, ended.stdout) == (0, "on\n")


def test_what_cannot_be_written_is_a_failure() -> None:
    """A disk that is full, a reader who has gone."""
    closed = "sys.stdout = open('/dev/full', 'w'); print('more'); sys.exit(0)"

    ended = _run(PROGRAM.format(end=closed))

    assert ended.returncode == 120
    assert ended.stderr.endswith("Not all of the answer could be written.\n")


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
@pytest.mark.parametrize(("code", "status"), [("0", 0), ("'It is not there.'", 1)])
def test_who_began_without_a_stream_ends_as_well(closed: str, code: str, status: int) -> None:
    """A process in the background may have neither."""
    program = f"import sys\nsys.{closed} = None\nfrom bootstrap.leaving import leaving\nwith leaving():\n    "

    assert _run(f"{program}sys.exit({code})\n").returncode == status


def test_a_fault_shows_as_ever() -> None:
    """With its traceback."""
    ended = _run("from bootstrap.leaving import leaving\nwith leaving():\n    raise RuntimeError('broken')\n")

    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback")
    assert ended.stderr.endswith("RuntimeError: broken\n")


def _run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
