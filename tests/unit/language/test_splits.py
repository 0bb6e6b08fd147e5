"""Splits: ways that are chosen by the contact's data or by chance, and steps that no way leads to."""

from typing import Any

import pytest

from domain.attributes import AttributeType
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.language.parse import parse
from domain.language.reach import destinations
from domain.steps import COMPLETE, ESCALATE, EXIT, HOLD_OUT, NEXT, WAIT, Route, RouteKind, Split
from tests.unit.language.samples import Definition, Path, changed, problems, said

BY_LANGUAGE, TEST = 0, 2
"""Where the splits stand among all steps of the sample."""


def to(key: str) -> Route:
    """The way to a step."""
    return Route(RouteKind.STEP, key)


def test_a_split_by_conditions() -> None:
    """Each branch has its condition, and the last one takes the others."""
    campaign = parse(changed(("steps", BY_LANGUAGE, "split", 1, "then"), "exit"))
    rich_germans = Condition(
        (
            Comparison("language", Operator.ANY_OF, ("de", "at")),
            Comparison("amount", Operator.OVER, ("100",), AttributeType.NUMBER),
        )
    )
    nameless = Condition((Comparison("first_name", Operator.KNOWN, ("false",)),))

    assert campaign.plan.steps[BY_LANGUAGE] == Split("by-language", (to("mail"), EXIT, to("text")))
    assert campaign.splits["by-language"] == Splitter((rich_germans, nameless))
    assert set(campaign.messages) == {"text", "mail", "call"}


def test_whom_no_branch_takes_goes_on() -> None:
    """Without else, whoever fits nothing goes on to the next step."""
    campaign = parse(changed(("steps", BY_LANGUAGE, "split", 2), None))

    assert campaign.plan.steps[BY_LANGUAGE] == Split("by-language", (to("mail"), EXIT, NEXT))
    assert campaign.splits["by-language"].branches == 3


def test_a_split_by_weight() -> None:
    """Each branch has its weight; one of them may hold people out."""
    campaign = parse(changed(("campaign",), "hello"))

    assert campaign.plan.steps[TEST] == Split("test", (NEXT, to("call"), HOLD_OUT))
    assert campaign.splits["test"] == Splitter(weights=(45.0, 45.5, 10.0))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ((TEST, "split"), [], "needs a branch with when or weight"),
        ((TEST, "split"), [{"else": "next"}], "needs a branch with when or weight"),
        ((TEST, "split"), "half", "must be a list, not 'half'"),
        ((TEST, "split"), [{"weight": 1, "then": "next"}] * 21, "a split has from 1 to 20 branches"),
        ((TEST, "split", 0), "next", "must be a mapping of when, weight, then, else, not 'next'"),
        ((TEST, "split", 0), {"then": "next"}, "needs when or weight; or else, for all others"),
        ((TEST, "split", 0), {}, "needs when or weight"),
        ((TEST, "split", 0, "wieght"), 3, "did you mean weight?"),
        ((TEST, "split", 0, "weight"), 0, "must be more than zero and at most"),
        ((TEST, "split", 0, "weight"), 1e7, "must be more than zero and at most 1e+06"),
        ((TEST, "split", 0, "weight"), "45%", "must be a number, not '45%'"),
        ((TEST, "split", 0, "then"), None, "is missing; say where it leads"),
        ((TEST, "split", 0, "then"), "wait", "'wait' leads nowhere"),
        ((TEST, "split", 0, "then"), "hold-out", "did you mean hold_out?"),
        (
            (TEST, "split", 0, "then"),
            "step:text",
            "'text' is not after 'test', so this could go round for ever",
        ),
        ((TEST, "split", 0, "then"), "step:cal", "there is no step 'cal'; did you mean call?"),
        ((TEST, "channel"), "sms", "has no place in a split, which sends nothing"),
        ((TEST, "chanel"), "sms", "is not known here; known are key, split"),
        ((TEST, "key"), None, "is missing; a step needs a key"),
        ((BY_LANGUAGE, "split", 2, "else"), "step:by-language", "could go round for ever"),
        ((BY_LANGUAGE, "split", 2, "then"), "exit", "stands beside else, which says itself where it leads"),
        ((BY_LANGUAGE, "split", 0, "else"), "exit", "stands beside when; give one of when, weight, else"),
        ((BY_LANGUAGE, "split", 0, "weight"), 3, "stands beside when"),
        ((BY_LANGUAGE, "split", 1, "when"), {}, "says nothing"),
        ((BY_LANGUAGE, "split", 1, "when", "plan"), "gold", "'plan' is not declared under attributes"),
    ],
)
def test_names_the_place_and_what_would_be_right(path: Path, value: Any, sentence: str) -> None:
    """One mistake gives one problem, at its own path, that says what would be right."""
    assert sentence in said(("steps", *path), value)


@pytest.mark.parametrize(
    ("index", "branches", "place", "sentence"),
    [
        (TEST, [{"weight": 1, "then": "next"}, {"else": "exit"}], (1, "else"), "weights take everybody in"),
        (
            TEST,
            [{"weight": 1, "then": "next"}, {"when": {"country": "de"}, "then": "exit"}],
            (1, "when"),
            "stands in a split by weight; a split is by one of the two",
        ),
        (
            TEST,
            [{"when": {"country": "de"}, "then": "next"}, {"weight": 1, "then": "exit"}],
            (1, "weight"),
            "stands in a split by when",
        ),
        (
            BY_LANGUAGE,
            [{"else": "text"}, {"when": {"country": "de"}, "then": "mail"}],
            (0, "else"),
            "must come last: the branches after it are never taken",
        ),
    ],
)
def test_branches_fit_each_other(
    index: int, branches: list[Definition], place: tuple[int, str], sentence: str
) -> None:
    """A split is by conditions or by weight, and what takes all others comes last."""
    found = dict(problems(changed(("steps", index, "split"), branches)))

    assert list(found) == [("steps", index, "split", *place)]
    assert sentence in found["steps", index, "split", *place]


