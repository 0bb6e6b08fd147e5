"""Malformed definitions: thousands of them, and each is answered with a list of what is wrong."""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.campaign import Campaign
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.language import words
from domain.language.parse import parse
from tests.unit.language.definitions import Definition, definitions, thorough
from tests.unit.language.samples import EVERYTHING, FULL, SMALLEST, Path, problems

many = settings(max_examples=5000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

# Each example is one draw, so that thousands of them take seconds.
chances = st.randoms(use_true_random=True)

SAMPLES = (EVERYTHING, FULL, SMALLEST)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where something stands in a definition, the whole included."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


PLACES = [list(places(sample)) for sample in SAMPLES]
"""Every place of every sample."""

WRONG_ANYWHERE: list[Any] = [{"no such word!": 1}, [[[]]], [None], {"": {}}, {5: 6}, b"bytes", {1, 2}]
"""Values that are right nowhere in the language."""

WORDS: list[str] = sorted(
    {
        word
        for known in (
            words.CAMPAIGN, words.STEP, words.ON, words.BRANCH, words.CAPS, words.WINDOW, words.TESTS,
            words.TYPES, words.KEYS_GIVEN, words.BRANCHES, words.REFUSALS, words.MESSAGE, words.FALLBACK,
            words.WAIT, words.DELAY, words.RETRY, words.CONSENT, words.REENTRY,
        )
        for word in known
    }
)  # fmt: skip

SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 10**400, 0.5, float("nan"), float("inf"), -0.0, "", "\0", "x y",
    "step:call", "step:", "1d", "-3h", "PT1M", "mon-fri 09:00-18:00", "us-tcpa", "Europe/Berlin", "{{ x }}",
    "appointment_at - 2d", "first_name", "2026-12-01", "9" * 500, b"", (), ("sms",),
]  # fmt: skip


def draw(chance: Random, depth: int = 3) -> Any:
    """Any data in the words of the language, and some that are none."""
    match chance.randrange(5 if depth else 2):
        case 0:
            return chance.choice(SCALARS)
        case 1:
            return chance.choice(WORDS)
        case 2:
            return [draw(chance, depth - 1) for _ in range(chance.randrange(4))]
        case _:
            keys = [chance.choice([*WORDS, None, 7.5, "x y"]) for _ in range(chance.randrange(5))]
            return {key: draw(chance, depth - 1) for key in keys}


def put(data: Any, path: Path, value: Any) -> Any:
    """Data with another value at a place, if it has that place."""
    if not path:
        return value
    key, *rest = path
    if isinstance(data, dict) and key in data:
        return {**data, key: put(data[key], tuple(rest), value)}
    if isinstance(data, list) and isinstance(key, int) and key < len(data):
        return [*data[:key], put(data[key], tuple(rest), value), *data[key + 1 :]]
    return data


def damaged(chance: Random) -> Any:
    """A good definition with other data in one to three places."""
    sample = chance.randrange(len(SAMPLES))
    data: Any = SAMPLES[sample]
    for _ in range(chance.randint(1, 3)):
        data = put(data, chance.choice(PLACES[sample]), draw(chance))
    return data


def malformed(chance: Random) -> Any:
    """A good definition with damage that cannot be right, or data that is no campaign at all."""
    match chance.randrange(3):
        case 0:
            return draw(chance)
        case 1:
            sample = chance.randrange(len(SAMPLES))
            return put(SAMPLES[sample], chance.choice(PLACES[sample]), chance.choice(WRONG_ANYWHERE))
        case _:
            data = damaged(chance)
            return {**data, "no such word": 1} if isinstance(data, dict) else [data]


@many
@given(chances)
def test_what_is_malformed_is_answered_with_a_list(chance: Random) -> None:
    """Each is refused with at least one sentence, every one of them once, and never with another error."""
    found = problems(malformed(chance))

    assert found
    assert all(sentence.strip() for _, sentence in found)
    assert len(found) == len(set(found))


@thorough
@given(chances)
def test_any_damage_is_read_or_refused(chance: Random) -> None:
    """A good definition with any values replaced is a campaign, or refused with the documented error."""
    try:
        result: object = parse(damaged(chance))
    except InvalidDefinition as invalid:
        result = invalid.problems[0]

    assert isinstance(result, Campaign | InvalidCampaign)


@thorough
@given(chances)
def test_what_is_wrong_is_told_at_its_place(chance: Random) -> None:
    """A value that is right nowhere is told where it stands, or within, whatever it is."""
    sample = chance.randrange(len(SAMPLES))
    path = chance.choice(PLACES[sample])
    found = problems(put(SAMPLES[sample], path, chance.choice(WRONG_ANYWHERE)))

    assert any(place[: len(path)] == path for place, _ in found)


@thorough
@given(definitions)
def test_what_is_well_formed_is_read(definition: Definition) -> None:
    """Random good definitions are campaigns, with a message or a choice for each step."""
    campaign = parse(definition)
    keys = {step["key"] for step in definition["steps"]}

    assert keys == set(campaign.messages) | set(campaign.splits)
    assert parse(deepcopy(definition)) == campaign
    assert parse(definition, published=True) == campaign
