"""Five thousand random campaigns against random events: every one keeps every promise.

Hypothesis draws a seed for each, and everything else follows from it: campaigns of random parts would cost it
more time than running them does, and a seed is all that is needed to see a failure again (`draw`).
"""

from collections.abc import Callable

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.enrollment.state import Outcome
from domain.language import words
from domain.refusals import Refusal
from tests.unit.campaigns import sabotage
from tests.unit.campaigns.draw import Drawn, draw
from tests.unit.campaigns.promises import broken
from tests.unit.campaigns.world import World

PARTS, IN_EACH = 10, 500
"""Five thousand in all; in parts, so that several processes can share them and each ends in time."""

FEW, MANY = 400, 4000
"""So many seeds show all words of the language; and so many, at the latest, all that can happen."""

_settings = settings(
    max_examples=IN_EACH,
    derandomize=False,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a smaller seed is no smaller campaign
)


async def _broken(drawn: Drawn) -> list[str]:
    """Play a campaign to its end: which promises were broken."""
    with capture_logs():
        await drawn.world.run()
    return broken(drawn.world, drawn.promise)


@pytest.mark.parametrize("part", range(PARTS))
@_settings
@given(seed=st.integers(0, 2**64))
async def test_a_campaign_keeps_its_promises(part: int, seed: int) -> None:
    """A run ends with nothing left to do, and every send was within all that the campaign promises."""
    drawn = draw(seed)
    note(str(drawn.definition))
    found = await _broken(drawn)

    assert found == []


@pytest.mark.parametrize(
    ("break_it", "promise"),
    [
        *(
            (sabotage.open_the_gate, promise)
            for promise in ("window", "cap", "consent", "opt-out", "pause", "sent after the end")
        ),
        (sabotage.forget_suppressions, "opt-out"),
        (sabotage.forget_attempts, "key"),
        (sabotage.never_resume, "end"),
        (sabotage.never_resume, "order left"),
    ],
)
async def test_what_is_broken_is_seen(break_it: Callable[[World], None], promise: str) -> None:
    """A gate that admits always, or forgets, breaks the promise that it should keep, and that is noticed."""
    seed, found = -1, list[str]()
    while promise not in found and seed < MANY:
        seed += 1
        drawn = draw(seed)
        break_it(drawn.world)
        found = await _broken(drawn)

    assert promise in found
    assert await _broken(draw(seed)) == []


async def test_everything_happens() -> None:
    """Random campaigns end in every way and are refused for every reason, and most of them send something."""
    ways, refusals, sent = set[Outcome | None](), set[Refusal](), 0
    for seed in range(MANY):
        world = (drawn := draw(seed)).world
        await _broken(drawn)
        ways.add(world.state.outcome)
        refusals |= world.evidence.refusals
        sent += any(each.ours for each in world.evidence.sent)
        if seed > FEW and ways == set(Outcome) and refusals == set(Refusal):
            break

    assert ways == set(Outcome)
    assert refusals == set(Refusal)
    assert sent > seed / 2


def test_every_word_is_used() -> None:
    """Random definitions use all the words of the language."""
    definitions = [draw(seed).definition for seed in range(FEW)]
    steps = [step for definition in definitions for step in definition["steps"]]
    used = {word for mapping in (*definitions, *steps) for word in mapping}

    assert used == {*words.CAMPAIGN, *words.STEP, *words.SPLIT}
    assert _used(steps, "on") == set(words.ON)
    assert _used(definitions, "caps") == set(words.CAPS)
    assert _used(definitions, "refused") == set(words.REFUSALS)
    assert _used([*definitions, *steps], "window") == set(words.WINDOW)


def _used(mappings: list[dict[str, object]], word: str) -> set[str]:
    """The words that stand under a word, where a mapping does."""
    under = [mapping.get(word) for mapping in mappings]
    return {each for section in under if isinstance(section, dict) for each in section}
