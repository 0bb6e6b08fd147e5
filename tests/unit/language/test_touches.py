"""Steps that send: what they wait for, when they begin, whom they are for, and what they say."""

from datetime import time, timedelta
from typing import Any

import pytest

from domain.attributes import AttributeType
from domain.campaign import Message
from domain.conditions import Comparison, Condition, Operator
from domain.language.parse import parse
from domain.statuses import POSSIBLE, Channel, DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    EXIT,
    NEXT,
    WAIT,
    Fallback,
    Late,
    Route,
    RouteKind,
    Step,
    default_route,
)
from domain.times.delays import AtLocal, Delay, FromAttribute
from tests.unit.language.samples import EVERYTHING, Path, changed, problems, said

DAY = timedelta(days=1)
TEXT, MAIL, CALL = 1, 3, 4
"""Where the steps that send stand among all steps of the sample."""


def touch(index: int, path: Path, value: Any) -> Step:
    """One step of the sample with another value; None removes it."""
    step = parse(changed(("steps", index, *path), value)).plan.steps[index]

    assert isinstance(step, Step)
    return step


def alone(channel: str, **words: Any) -> Step:
    """A step on a channel, the only one of its campaign."""
    message = {"text": "Hello"} | ({"subject": "Hello"} if channel == "email" else {})
    item = {"key": "only", "channel": channel, "wait": "1d", "message": message} | words
    step = parse({"campaign": "c", "version": 1, "steps": [item]}).plan.steps[0]

    assert isinstance(step, Step)
    return step


@pytest.mark.parametrize(
    ("channel", "awaited", "routes"),
    [
        ("sms", "replied", {"replied": COMPLETE, "delivered": WAIT, "clicked": WAIT}),
        ("sms", ["delivered", "clicked"], {"delivered": NEXT, "clicked": COMPLETE, "replied": WAIT}),
        ("sms", "failed", {"failed": NEXT, "delivered": WAIT, "clicked": WAIT, "replied": WAIT}),
        ("email", "opened", {"opened": NEXT, "bounced": NEXT, "clicked": WAIT, "replied": WAIT}),
        ("email", ["clicked", "replied"], {"opened": WAIT, "clicked": COMPLETE, "replied": COMPLETE}),
        ("voice", "answered", {"answered": COMPLETE, "delivered": COMPLETE, "replied": WAIT, "busy": NEXT}),
        ("voice", "replied", {"answered": WAIT, "delivered": WAIT, "replied": COMPLETE, "voicemail": NEXT}),
        ("voice", "delivered", {"answered": WAIT, "delivered": COMPLETE, "replied": WAIT}),
        ("voice", "voicemail", {"answered": WAIT, "delivered": WAIT, "voicemail": NEXT}),
    ],
)
def test_a_wait_says_what_it_is_for(channel: str, awaited: str | list[str], routes: dict[str, Route]) -> None:
    """What is waited for leads on, failures do what they always do, and anything else is only noted."""
    step = alone(channel, wait={"for": awaited, "up_to": "2d"})

    assert step.wait == timedelta(days=2)
    assert {result: step.route(Result(result)) for result in routes} == routes
    assert all(step.route(result) != WAIT for result in (Result.FAILED, Result.UNANSWERED, Result.REJECTED))


@pytest.mark.parametrize("channel", Channel)
def test_a_wait_for_everything_waits_for_nothing_else(channel: Channel) -> None:
    """Where all is waited for, nothing is only noted, and whatever led somewhere leads there still."""
    told = [result.value for result in sorted(POSSIBLE[channel]) if result.value in set(DeliveryStatus)]
    plain, step = alone(channel.value), alone(channel.value, wait={"for": told, "up_to": "1d"})
    usual = {result: plain.route(result) for result in POSSIBLE[channel]}

    assert {result: step.route(result) for result in POSSIBLE[channel]} == {
        result: NEXT if route == WAIT else route for result, route in usual.items()
    }


