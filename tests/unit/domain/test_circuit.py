"""A provider's circuit: what opens and closes it, how it is probed, and who is chosen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.circuit import (
    FAULTS,
    FIRST_PAUSE,
    LEASE,
    LONGEST_PAUSE,
    MEMORY,
    Circuit,
    CircuitState,
    choose,
)
from tests.unit.domain.strategies import T0, thorough

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
SECOND, TICK = timedelta(seconds=1), timedelta.resolution

moments = st.timedeltas(timedelta(0), timedelta(hours=2)).map(lambda passed: T0 + passed)
histories = st.lists(st.tuples(st.sampled_from(["fault", "probe fault", "probe", "success"]), moments))
"""What has happened to a circuit, in any order: the clocks of workers differ."""


def after(history: Sequence[tuple[str, datetime]]) -> Circuit:
    """A circuit to which all this has happened."""
    circuit = Circuit()
    for what, now in history:
        match what:
            case "success":
                circuit = circuit.succeeded()
            case "probe":
                circuit = circuit.probed(now) if circuit.state(now) is HALF_OPEN else circuit
            case _:
                circuit = circuit.failed(now, probe=what == "probe fault")
    return circuit


circuits = histories.map(after)


def opened(times: int = 1) -> Circuit:
    """A circuit that was opened several times in a row, the last time by a fault at T0."""
    circuit = Circuit()
    for _ in range(FAULTS + times - 1):
        circuit = circuit.failed(T0, probe=True)
    return circuit


def test_faults_in_a_row_open_a_circuit() -> None:
    """The last one of the row opens it, for the first pause."""
    circuit = Circuit()
    states = []
    for n in range(FAULTS):
        circuit = circuit.failed(T0 + n * MEMORY)
        states.append(circuit.state(T0 + n * MEMORY))

    last = T0 + (FAULTS - 1) * MEMORY
    assert states == [CLOSED] * (FAULTS - 1) + [OPEN]
    assert circuit == Circuit(FAULTS, last, last + FIRST_PAUSE, opened=1)


def test_a_stale_fault_does_not_count() -> None:
    """After a longer time without one, the row begins anew."""
    circuit = Circuit()
    for _ in range(FAULTS - 1):
        circuit = circuit.failed(T0)
    later = T0 + MEMORY + TICK

    assert circuit.failed(later) == Circuit(1, later)


@given(st.lists(st.integers(1, FAULTS - 1)))
def test_a_success_in_between_keeps_it_closed(rows: list[int]) -> None:
    """However many faults there are in all: fewer than a row never open it."""
    history = [(what, T0) for row in rows for what in (*["fault"] * row, "success")]

    assert after(history) == Circuit()


@pytest.mark.parametrize(
    ("passed", "state"),
    [
        (timedelta(0), OPEN),
        (FIRST_PAUSE - TICK, OPEN),
        (FIRST_PAUSE, HALF_OPEN),
        (timedelta(days=9), HALF_OPEN),
    ],
)
def test_an_open_circuit_is_half_open_when_its_time_is_up(passed: timedelta, state: CircuitState) -> None:
    """It never closes by itself: somebody must be served first."""
    assert opened().state(T0 + passed) is state


def test_a_probe_keeps_everybody_else_away_until_its_lease_ends() -> None:
    """While it is under way the circuit is open; a probe that is lost is replaced."""
    now = T0 + FIRST_PAUSE
    probed = opened().probed(now)

    assert probed.state(now) is OPEN
    assert probed.state(now + LEASE - TICK) is OPEN
    assert probed.state(now + LEASE) is HALF_OPEN


@pytest.mark.parametrize(
    ("times", "pause"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (7, 600), (99, 600)]
)
def test_each_failed_probe_doubles_the_pause(times: int, pause: int) -> None:
    """Up to the longest one; an absurd number of them overflows nothing."""
    assert opened(times).open_until == T0 + pause * SECOND
    assert opened(times).opened == times


def test_a_failed_probe_opens_the_circuit_for_longer_than_its_lease() -> None:
    """The fault comes while the lease still runs, and counts."""
    now = T0 + FIRST_PAUSE
    failed = opened().probed(now).failed(now + SECOND, probe=True)

    assert failed.open_until == now + SECOND + 2 * FIRST_PAUSE


def test_late_faults_do_not_prolong_an_open_circuit() -> None:
    """A hundred calls that were under way when it opened tell nothing new."""
    circuit = opened()

    assert circuit.failed(T0 + SECOND) is circuit


def test_a_fault_of_who_was_not_the_probe_reopens_a_half_open_circuit() -> None:
    """Whoever had nowhere else to go has called while it was open, and has found it no better."""
    now = T0 + FIRST_PAUSE

    assert opened().failed(now).open_until == now + 2 * FIRST_PAUSE


@thorough
@given(circuits)
def test_a_success_always_closes(circuit: Circuit) -> None:
    """Whatever was before is forgotten."""
    assert circuit.succeeded() == Circuit()
    assert circuit.succeeded().state(T0) is CLOSED


@thorough
@given(circuits, moments, st.booleans())
def test_a_fault_brings_no_end_nearer(circuit: Circuit, now: datetime, probe: bool) -> None:
    """No fault closes a circuit, shortens its pause or makes its last fault older."""
    failed = circuit.failed(now, probe=probe)

    assert failed.opened >= circuit.opened
    assert failed.last_fault_at >= max(circuit.last_fault_at or now, T0)
    assert (failed.open_until or T0) >= (circuit.open_until or T0)
    assert failed.open_until is not None or circuit.open_until is None


@thorough
@given(circuits, moments, st.booleans())
def test_no_pause_is_longer_than_the_longest(circuit: Circuit, now: datetime, probe: bool) -> None:
    """A fault blocks nobody for longer than that, unless somebody with a faster clock has."""
    failed = circuit.failed(now, probe=probe)

    assert failed.open_until is None or failed.open_until <= max(
        now + LONGEST_PAUSE, circuit.open_until or now
    )


@thorough
@given(circuits, moments, moments)
def test_waiting_only_helps(circuit: Circuit, one: datetime, other: datetime) -> None:
    """A provider that may be called at some time may be called at any later one, if nothing happens.

    Only an end that was written by a wrong clock, and is not believed yet, may come to be believed.
    """
    before, later = sorted([one, other])
    believed = circuit.open_until is None or circuit.open_until <= before + LONGEST_PAUSE + LEASE

    assert not believed or circuit.state(before) is OPEN or circuit.state(later) is not OPEN


@thorough
@given(st.dictionaries(st.sampled_from("abcd"), circuits, min_size=1), moments)
def test_the_first_that_may_be_called_is_chosen(providers: dict[str, Circuit], now: datetime) -> None:
    """Never is everybody passed over: where all are open, the first one is called."""
    names = list(providers)
    chosen = choose(providers, now)
    passed_over = names[: names.index(chosen)]

    assert all(providers[name].state(now) is OPEN for name in passed_over)
    assert providers[chosen].state(now) is not OPEN or (
        chosen == names[0] and all(circuit.state(now) is OPEN for circuit in providers.values())
    )


@given(circuits, moments)
def test_one_provider_alone_is_never_blocked(circuit: Circuit, now: datetime) -> None:
    """There is nobody to go to instead."""
    assert choose({"only": circuit}, now) == "only"


@pytest.mark.parametrize(
    ("states", "chosen"),
    [
        ([Circuit(), Circuit()], 0),
        ([opened(), Circuit()], 1),
        ([opened(), opened()], 0),
        ([opened().probed(T0 - LEASE), Circuit()], 0),
        ([opened(), opened().probed(T0 - LEASE)], 1),
        ([opened(), opened(), Circuit()], 2),
    ],
    ids=["all well", "first open", "all open", "first half-open", "second half-open", "third well"],
)
def test_who_is_chosen(states: list[Circuit], chosen: int) -> None:
    """The order of the settings counts; open ones are passed over."""
    assert choose({str(n): state for n, state in enumerate(states)}, T0) == str(chosen)


def test_a_long_wait_that_is_asked_for_opens_a_circuit_at_once() -> None:
    """It would be the only fault for so long that no row of them came about."""
    asked = Circuit().failed(T0, asked=5 * MEMORY)
    short = Circuit().failed(T0, asked=MEMORY)
    endless = Circuit().failed(T0, asked=timedelta(days=1))

    assert asked.open_until == T0 + 5 * MEMORY
    assert short.state(T0) is CLOSED
    assert endless.open_until == T0 + LONGEST_PAUSE


def test_a_clock_that_is_wrong_does_not_block_a_provider_for_long() -> None:
    """An end that nobody can have meant is no end: the provider is probed."""
    circuit = Circuit().failed(T0 + timedelta(hours=2), asked=LONGEST_PAUSE)

    assert circuit.state(T0) is HALF_OPEN
    assert circuit.state(T0 + timedelta(hours=2)) is OPEN


def test_workers_whose_clocks_differ_a_little_agree_on_the_longest_pause() -> None:
    """Somebody who is a moment behind does not take it for a wrong clock's word."""
    circuit = Circuit().failed(T0, asked=LONGEST_PAUSE)

    assert circuit.state(T0 - SECOND) is OPEN
