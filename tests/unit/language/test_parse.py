"""The campaign language: what it reads, and how it says what is wrong."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.backoff import Backoff
from domain.campaign import Message, Priority
from domain.errors import InvalidCampaign, InvalidDefinition
from domain.language.parse import DEFAULT_SUMMARY, parse
from domain.limits import PATIENCE
from domain.statuses import Channel, Result
from domain.steps import COMPLETE, ESCALATE, EXIT, NEXT, WAIT, OnUnknown, Route, RouteKind, Step
from tests.unit.language.samples import FULL, SMALLEST, changed, problems, said


def test_reads_the_smallest_campaign() -> None:
    """What is left out has its documented default."""
    campaign = parse(SMALLEST)

    assert campaign.plan.campaign == "hello"
    assert campaign.plan.version == 1
    assert campaign.plan.at_end == EXIT
    assert campaign.plan.handoff_wait is None
    assert campaign.plan.patience == PATIENCE
    assert campaign.plan.priority is Priority.NORMAL
    assert campaign.plan.weight == 1.0
    assert campaign.plan.steps == (Step("text", Channel.SMS, timedelta(hours=1)),)
    assert campaign.messages == {"text": Message("Hello")}
    assert campaign.handoff_summary == DEFAULT_SUMMARY


def test_reads_every_key() -> None:
    """Every key of the language reaches its place in the campaign."""
    campaign = parse(FULL)
    text, mail, call = campaign.plan.steps

    assert campaign.plan.patience == timedelta(days=2)
    assert campaign.plan.priority is Priority.URGENT
    assert campaign.plan.weight == 2.5
    assert campaign.plan.at_end == ESCALATE
    assert campaign.plan.handoff_wait == timedelta(days=5)
    assert campaign.handoff_summary == "Call {{ first_name }}"
    assert text.delay == timedelta(days=1)
    assert text.on_unknown is OnUnknown.RESEND
    assert text.retry == Backoff(
        3, timedelta(days=1), 3.0, timedelta(days=5), 0.1, frozenset({Result.FAILED})
    )
    assert text.routes == {
        Result.REPLIED: COMPLETE,
        Result.FAILED: NEXT,
        Result.REJECTED: Route(RouteKind.STEP, "call"),
        Result.DELIVERED: WAIT,
    }
    assert mail.wait == timedelta(hours=36)
    assert mail.routes == {
        Result.BOUNCED: Route(RouteKind.STEP, "call"),
        Result.OPENED: EXIT,
        Result.CLICKED: ESCALATE,
    }
    assert campaign.messages["mail"] == Message("plain", "Hello", "<p>rich</p>")
    assert call.retry == Backoff()


def test_a_step_named_like_a_route_needs_the_prefix() -> None:
    """A bare route word is the route; ``step:`` before it names the step."""
    definition = deepcopy(SMALLEST)
    definition["steps"].append({**definition["steps"][0], "key": "next"})
    definition["steps"][0]["on"] = {"failed": "next", "rejected": "step:next"}

    routes = parse(definition).plan.steps[0].routes

    assert routes == {Result.FAILED: NEXT, Result.REJECTED: Route(RouteKind.STEP, "next")}


def test_a_key_without_a_value_counts_as_absent() -> None:
    """An optional key with nothing behind it is as good as none."""
    definition = {**SMALLEST, "patience": None, "handoff": None, "at_end": None}

    assert parse(definition) == parse(SMALLEST)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("campaign",), None, "is missing; a campaign needs a key"),
        (("campaign",), "No Spaces", "is not a key"),
        (("campaign",), 5, "must be text, not 5"),
        (("version",), None, "is missing; number the versions"),
        (("version",), "1", "must be a whole number, not '1'"),
        (("version",), 1.5, "must be a whole number, not 1.5"),
        (("version",), True, "must be a whole number, not true"),
        (("version",), 0, "must be from 1 to"),
        (("version",), 2**31, "must be from 1 to"),
        (("priority",), "high", "'high' is not a choice here; known are urgent, normal, low"),
        (("priority",), "urgnt", "'urgnt' is not a choice here; did you mean urgent?"),
        (("priority",), 1, "1 is not a choice here"),
        (("weight",), "2", "must be a number, not '2'"),
        (("weight",), 0, "must be from 0.001 to 1000"),
        (("weight",), -1, "must be from 0.001 to 1000"),
        (("weight",), 1000.5, "must be from 0.001 to 1000"),
        (("patience",), "0s", "must be more than zero"),
        (("patience",), "400d", "at most 366 days"),
        (("patience",), 6, "must be a duration such as 90s, 2h or 3d, not 6"),
        (("at_end",), "wait", "'wait' cannot follow the last step; known are exit, escalate, complete"),
        (("at_end",), "esclate", "did you mean escalate?"),
        (("handoff",), "call", "must be a mapping of summary, wait, not 'call'"),
        (("handoff", "wait"), "0d", "must be more than zero"),
        (("handoff", "wait"), "3 dys", "'dys' is not a unit of time"),
        (("handoff", "summary"), " ", "must not be empty"),
        (("handoff", "sumary"), "x", "is not known here; did you mean summary?"),
        (("step",), [], "is not known here; did you mean steps?"),
        (("steps",), None, "there must be at least one step"),
        (("steps",), [], "there must be at least one step"),
        (("steps",), {"a": 1}, "must be a list, not a mapping"),
        (("steps", 0), ["x"], "must be a mapping of key, channel, template"),
        (("steps", 0, "key"), None, "is missing; a step needs a key"),
        (("steps", 0, "key"), "a:b", "is not a key"),
        (("steps", 1, "key"), "text", "the key 'text' is taken by steps.0"),
        (("steps", 0, "channel"), None, "is missing; use one of sms, email, voice"),
        (("steps", 0, "channel"), "smss", "'smss' is not a choice here; did you mean sms?"),
        (("steps", 0, "channel"), ["sms"], "a list is not a choice here; known are sms, email, voice"),
        (("steps", 0, "wait"), None, "is missing; say how long to wait"),
        (("steps", 0, "wait"), "3", "'3' has no unit"),
        (("steps", 0, "wait"), "0s", "must be more than zero"),
        (("steps", 0, "delay"), "P1M", "counts years or months"),
        (("steps", 0, "on_unknown"), "retry", "'retry' is not a choice here"),
        (("steps", 0, "chanel"), "sms", "is not known here; did you mean channel?"),
        (("steps", 0, "retry"), ["failed"], "must be a mapping of attempts"),
        (("steps", 0, "retry", "attempts"), None, "is missing; say how many attempts"),
        (("steps", 0, "retry", "attempts"), 99, "must be from 1 to 20"),
        (("steps", 0, "retry", "factor"), 0.5, "must be from 1 to 10"),
        (("steps", 0, "retry", "factor"), "2", "must be a number, not '2'"),
        (("steps", 0, "retry", "factor"), False, "must be a number, not false"),
        (("steps", 0, "retry", "factor"), float("nan"), "must be a finite number"),
        (("steps", 0, "retry", "factor"), 10**400, "must be a finite number"),
        (("steps", 0, "retry", "jitter"), 2, "must be from 0 to 1"),
        (("steps", 0, "retry", "on"), None, "is missing; list the results"),
        (("steps", 0, "retry", "on"), "failed", "must be a list, not 'failed'"),
        (("steps", 0, "retry", "on", 0), "faild", "'faild' is not a choice here; did you mean failed?"),
        (("steps", 0, "retry", "on"), ["busy"], "a step on sms never comes to 'busy'"),
        (("steps", 0, "on"), "complete", "must be a mapping of failed"),
        (("steps", 0, "on", "replyed"), "next", "is not known here; did you mean replied?"),
        (("steps", 0, "on", "bounced"), "next", "a step on sms never comes to 'bounced'"),
        (("steps", 0, "on", "failed"), "wait", "nothing more comes after 'failed'"),
        (("steps", 0, "on", "failed"), "nxt", "'nxt' is neither a route nor a step; did you mean next?"),
        (("steps", 0, "on", "failed"), "step:", "'step:' is neither a route nor a step"),
        (("steps", 0, "on", "failed"), 3, "3 is neither a route nor a step"),
        (("steps", 0, "on", "failed"), "step:post", "there is no step 'post'; known are text, mail, call"),
        (("steps", 1, "on", "bounced"), "text", "routes lead forward"),
        (("steps", 0, "message", "text"), None, "every step needs a text"),
        (("steps", 0, "message", "text"), 12, "must be text, not 12; put it in quotes"),
        (("steps", 0, "message", "body"), "x", "is not known here; known are text, subject, html"),
        (
            ("steps", 0, "message"),
            "Hello",
            "must be a mapping of text, subject, html, mjml,",
        ),
        (("steps", 1, "message", "subject"), None, "an e-mail needs a subject"),
    ],
)
def test_names_the_place_and_what_would_be_right(
    path: tuple[str | int, ...], value: Any, sentence: str
) -> None:
    """One mistake gives one problem, at its own path, that says what would be right."""
    assert sentence in said(path, value, FULL)


def test_a_subject_is_for_e_mail_only() -> None:
    """An SMS with a subject is refused at its message."""
    found = problems(changed(("steps", 0, "message", "subject"), "Hello", FULL))

    assert found == [(("steps", 0, "message"), "a step on sms has a text only: no subject, no html, no mjml")]


def test_reports_all_problems_at_once() -> None:
    """Mistakes in reading and broken rules come together, one line of the message each."""
    definition = changed(("steps", 0, "wait"), "3", FULL)
    definition["steps"][1]["channel"] = "fax"
    definition["steps"][2]["retry"] = {"attempts": 50, "on": ["nope", "busy"]}
    definition["verison"] = 1

    with pytest.raises(InvalidDefinition) as invalid:
        parse(definition)

    assert {problem.path for problem in invalid.value.problems} == {
        ("verison",),
        ("steps", 0, "wait"),
        ("steps", 1, "channel"),
        ("steps", 2, "retry", "on", 0),
        ("steps", 2, "retry", "attempts"),
    }
    assert str(invalid.value).count("\n") == len(invalid.value.problems) - 1
    assert all(isinstance(problem, InvalidCampaign) for problem in invalid.value.problems)


def test_a_wrong_channel_hides_nothing_that_is_wrong_on_every_channel() -> None:
    """Whatever the channel was meant to be, the rest of the step is checked."""
    definition = changed(("steps", 1, "channel"), "fax", FULL)
    definition["steps"][1] |= {
        "wait": "3",
        "delay": "-1d",
        "retry": {"attempts": 50, "cap": "999d", "on": ["nope", "bounced"]},
        "on": {"failed": "wait", "opened": "nowhere", "replied": "step:text", "busy": "next"},
        "message": {"text": " ", "subject": "Hello", "html": 5},
    }

    found = [path for path, _ in problems(definition)]

    assert sorted(found, key=str) == sorted(
        [
            ("steps", 1, "channel"),
            ("steps", 1, "wait"),
            ("steps", 1, "delay"),
            ("steps", 1, "retry", "attempts"),
            ("steps", 1, "retry", "cap"),
            ("steps", 1, "retry", "on", 0),
            ("steps", 1, "on", "failed"),
            ("steps", 1, "on", "opened"),
            ("steps", 1, "on", "replied"),
            ("steps", 1, "message", "text"),
            ("steps", 1, "message", "html"),
        ],
        key=str,
    )


def test_a_rule_about_the_whole_is_told_beside_a_problem_of_a_part() -> None:
    """An unknown key in a message, or one wrong step of too many, does not hide what is wrong around it."""
    definition = changed(("steps", 0, "message"), {"text": "Hi", "subject": "Hello", "body": "x"}, FULL)
    definition["steps"] += [{**FULL["steps"][2], "key": f"s{index}", "wait": "1"} for index in range(48)]

    found = [path for path, _ in problems(definition)]

    assert {("steps",), ("steps", 0, "message"), ("steps", 0, "message", "body"), ("steps", 50, "wait")} <= {
        *found
    }


_MISTAKES: list[tuple[tuple[str | int, ...], Any]] = [
    (("campaign",), None),
    (("campaign",), "No Spaces"),
    (("version",), "1"),
    (("priority",), "high"),
    (("weight",), 0),
    (("patience",), "400d"),
    (("at_end",), "wait"),
    (("verison",), 1),
    (("handoff", "wait"), "3 dys"),
    (("handoff", "summary"), " "),
    (("steps", 0, "key"), "a:b"),
    (("steps", 0, "channel"), "fax"),
    (("steps", 0, "wait"), "3 weaks"),
    (("steps", 0, "wait"), None),
    (("steps", 0, "delay"), "400d"),
    (("steps", 0, "on_unknown"), "retry"),
    (("steps", 0, "chanel"), "sms"),
    (("steps", 0, "message"), "Hello"),
    (("steps", 0, "message", "text"), None),
    (("steps", 0, "message", "body"), "x"),
    (("steps", 0, "retry", "attempts"), 99),
    (("steps", 0, "retry", "first"), "1"),
    (("steps", 0, "retry", "on", 0), "faild"),
    (("steps", 0, "on", "failed"), "wait"),
    (("steps", 0, "on", "replied"), "nowhere"),
    (("steps", 0, "on", "rejected"), "step:post"),
    (("steps", 1, "channel"), None),
    (("steps", 1, "key"), "E-mail"),
    (("steps", 1, "on", "bounced"), "step:text"),
    (("steps", 1, "message", "html"), 5),
    (("steps", 2, "message", "text"), " "),
    (("steps", 2), "call"),
]


def _apart(pair: tuple[tuple[Any, Any], tuple[Any, Any]]) -> bool:
    (one, _), (other, _) = pair
    shorter = min(len(one), len(other))
    return bool(one[:shorter] != other[:shorter])


@given(st.tuples(st.sampled_from(_MISTAKES), st.sampled_from(_MISTAKES)).filter(_apart))
def test_of_two_mistakes_none_hides_the_other(
    pair: tuple[tuple[tuple[str | int, ...], Any], tuple[tuple[str | int, ...], Any]],
) -> None:
    """Any two mistakes in different places are both told at once."""
    (one, wrong), (other, wrong_too) = pair
    definition = changed(other, wrong_too, changed(one, wrong, FULL))

    assert {one, other} <= {path for path, _ in problems(definition)}


def test_steps_that_share_a_key_are_judged_by_their_own_messages() -> None:
    """A key taken twice is the only problem, though the two steps differ in channel and message."""
    found = problems(changed(("steps", 2, "key"), "mail", FULL))

    assert (("steps", 2, "key"), "the key 'mail' is taken by steps.1") in found
    assert not [path for path, _ in found if "message" in path]


@pytest.mark.parametrize(
    "definition", [None, 5, 1.0, "text", [], [FULL], pytest.param(10**5000, id="huge"), {1, 2}, ("a",)]
)
def test_what_is_no_mapping_is_one_problem(definition: Any) -> None:
    """Data of another shape is told what a campaign is, and nothing else."""
    found = problems(definition)

    assert [path for path, _ in found] == [()]
    assert "must be a mapping of campaign, version, priority, weight, patience, at_end," in found[0][1]


def test_long_values_are_cut_in_messages() -> None:
    """A message shows the beginning of a long value, and long numbers not at all."""
    found = dict(problems({**SMALLEST, "campaign": ["x"], "version": "9" * 500, "at_end": 10**5000}))

    assert found["campaign",] == "must be text, not a list; put it in quotes"
    assert found["version",] == f"must be a whole number, not '{'9' * 40}...'"
    assert found["at_end",].startswith("that number cannot follow")


def test_keys_that_are_no_text_are_unknown() -> None:
    """YAML allows any value as a key; the language does not."""
    found = problems({**SMALLEST, True: 1, None: 2, ("a", "b"): 3})

    assert [path for path, _ in found] == [("true",), ("nothing",), ("a list",)]