@pytest.mark.parametrize(
    ("on", "routes"),
    [
        ({"delivered": "exit"}, {"delivered": EXIT, "replied": COMPLETE, "clicked": WAIT}),
        ({"replied": "wait"}, {"delivered": WAIT, "replied": WAIT, "clicked": WAIT}),
    ],
)
def test_own_routes_come_before_what_is_waited_for(on: dict[str, str], routes: dict[str, Route]) -> None:
    """What the step says of a result holds, whether it is waited for or not."""
    step = alone("sms", wait={"for": "replied", "up_to": "2d"}, on=on)

    assert {result: step.route(Result(result)) for result in routes} == routes


@pytest.mark.parametrize(
    ("on", "delivered"),
    [
        ({"answered": "escalate"}, ESCALATE),
        ({"answered": "wait"}, WAIT),
        ({"delivered": "exit"}, EXIT),
        ({}, WAIT),
    ],
)
def test_a_completed_call_leads_where_an_answered_one_does(on: dict[str, str], delivered: Route) -> None:
    """A call that is over was answered; where that is only noted, its end is, too."""
    step = alone("voice", wait={"for": "replied", "up_to": "2d"}, on=on)

    assert step.route(Result.DELIVERED) == delivered


def test_keys_that_are_pressed_lead_somewhere() -> None:
    """A key has its own route. Picking up and hanging up decide nothing: who presses none has not answered.

    Every call is completed at last. Where that counted, it would end the enrollment of somebody who has just
    pressed the key for another call tomorrow.
    """
    step = alone("voice", on={"pressed": {"1": "complete", "*": "wait"}})

    assert step.pressed == {"1": COMPLETE, "*": WAIT}
    assert {step.route(Result.ANSWERED), step.route(Result.DELIVERED)} == {WAIT}
    assert step.route(Result.UNANSWERED) == NEXT


def test_picking_up_may_decide_before_a_key() -> None:
    """Where the step itself says what picking up leads to, that holds."""
    step = alone("voice", on={"pressed": {"1": "escalate"}, "answered": "exit"})

    assert {step.route(Result.ANSWERED), step.route(Result.DELIVERED)} == {EXIT}


def test_no_keys_change_nothing() -> None:
    """An empty mapping of keys is as good as none."""
    assert alone("voice", on={"pressed": {}}) == alone("voice")


@pytest.mark.parametrize(
    ("delay", "read", "late"),
    [
        ("2h", timedelta(hours=2), Late.SKIP),
        ("10:00", AtLocal(time(10)), Late.SKIP),
        (
            "appointment_at - 1d at 09:00",
            FromAttribute("appointment_at", -timedelta(days=1), time(9)),
            Late.SKIP,
        ),
        ({"until": "tue 10:00"}, AtLocal(time(10), 1), Late.SKIP),
        ({"until": "appointment_at", "if_late": "send"}, FromAttribute("appointment_at"), Late.SEND),
        ({"until": "appointment_at", "if_late": "skip"}, FromAttribute("appointment_at"), Late.SKIP),
    ],
)
def test_delays(delay: Any, read: Delay, late: Late) -> None:
    """A step begins after a while, at a local time, or by an attribute; what is late is skipped or sent."""
    step = touch(TEXT, ("delay",), delay)

    assert (step.delay, step.late) == (read, late)


def test_a_fallback() -> None:
    """A status that does not come in time leads elsewhere."""
    step = touch(TEXT, ("fallback", "then"), "escalate")

    assert step.fallback == Fallback(DeliveryStatus.DELIVERED, timedelta(minutes=10), ESCALATE)


