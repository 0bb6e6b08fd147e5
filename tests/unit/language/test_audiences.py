"""Audiences in the words of the campaign language, and how wrong ones are told."""

from typing import Any

import pytest

from domain.errors import InvalidAudience
from domain.language.audiences import MAX_TESTS, check_key, read_audience

PRO = {"attribute": "plan", "is": "pro"}


def problems(definition: object) -> dict[str, str]:
    """What is wrong, by place."""
    with pytest.raises(InvalidAudience) as refused:
        read_audience(definition)
    return {".".join(map(str, each.path)): each.problem for each in refused.value.problems}


@pytest.mark.parametrize(
    ("definition", "known", "holds"),
    [
        ({"where": [PRO]}, {"plan": "Pro "}, True),
        ({"where": [PRO]}, {"plan": "free"}, False),
        ({"where": [PRO, {"attribute": "country", "any_of": ["US", "CA"]}]}, {"plan": "pro"}, False),
        (
            {"where": [PRO, {"attribute": "country", "any_of": ["US", "CA"]}]},
            {"plan": "pro", "country": "ca"},
            True,
        ),
        (
            {"attributes": {"amount": "number"}, "where": [{"attribute": "amount", "over": 9}]},
            {"amount": "10"},
            True,
        ),
        (
            {"attributes": {"amount": "number"}, "where": [{"attribute": "amount", "over": 9, "under": 20}]},
            {"amount": "20"},
            False,
        ),
        ({"where": [{"attribute": "phone", "known": False}]}, {"email": "a@example.com"}, True),
        ({"attributes": ["plan"], "where": [{"attribute": "plan", "is_not": "pro"}]}, {}, True),
    ],
)
def test_all_tests_must_hold(definition: Any, known: dict[str, str], holds: bool) -> None:
    """They mean what they mean in a campaign; what is not declared is text."""
    assert read_audience(definition).holds(known) is holds


@pytest.mark.parametrize(
    ("definition", "place", "says"),
    [
        ([], "", "must be a mapping of attributes, where"),
        ({}, "where", "is missing; list the tests"),
        ({"where": "pro"}, "where", "must be a list"),
        ({"where": []}, "where", f"must list from 1 to {MAX_TESTS} tests"),
        ({"where": [PRO] * (MAX_TESTS + 1)}, "where", f"must list from 1 to {MAX_TESTS} tests"),
        ({"where": [7]}, "where.0", "must be a mapping of attribute"),
        ({"where": [{"is": "pro"}]}, "where.0.attribute", "is missing"),
        (
            {"where": [{"attribute": "a-b", "is": "x"}]},
            "where.0.attribute",
            "is not the name of an attribute",
        ),
        ({"where": [{"attribute": 7, "is": "x"}]}, "where.0.attribute", "must be text"),
        ({"where": [{"attribute": "plan"}]}, "where.0", "says nothing of plan"),
        ({"where": [{"attribute": "plan", "like": "x"}]}, "where.0.like", "is not known here"),
        ({"where": [{"attribute": "plan", "over": 3}]}, "where.0.over", "needs an order"),
        ({"where": [{"attribute": "plan", "is": 3}]}, "where.0.is", "must be a text"),
        ({"where": [PRO], "attributes": {"plan": "word"}}, "attributes.plan", "is not a choice here"),
        ({"where": [PRO], "limit": 3}, "limit", "is not known here"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(definition: object, place: str, says: str) -> None:
    """And what would be right."""
    found = problems(definition)

    assert says in found[place]


def test_all_problems_are_told_at_once() -> None:
    """Nobody is sent back once for each of them."""
    found = problems({"where": [{"attribute": "plan", "is": 3}, {"attribute": ""}, "x"], "also": 1})

    assert set(found) == {"where.0.is", "where.1.attribute", "where.2", "also"}


@pytest.mark.parametrize("key", ["", "New", "a b", "a" * 41, "1st", "a:b"])
def test_a_key_that_cannot_be_one_is_told(key: str) -> None:
    """It has the form of a campaign's key."""
    check_key("new-leads_2")
    with pytest.raises(InvalidAudience, match="must begin with a letter"):
        check_key(key)
