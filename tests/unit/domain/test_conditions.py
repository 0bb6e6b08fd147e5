"""Conditions and splits: of whom they hold, and how a branch is chosen."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import AttributeType
from domain.conditions import ORDER, Comparison, Condition, Operator, Splitter

NUMBER, TIME = AttributeType.NUMBER, AttributeType.TIME

CONTACT = {
    "language": "DE",
    "amount": "100.00",
    "visits": "many",
    "due_at": "2026-12-01T10:00+01:00",
    "note": "  ",
}


def compare(
    attribute: str, operator: str, *values: str, kind: AttributeType = AttributeType.TEXT
) -> Comparison:
    """One test, with the operator as its word."""
    return Comparison(attribute, Operator(operator), values, kind)


@pytest.mark.parametrize(
    "test",
    [
        compare("language", "is", "de"),
        compare("language", "is_not", "at"),
        compare("language", "any_of", "at", "de"),
        compare("language", "none_of", "at", "ch"),
        compare("language", "known", "true"),
        compare("plan", "known", "false"),
        compare("note", "known", "false"),
        compare("plan", "is_not", "gold"),
        compare("plan", "none_of", "gold", "silver"),
        compare("note", "is_not", "gold"),
        compare("amount", "is", "100", kind=NUMBER),
        compare("amount", "any_of", "99", "1e2", kind=NUMBER),
        compare("amount", "over", "99.99", kind=NUMBER),
        compare("amount", "at_least", "100", kind=NUMBER),
        compare("amount", "at_most", "100", kind=NUMBER),
        compare("amount", "under", "101", kind=NUMBER),
        compare("visits", "is_not", "5", kind=NUMBER),
        compare("due_at", "is", "2026-12-01T09:00Z", kind=TIME),
        compare("due_at", "over", "2026-12-01", kind=TIME),
        compare("due_at", "under", "2026-12-01T09:01", kind=TIME),
    ],
    ids=str,
)
def test_holds(test: Comparison) -> None:
    """These hold: text without case, numbers as numbers, times as times; what is unknown is no value."""
    assert test.holds(CONTACT)


@pytest.mark.parametrize(
    "test",
    [
        compare("language", "is", "d"),
        compare("language", "is_not", "De"),
        compare("language", "none_of", "at", "de"),
        compare("language", "known", "false"),
        compare("plan", "known", "true"),
        compare("plan", "is", "gold"),
        compare("plan", "any_of", "gold"),
        compare("note", "is", ""),
        compare("amount", "is", "100"),
        compare("amount", "over", "100", kind=NUMBER),
        compare("amount", "under", "100", kind=NUMBER),
        compare("amount", "over", "none", kind=NUMBER),
        compare("visits", "is", "5", kind=NUMBER),
        *(compare("visits", word.value, "5", kind=NUMBER) for word in ORDER),
        *(compare("plan", word.value, "5", kind=NUMBER) for word in ORDER),
        compare("language", "over", "aa"),
        compare("due_at", "at_least", "2026-12-02", kind=TIME),
    ],
    ids=str,
)
def test_does_not_hold(test: Comparison) -> None:
    """These do not: above all nothing is over or under what is not there or has no order."""
    assert not test.holds(CONTACT)


@given(st.integers(-(10**25), 10**25), st.integers(-(10**25), 10**25))
def test_numbers_have_their_order(actual: int, limit: int) -> None:
    """The four tests of an order are those of numbers."""
    tests = {
        word: compare("n", word, str(limit), kind=NUMBER) for word in ("over", "under", "at_least", "at_most")
    }
    found = {word: test.holds({"n": str(actual)}) for word, test in tests.items()}

    assert found == {
        "over": actual > limit,
        "under": actual < limit,
        "at_least": actual >= limit,
        "at_most": actual <= limit,
    }


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3), st.sampled_from(AttributeType))
def test_a_denial_is_the_opposite(actual: str, values: list[str], kind: AttributeType) -> None:
    """Of any contact exactly one holds: a test, or its denial."""
    for word, denial in (("is", "is_not"), ("any_of", "none_of")):
        one, other = (compare("x", each, *values, kind=kind).holds({"x": actual}) for each in (word, denial))

        assert one != other


def test_all_of_a_condition_must_hold() -> None:
    """One test that does not hold is enough to miss."""
    german, rich = compare("language", "is", "de"), compare("amount", "over", "500", kind=NUMBER)

    assert Condition((german,)).holds(CONTACT)
    assert not Condition((german, rich)).holds(CONTACT)


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (compare("language", "is", "de"), "language is de"),
        (compare("language", "is_not", "de"), "language is not de"),
        (compare("language", "any_of", "de", "at"), "language is any of de, at"),
        (compare("amount", "at_least", "5"), "amount is at least 5"),
        (compare("amount", "known", "true"), "amount is known"),
        (compare("amount", "known", "false"), "amount is not known"),
    ],
)
def test_a_test_in_words(test: Comparison, words: str) -> None:
    """A test reads as a sentence, and a condition as all of them."""
    assert str(test) == words
    assert str(Condition((test, test))) == f"{words} and {words}"


def test_the_first_that_holds_is_chosen() -> None:
    """A split by conditions takes the first branch that fits, and the last one if none does."""
    german = Condition((compare("language", "is", "de"),))
    known = Condition((compare("language", "known", "true"),))
    splitter = Splitter((german, known))

    assert splitter.branches == 3
    assert [splitter.choose({"language": each}, "x") for each in ("de", "fr", "")] == [0, 1, 2]


def test_weights_are_shares() -> None:
    """Of many contacts each branch gets its share; the same contact always gets the same one."""
    splitter = Splitter(weights=(45, 45, 10))
    drawn = [splitter.choose({}, f"contact-{number}:test") for number in range(10_000)]
    counts = Counter(drawn)

    assert splitter.branches == 3
    assert drawn == [splitter.choose({"any": "thing"}, f"contact-{number}:test") for number in range(10_000)]
    assert all(abs(counts[branch] / 100 - share) < 2 for branch, share in enumerate((45, 45, 10)))


def test_choices_are_pinned() -> None:
    """The branch of a contact must never change between releases: somebody is on it."""
    splitter = Splitter(weights=(1, 1, 1, 1))

    assert [splitter.choose({}, seed) for seed in "abcdefgh"] == [3, 0, 0, 0, 0, 0, 3, 2]


@given(
    st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=20).map(tuple),
    st.text(),
)
def test_every_draw_is_a_branch(weights: tuple[float, ...], seed: str) -> None:
    """Whatever the weights, the branch is one of them."""
    assert 0 <= Splitter(weights=weights).choose({}, seed) < len(weights)
