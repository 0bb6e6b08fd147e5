"""`drumbeat bench decide --quick`: the core alone, with few people."""

from pathlib import Path

from tests.integration.bench.page import unnamed
from trials.bench.decide import EXAMPLES, LEAST_RATE, measure, stories
from trials.bench.report import Options

BESIDE_OTHERS = 0.3
"""How much of the bound must be kept to while other tests take the processors, and coverage is measured."""


async def test_the_core_is_measured(tmp_path: Path) -> None:
    """The mix is one that almost always changes something; speeds are told as far as noise allows."""
    section = await measure(Options(tmp_path, is_quick=True, say=lambda _: None))
    figures = {figure.name: figure.value for figure in section.figures}

    assert unnamed(section) == []
    assert figures["facts taken"] > LEAST_RATE * BESIDE_OTHERS
    assert figures["facts taken, only those that change something"] > LEAST_RATE * BESIDE_OTHERS
    assert 0 < figures["facts that change nothing"] < 2
    assert 10 < figures["facts of an enrollment"] < 25
    assert 0 < figures["of that the object with its fields"] < figures["memory of a state"] < 1_000


def test_the_facts_are_of_many_kinds() -> None:
    """What providers, people, timers and the gate tell: none of it is left out of the mix."""
    told = {type(fact).__name__ for name in EXAMPLES for story in stories(name, 60) for fact in story.facts}

    assert told >= {
        "Started",
        "StepPrepared",
        "StepSkipped",
        "MessageAccepted",
        "MessageRejected",
        "SendRefused",
        "ProviderEvent",
        "WaitElapsed",
        "WaitChecked",
        "HandoffCreated",
        "HandoffResolved",
    }