@pytest.mark.parametrize(
    ("when", "tests"),
    [
        ({"language": "DE"}, [("language", "is", ("DE",), "text")]),
        ({"language": ["de", "at"]}, [("language", "any_of", ("de", "at"), "text")]),
        ({"first_name": True}, [("first_name", "is", ("true",), "text")]),
        ({"amount": 12.5}, [("amount", "is", ("12.5",), "number")]),
        ({"amount": "1e3"}, [("amount", "is", ("1e3",), "number")]),
        ({"amount": {"known": True}}, [("amount", "known", ("true",), "number")]),
        ({"amount": {"none_of": [1, 2]}}, [("amount", "none_of", ("1", "2"), "number")]),
        ({"appointment_at": {"under": "2026-12-01"}}, [("appointment_at", "under", ("2026-12-01",), "time")]),
        (
            {"phone": {"known": False}, "email": "a@b.c"},
            [("phone", "known", ("false",), "text"), ("email", "is", ("a@b.c",), "text")],
        ),
    ],
)
def test_conditions(when: Any, tests: list[tuple[str, str, tuple[str, ...], str]]) -> None:
    """A value, a list of values and tests are read with the type of their attribute."""
    campaign = parse(changed(("steps", TEXT, "when"), when))
    step = campaign.plan.steps[TEXT]
    expected = [
        Comparison(name, Operator(word), values, AttributeType(kind)) for name, word, values, kind in tests
    ]

    assert campaign.conditions == {"text": Condition(tuple(expected))}
    assert isinstance(step, Step)
    assert step.conditional


