"""When what happens in a drill."""

import pytest

from trials.drill.faults import CATALOGUE, Killed
from trials.drill.schedule import QUIET, schedule, shorter

SECONDS = 20.0


def test_a_seed_decides_when_what_happens() -> None:
    """Two drills with one seed agree, and others do not."""
    faults = [CATALOGUE[name] for name in ("worker_killed", "api_killed", "database_gone")]

    one, again, other = (schedule(faults, seed, SECONDS) for seed in (1, 1, 2))

    assert one == again
    assert one != other


def test_every_time_of_every_fault_has_its_moment() -> None:
    """In order, none at the very beginning, and none after the end."""
    faults = [CATALOGUE[name] for name in ("worker_killed", "killed_stored", "clock_ahead")]

    found = schedule(faults, 1, SECONDS)

    assert sorted(each.fault.name for each in found) == sorted(
        fault.name for fault in faults for _ in range(fault.times)
    )
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert all(SECONDS * QUIET < each.at < SECONDS for each in found)


def test_faults_by_address_have_no_moment() -> None:
    """The sandbox brings them about whenever their contacts are reached."""
    assert schedule([CATALOGUE["hangs"], CATALOGUE["silent"]], 1, SECONDS) == ()


def test_a_crowd_of_faults_needs_its_time() -> None:
    """Where they cannot be told from each other, somebody has to say so."""
    with pytest.raises(ValueError, match="do not fit into 2 seconds"):
        schedule([CATALOGUE["worker_killed"]] * 3, 1, 2)


def test_one_of_many_happens_once_and_is_soon_over() -> None:
    """Else a run of all faults would be away for longer than it is there."""
    hangs, refuses, killed = (
        shorter(CATALOGUE[name], 8) for name in ("temporal_hangs", "temporal_refuses", "temporal_killed")
    )

    assert (hangs.times, hangs.lasts) == (1, 8)
    assert (refuses.times, refuses.lasts) == (1, 8)
    assert isinstance(refuses.way, Killed)
    assert refuses.way.away == 8
    assert (killed.times, killed.lasts) == (1, 0)
    assert killed.way == CATALOGUE["temporal_killed"].way