def test_a_split_without_a_value_lacks_its_branches() -> None:
    """A split whose branches are missing is told so, and not that it has no channel."""
    definition = changed(("steps", TEST, "split"), [])
    definition["steps"][TEST]["split"] = None

    assert problems(definition) == [(("steps", TEST, "split"), "is missing; list its branches")]


def chain(*steps: Definition) -> Definition:
    """A campaign of texts that differ in what is given."""
    plain = {"channel": "sms", "wait": "1d", "message": {"text": "Hi"}}
    items = [
        step if "split" in step else {"key": f"s{index}", **plain, **step} for index, step in enumerate(steps)
    ]
    return {"campaign": "c", "version": 1, "attributes": {"at": "time"}, "steps": items}


FAILURES = ("failed", "rejected", "unknown", "unanswered")


def leading(route: str, **words: Any) -> Definition:
    """A text of which every failure leads somewhere."""
    return {"on": dict.fromkeys(FAILURES, route), **words}


NOBODY = "can never be reached: no earlier step leads to it; lead one to it, or take it out"
SKIPPED = {"key": "split", "split": [{"weight": 1, "then": "s2"}]}


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        (chain(leading("exit"), {}), {1: NOBODY}),
        (chain(leading("s2"), {}, {}), {1: NOBODY}),
        (chain(SKIPPED, {}, {}), {1: NOBODY}),
        (
            chain(leading("s3"), {}, {}, {}),
            {1: NOBODY, 2: "can never be reached: only s1 leads to it, which can never be reached either"},
        ),
        (chain(leading("s2", when={"country": "de"}), {}, {}), {}),
        (chain(leading("s2", delay="at - 1d"), {}, {}), {}),
        (chain(leading("s2", delay={"until": "at", "if_late": "send"}), {}, {}), {1: NOBODY}),
        (chain(leading("s2", delay="10:00"), {}, {}), {1: NOBODY}),
        (chain(leading("s2", fallback={"if_not": "replied", "within": "1h", "then": "s1"}), {}, {}), {}),
        (chain(leading("s2", channel="voice"), {}, {}), {}),
        (chain({"on": {"unanswered": "s2", "failed": "exit"}}, {}, {}), {}),
        (chain({"split": [{"when": {"country": "de"}, "then": "s2"}], "key": "split"}, {}, {}), {}),
    ],
)
def test_steps_that_nobody_comes_to(definition: Definition, found: dict[int, str]) -> None:
    """A step is told if no way of any step before it leads there, its default ways included."""
    if not found:
        assert parse(definition)
        return

    assert problems(definition) == [(("steps", index), sentence) for index, sentence in found.items()]


def test_a_key_that_is_pressed_is_a_way() -> None:
    """A step to which only a pressed key leads can be reached."""
    calls = {"channel": "voice", "on": dict.fromkeys([*FAILURES, "busy", "no_answer", "voicemail"], "s2")}
    calls["on"]["pressed"] = {"1": "s1"}

    assert parse(chain(calls, {}, {}))


@pytest.mark.parametrize(
    "wrong",
    [
        leading("nowhere"),
        leading("s2", on={**dict.fromkeys(FAILURES, "s2"), "clicked": "step:nowhere"}),
        leading("s2", on={**dict.fromkeys(FAILURES, "s2"), "clickd": "s1"}),
        leading("s2", fallbak={"then": "s1"}),
        leading("s2", fallback={"if_not": "replied", "within": "1h", "then": "sx"}),
        {"split": [{"weight": 1, "then": "s2"}, {"weight": 1, "then": "sx"}], "key": "split"},
        "s0",
    ],
)
def test_a_way_that_cannot_be_read_may_lead_anywhere(wrong: Any) -> None:
    """No step is called unreachable while a route that may be meant for it is wrong."""
    definition = chain({}, {}, {})
    definition["steps"][0] = chain(wrong)["steps"][0] if isinstance(wrong, dict) else wrong

    assert "can never be reached" not in str(problems(definition))


def test_a_wrong_value_beside_the_routes_hides_no_unreachable_step() -> None:
    """What has nothing to do with routes does not keep an unreachable step from being told."""
    found = [path for path, _ in problems(chain(leading("s2", wait="3"), {}, {}))]

    assert found == [("steps", 0, "wait"), ("steps", 1)]


def test_what_was_published_is_read_still() -> None:
    """A step that nobody comes to does no harm to those who are under way."""
    definition = chain(leading("exit"), {})

    assert parse(definition, published=True).plan.index("s1") == 1


def test_destinations_are_all_ways() -> None:
    """A step leads where its results do, by its own routes and by default."""
    text = parse(chain(leading("s1"), {})).plan.steps[0]

    assert destinations(text) == {to("s1"), COMPLETE, WAIT}
    assert destinations(Split("halves", (NEXT, ESCALATE))) == {NEXT, ESCALATE}


def test_the_key_of_handoffs_is_taken() -> None:
    """Of enrollments with a human it is said that they are at "handoff"; what was published may have it."""
    definition = chain({"key": "handoff"})
    [(path, problem)] = problems(definition)

    assert path == ("steps", 0, "key")
    assert "take another key" in problem
    assert parse(definition, published=True).plan.steps[0].key == "handoff"