def test_words_come_from_templates_or_stand_in_the_step() -> None:
    """A template's message is the step's, with its languages; one message may serve several steps."""
    definition = changed(("steps", CALL, "message"), None)
    definition["steps"][CALL]["template"] = "first-text"
    messages = parse(definition).messages
    german = {"de": Message("Hallo")}

    assert messages["text"] == messages["call"] == Message("Hello", languages=german)
    assert messages["mail"] == Message("", "Hello", "<p>Hello</p>")
    assert set(messages) == {"text", "mail", "call"}


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ((TEXT, "wait", "for"), "opened", "a step on sms never comes to 'opened'; it can come to clicked,"),
        ((TEXT, "wait", "for"), "delivred", "did you mean delivered?"),
        ((TEXT, "wait", "for"), "unanswered", "'unanswered' is not a choice here; did you"),
        ((TEXT, "wait", "for"), [], "must name at least one"),
        ((TEXT, "wait", "for"), None, "is missing; say what for"),
        ((TEXT, "wait", "for", 1), "repled", "did you mean replied?"),
        ((TEXT, "wait", "up_to"), None, "is missing; say how long at most"),
        ((CALL, "wait", "up_to"), "0s", "must be more than zero"),
        ((TEXT, "wait", "up_to"), "3", "has no unit"),
        ((TEXT, "wait", "upto"), "3d", "is not known here; did you mean up_to?"),
        ((TEXT, "delay"), 5, "must be a duration such as 2h, or a time such as 'tue 10:00'"),
        ((TEXT, "delay"), "400d", "must be zero or more and at most 366 days"),
        ((TEXT, "delay"), "tomorrow morning", "is not a delay"),
        ((TEXT, "delay"), "apointment_at - 2d", "did you mean appointment_at?"),
        ((TEXT, "delay"), "email - 2d", "email is a text; declare it under attributes as time"),
        ((TEXT, "delay", "until"), "amount", "amount is a number; declare it under attributes as time"),
        ((TEXT, "delay", "until"), "2h", "'2h' is a duration, which stands at delay itself"),
        ((TEXT, "delay", "until"), None, "is missing; say until when"),
        ((TEXT, "delay", "if_late"), "drop", "'drop' is not a choice here; known are skip, send"),
        ((TEXT, "fallback"), "call", "must be a mapping of if_not, within, then, not 'call'"),
        (
            (TEXT, "fallback", "if_not"),
            "opened",
            "never comes to 'opened'; known are delivered",
        ),
        (
            (TEXT, "fallback", "if_not"),
            "failed",
            "'failed' is not a choice here; known are",
        ),
        ((TEXT, "fallback", "if_not"), None, "is missing; name one, such as delivered"),
        ((TEXT, "fallback", "within"), "3d", "must be more than zero and less than the step's wait"),
        ((TEXT, "fallback", "within"), None, "is missing; say how long"),
        ((TEXT, "fallback", "then"), "wait", "'wait' leads nowhere"),
        ((TEXT, "fallback", "then"), "hold_out", "'hold_out' is for splits"),
        ((TEXT, "fallback", "then"), "text", "could go round for ever"),
        ((TEXT, "fallback", "then"), "cal", "did you mean call?"),
        ((TEXT, "fallback", "then"), None, "is missing; say where it leads"),
        ((TEXT, "on", "replied"), "hold_out", "'hold_out' is for splits"),
        ((TEXT, "on", "replied"), "step:mial", "there is no step 'mial'; did you mean mail?"),
        ((TEXT, "on", "replied"), "step:by-language", "could go round for ever"),
        (
            (TEXT, "on", "pressed"),
            {"1": "next"},
            "keys are pressed on a call only, and this",
        ),
        ((CALL, "on", "pressed", "9"), "exit", "9 is the opt-out of every call"),
        (
            (CALL, "on", "pressed", "11"),
            "exit",
            "is not known here; known are 0, 1, 2, 3",
        ),
        ((CALL, "on", "pressed", "1"), "txt", "did you mean text?"),
        ((CALL, "on", "pressed", "1"), "step:text", "could go round for ever"),
        ((CALL, "on", "pressed"), "complete", "must be a mapping of 0, 1,"),
        ((CALL, "on", "presed"), {"1": "exit"}, "did you mean pressed?"),
        ((TEXT, "when"), {}, "says nothing; name an attribute"),
        ((TEXT, "when"), "german", "must be a mapping, not 'german'; name an attribute"),
        ((TEXT, "when", "plan"), "gold", "'plan' is not declared under attributes; known are first_name,"),
        ((TEXT, "when", "amont"), 5, "'amont' is not declared under attributes; did you mean amount?"),
        ((TEXT, "when", "first name"), "A", "'first name' is not a name here"),
        ((TEXT, "when", "amount"), "many", "must be a number, not 'many'"),
        ((TEXT, "when", "language"), 1.1, "must be a text, not 1.1; put it in quotes"),
        ((TEXT, "when", "first_name"), 12345, "put it in quotes, or declare the attribute as number"),
        ((TEXT, "delay"), "mon-fri 10:00", "names several days; write one (mon 10:00), or any day (10:00)"),
        ((TEXT, "delay"), "2026-12-01T10:00", "is one date for everybody, which a delay cannot be; write"),
        ((TEXT, "when", "amount"), {}, "says nothing; write a value"),
        ((TEXT, "when", "amount"), {"over": None}, "says nothing; write a value"),
        ((TEXT, "when", "amount", "over"), "x", "must be a number, not 'x'"),
        ((TEXT, "when", "amount", "over"), [5], "cannot be compared with a list"),
        ((TEXT, "when", "amount", "above"), 5, "is not known here; known are is, is_not"),
        ((TEXT, "when", "amount", "any_of"), 5, "must be a list, not 5"),
        ((TEXT, "when", "amount", "any_of"), [], "must list from 1 to 1000 values"),
        ((TEXT, "when", "amount", "known"), "yes", "must be true or false, not 'yes'"),
        ((TEXT, "when", "amount"), float("inf"), "must be a finite number"),
        ((TEXT, "when", "amount"), 10**400, "must be a finite number"),
        ((TEXT, "when", "amount"), 1e300, "must be a number, not that number"),
        ((TEXT, "when", "country"), " ", "must not be empty; for those of whom nothing is known"),
        ((TEXT, "when", "appointment_at"), "soon", "must be a time such as 2026-12-01"),
        ((TEXT, "when", "appointment_at"), 2026, "must be a time such as 2026-12-01"),
        ((TEXT, "template"), "frist-text", "there is no template 'frist-text'; did you mean first-text?"),
        ((TEXT, "template"), 5, "must be text, not 5"),
        ((TEXT, "message"), {"text": "Hi"}, "stands beside template; give one of the two"),
        ((CALL, "message"), None, "is missing; write it here, or name one of the templates"),
        ((CALL, "message", "languages", "DE"), {"text": "x"}, "'DE' is not a name here; use a language tag"),
        ((CALL, "message", "languages"), ["de"], "must be a mapping, not a list; use a language tag"),
        ((TEXT, "window"), "mon-fri", "has no hours"),
        ((TEXT, "window"), "us-tpca", "is not a preset; they are us-tcpa"),
        ((TEXT, "window"), 9, "must be hours, not 9"),
    ],
)
def test_names_the_place_and_what_would_be_right(path: Path, value: Any, sentence: str) -> None:
    """One mistake gives one problem, at its own path, that says what would be right."""
    assert sentence in said(("steps", *path), value)


