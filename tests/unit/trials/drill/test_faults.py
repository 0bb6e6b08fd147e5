"""The catalogue of faults."""

from adapters.providers.sandbox.faults import FAULTS
from trials.drill.faults import CATALOGUE, ClockOff, Frozen, Killed, KilledAt, Part, Troubled
from trials.drill.switches import Point, Trouble


def test_every_fault_of_the_sandbox_is_drilled() -> None:
    """One that is new there needs a sentence here."""
    theirs = {name for name, fault in CATALOGUE.items() if fault.at_provider}

    assert theirs == FAULTS.keys() - {"none"}


def test_every_part_and_every_point_is_killed() -> None:
    """And Temporal is away for half a minute, in both ways in which it can be."""
    ways = [fault.way for fault in CATALOGUE.values()]

    assert {way.part for way in ways if isinstance(way, Killed)} == set(Part)
    assert {way.point for way in ways if isinstance(way, KilledAt)} == set(Point)
    assert {way.part for way in ways if isinstance(way, Frozen)} == {Part.TEMPORAL}
    assert {CATALOGUE[name].lasts for name in ("temporal_hangs", "temporal_refuses")} == {30}
    assert CATALOGUE["database_gone"].lasts == 20


def test_every_trouble_is_somebodys() -> None:
    """Switches that nobody uses would be tested by nobody."""
    by_switch = {way.trouble for fault in CATALOGUE.values() if isinstance(way := fault.way, Troubled)}

    assert by_switch == set(Trouble) - {Trouble.LOCKED, Trouble.CLOCK}
    assert any(isinstance(fault.way, ClockOff) for fault in CATALOGUE.values())


def test_every_fault_says_what_happens() -> None:
    """In a sentence, for the documents."""
    assert all(fault.sentence.endswith(".") for fault in CATALOGUE.values())
    assert all(name == fault.name for name, fault in CATALOGUE.items())
