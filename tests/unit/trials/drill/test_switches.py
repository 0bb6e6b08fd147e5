"""The folder of files between a drill and the processes that it drills."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from trials.drill.switches import Point, Switches, Trouble

COMES_TO = """
import os, pathlib, sys
from trials.drill.switches import Point, Switches
print(os.getpid(), flush=True)
Switches(pathlib.Path(sys.argv[1])).come_to(Point.CLAIMED)
print("went on")
"""


@pytest.fixture
def switches(tmp_path: Path) -> Switches:
    return Switches(tmp_path)


def comes_to(folder: Path) -> tuple[int, str, int]:
    """A process that comes to the point; its id, what it says after that, and how it ends."""
    run = subprocess.run(
        [sys.executable, "-c", COMES_TO, str(folder)], capture_output=True, text=True, check=False
    )
    pid, _, said = run.stdout.partition("\n")
    return int(pid), said.strip(), run.returncode


def test_one_process_dies_at_an_armed_point(switches: Switches) -> None:
    """As by kill -9, and leaves word; the next one passes."""
    switches.arm(Point.CLAIMED)

    died, said, status = comes_to(switches.folder)
    lives, went_on, well = comes_to(switches.folder)

    assert (said, status) == ("", -signal.SIGKILL)
    assert (went_on, well) == ("went on", 0)
    assert switches.point_of(died) is Point.CLAIMED
    assert switches.point_of(lives) is None


def test_a_point_that_is_not_armed_is_passed(switches: Switches) -> None:
    """Another one, or one that was disarmed."""
    switches.arm(Point.ACCEPTED)
    switches.arm(Point.CLAIMED)
    switches.disarm(Point.CLAIMED)

    assert comes_to(switches.folder)[1:] == ("went on", 0)


def test_a_trouble_holds_for_the_length_of_its_block(switches: Switches) -> None:
    """And how often it was met is known afterwards."""
    before = switches.met(Trouble.GONE)
    with switches.trouble(Trouble.GONE):
        within = [switches.met(Trouble.GONE) for _ in range(3)]
        another = switches.met(Trouble.FULL)
    after = switches.met(Trouble.GONE)

    assert (before, within, another, after) == (False, [True] * 3, False, False)
    assert switches.times_met(Trouble.GONE) == 3
    assert switches.times_met(Trouble.FULL) == 0


def test_clocks_are_wrong_for_the_length_of_a_block(switches: Switches) -> None:
    """In both directions."""
    with switches.clock_off(timedelta(hours=-3)):
        within = switches.clock_is_off_by()

    assert within == timedelta(hours=-3)
    assert switches.clock_is_off_by() == timedelta(0)
    assert switches.times_met(Trouble.CLOCK) == 1