_COUNTRY = ("steps", TEXT, "when", "country")
_CALL_WORDS = ("steps", CALL, "message", "languages", "fr")


@pytest.mark.parametrize(
    ("path", "value", "place", "sentence"),
    [
        (("steps", TEXT, "template"), "mail", ("templates", "mail"), "a step on sms has a text only"),
        (
            ("steps", MAIL, "template"),
            "first-text",
            ("templates", "first-text", "subject"),
            "needs a subject",
        ),
        (_COUNTRY, {"over": "a"}, (*_COUNTRY, "over"), "needs an order, which text has none"),
        (_COUNTRY, ["de", []], (*_COUNTRY, 1), "cannot be compared with a list"),
        (_CALL_WORDS, {"text": " "}, (*_CALL_WORDS, "text"), "needs a text"),
        (_CALL_WORDS, {"text": "x", "languages": {}}, (*_CALL_WORDS, "languages"), "is not known here"),
    ],
)
def test_a_mistake_may_show_elsewhere(path: Path, value: Any, place: Path, sentence: str) -> None:
    """What does not fit is told where it can be mended: at the template, the language, or the test."""
    assert sentence in dict(problems(changed(path, value)))[place]


def test_a_template_is_told_once_for_all_its_steps() -> None:
    """Two steps that share a faulty template give one problem, at the template."""
    definition = changed(("templates", "first-text"), {"text": " "})
    definition["steps"][CALL].pop("message")
    definition["steps"][CALL]["template"] = "first-text"

    assert problems(definition) == [
        (("templates", "first-text", "text"), "every step needs a text to send or say")
    ]


def test_what_is_wrong_with_templates_hides_no_step() -> None:
    """Where the templates cannot be read, no step is told that its template is missing."""
    definition = changed(("templates",), ["first-text"])

    assert [path for path, _ in problems(definition)] == [("templates",)]


def test_a_default_route_needs_no_word_of_its_own() -> None:
    """Without a wait that says what for, results lead where they always did."""
    step = alone("email")

    assert step.routes == {}
    assert {result for result in POSSIBLE[Channel.EMAIL] if default_route(result) == WAIT} == {
        Result.DELIVERED,
        Result.OPENED,
    }


def test_a_step_may_be_named_like_a_word() -> None:
    """A step whose name is no route word where it is used needs no prefix."""
    definition = changed(("steps", CALL, "key"), "hold_out")
    definition["steps"][TEXT]["fallback"]["then"] = "hold_out"
    definition["steps"][2]["split"][1]["then"] = "step:hold_out"
    definition["steps"][MAIL]["on"]["opened"] = "step:hold_out"
    step = parse(definition).plan.steps[TEXT]

    assert isinstance(step, Step)
    assert step.fallback is not None
    assert step.fallback.route == Route(RouteKind.STEP, "hold_out")
    assert EVERYTHING["steps"][CALL]["key"] == "call"
