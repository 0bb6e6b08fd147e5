"""What has changed between two versions of a campaign: complete, in words, in a stable order."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import AttributeType
from domain.backoff import Backoff
from domain.campaign import Campaign, Message, Plan, Priority
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.contact_rules import Cap, ContactRules, Reentry, ReentryKind
from domain.language.diff import differences
from domain.language.diff_messages import message_differences
from domain.refusals import Consequence, Refusal
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    EXIT,
    HOLD_OUT,
    NEXT,
    Fallback,
    Late,
    OnUnknown,
    Route,
    RouteKind,
    Split,
    Step,
)
from domain.times.delays import AtLocal
from domain.times.windows import SendWindow, parse_window
from tests.unit.language.definitions import campaigns, thorough

DAY = timedelta(days=1)
HOURS = SendWindow(parse_window("mon-fri 09:00-18:00"), ("US",))
GERMAN = Condition((Comparison("language", Operator.IS, ("de",)),))
TO_CALL = Route(RouteKind.STEP, "call")

TEXT = Step("text", Channel.SMS, 3 * DAY)
SPLIT = Split("test", (NEXT, NEXT))
CALL = Step("call", Channel.VOICE, DAY)
PLAN = Plan("hello", 1, (TEXT, SPLIT, CALL))
HI = {"text": Message("Hi"), "call": Message("Hi")}
OLD = Campaign(PLAN, HI, "Call", splits={"test": Splitter(weights=(1.0, 1.0))})

SINGLE = [
    ("plan", ["campaign", "version", "at_end", "handoff_wait", "patience", "priority", "weight", "refused"]),
    ("rules", [each.name for each in attrs.fields(ContactRules)]),
    ("", ["handoff_summary", "reentry", "sms_parts", "attributes", "events"]),
]
"""Values that do not hang together with others, by where they stand in a campaign."""


def with_step(key: str, **changes: Any) -> Campaign:
    """The campaign with one step changed."""
    steps = tuple(attrs.evolve(step, **changes) if step.key == key else step for step in PLAN.steps)
    return attrs.evolve(OLD, plan=attrs.evolve(PLAN, steps=steps), **_condition(key, changes))


def _condition(key: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {"conditions": {key: GERMAN}} if changes.get("conditional") else {}


def with_plan(**changes: Any) -> Campaign:
    """The campaign with its plan changed."""
    return attrs.evolve(OLD, plan=attrs.evolve(PLAN, **changes))


def with_rules(**changes: Any) -> Campaign:
    """The campaign with its contact rules changed."""
    return attrs.evolve(OLD, rules=ContactRules(**changes))


def with_text(message: Message) -> Campaign:
    """The campaign with another text message."""
    return attrs.evolve(OLD, messages={**OLD.messages, "text": message})


CHANGES: list[tuple[Campaign, list[str]]] = [
    (with_plan(campaign="bye"), ["campaign: bye instead of hello"]),
    (with_plan(version=2), ["version: 2 instead of 1"]),
    (with_plan(priority=Priority.LOW), ["priority: low instead of normal"]),
    (with_plan(weight=2.5), ["weight: 2.5 instead of 1"]),
    (with_plan(patience=DAY), ["patience: 1 day instead of 6 hours"]),
    (with_plan(at_end=ESCALATE), ["after the last step: a person instead of the exit"]),
    (with_plan(handoff_wait=DAY), ["a handoff stays open for 1 day instead of no time"]),
    (with_plan(goals=frozenset({"won", "paid"})), ["goal paid is new", "goal won is new"]),
    (with_plan(goal_statuses=frozenset({DeliveryStatus.CLICKED})), ["goal status clicked is new"]),
    (attrs.evolve(OLD, events={"moved": "call"}), ["event moved leads to step call instead of no step"]),
    (
        with_plan(refused={Refusal.CAP: Consequence.SKIP}),
        ["where refused for cap: skip instead of defer as usual"],
    ),
    (
        with_plan(refused={Refusal.CAP: Consequence.DEFER}),
        ["where refused for cap: defer instead of defer as usual"],
    ),
    (attrs.evolve(OLD, handoff_summary="Write"), ["the handoff's summary is 'Write' instead of 'Call'"]),
    (attrs.evolve(OLD, sms_parts=5), ["SMS parts before a warning: 5 instead of 3"]),
    (attrs.evolve(OLD, attributes={"amount": AttributeType.NUMBER}), ["attribute amount is new"]),
    (
        attrs.evolve(OLD, reentry=Reentry(ReentryKind.AFTER, 30 * DAY)),
        ["re-entry: after 30 days instead of once"],
    ),
    (attrs.evolve(OLD, reentry=Reentry(ReentryKind.ALWAYS)), ["re-entry: always instead of once"]),
    (
        with_rules(window=HOURS),
        ["window: mon-fri 09:00-18:00, not on holidays of US, spread over 15 minutes instead of none"],
    ),
    (with_rules(timezone="Europe/Berlin"), ["time zone: Europe/Berlin instead of UTC"]),
    (with_rules(consent=frozenset(Channel)), ["consent is needed for SMS, e-mail, call instead of nothing"]),
    (with_rules(caps=(Cap(3, DAY, Channel.SMS),)), ["caps: 3 sms per day instead of none"]),
    (
        with_rules(windows={"text": attrs.evolve(HOURS, holidays=())}),
        ["step text has the window mon-fri 09:00-18:00, spread over 15 minutes instead of none"],
    ),
    (with_text(Message("Hello")), ["the text of text changed"]),
    (
        with_text(Message("Hi", languages={"de": Message("Hallo")})),
        ["the message of text (de) is new"],
    ),
    (with_step("text", wait=5 * DAY), ["step text waits 5 days instead of 3 days"]),
    (with_step("text", delay=AtLocal(time(10), 1)), ["step text begins at tue 10:00 instead of at once"]),
    (with_step("text", delay=DAY), ["step text begins after 1 day instead of at once"]),
    (with_step("text", late=Late.SEND), ["step text: if late, send instead of skip"]),
    (with_step("text", on_unknown=OnUnknown.RESEND), ["step text: in doubt, resend instead of wait"]),
    (
        with_step("text", conditional=True),
        [
            "step text has a condition: True instead of False",
            "step text is for those of whom language is de instead of everybody",
        ],
    ),
    (with_step("text", channel=Channel.VOICE), ["step text goes by call instead of SMS"]),
    (
        with_step("text", fallback=Fallback(DeliveryStatus.DELIVERED, DAY, TO_CALL)),
        ["step text falls back if not delivered within 1 day, to step call instead of never"],
    ),
    (
        with_step("text", routes={Result.UNANSWERED: EXIT}),
        ["step text: unanswered leads to the exit instead of the next step by default"],
    ),
    (
        with_step("text", routes={Result.REPLIED: COMPLETE}),
        ["step text: replied leads to the end as completed instead of the end as completed by default"],
    ),
    (
        with_step("call", pressed={"1": ESCALATE}),
        ["step call: pressed 1 leads to a person instead of nothing of its own"],
    ),
    (
        with_step(
            "text", retry=Backoff(3, 2 * DAY, 3.0, 4 * DAY, 0.5, frozenset({Result.FAILED, Result.REJECTED}))
        ),
        [
            "step text: attempts: 3 instead of 1",
            "step text tries again on failed, rejected instead of nothing",
            "step text tries again after 2 days instead of 1 hour",
            "step text: factor between attempts: 3 instead of 2",
            "step text tries again at the latest after 4 days instead of 7 days",
            "step text: jitter between attempts: 0.5 instead of 0",
        ],
    ),
    (
        with_step("test", branches=(HOLD_OUT, TO_CALL)),
        ["step test leads to the control group, step call instead of the next step, the next step"],
    ),
    (
        attrs.evolve(OLD, splits={"test": Splitter(weights=(9.0, 0.5))}),
        ["step test chooses by weight 9; weight 0.5 instead of weight 1; weight 1"],
    ),
    (
        attrs.evolve(OLD, splits={"test": Splitter((GERMAN,))}),
        ["step test chooses by language is de instead of weight 1; weight 1"],
    ),
]


@pytest.mark.parametrize(("new", "said"), CHANGES, ids=[said[0] for _, said in CHANGES])
def test_says_what_changed(new: Campaign, said: list[str]) -> None:
    """Every field of a campaign has its sentence, and nothing else is said."""
    assert differences(OLD, new) == said


@pytest.mark.parametrize("new", [new for new, _ in CHANGES], ids=[said[0] for _, said in CHANGES])
def test_says_it_the_other_way_round(new: Campaign) -> None:
    """What came can go again."""
    assert differences(new, OLD)


def test_says_that_steps_come_go_and_move() -> None:
    """Steps are known by their keys; what belongs to a new one is not told apart from it."""
    email = Step("email", Channel.EMAIL, DAY)
    steps = (CALL, email, TEXT)
    messages = {"text": Message("Hi"), "call": Message("Hi"), "email": Message("Hi", "Subject")}
    new = Campaign(attrs.evolve(PLAN, steps=steps), messages, "Call")

    assert differences(OLD, new) == [
        "step test is gone",
        "step call stands elsewhere, first",
        "step email is new, after call",
    ]


def test_says_that_a_step_changes_its_kind() -> None:
    """A key that was a touch and is a split now is told so, with what belongs to it."""
    steps = (TEXT, Step("test", Channel.SMS, DAY), CALL)
    new = Campaign(attrs.evolve(PLAN, steps=steps), {**OLD.messages, "test": Message("Hi")}, "Call")

    assert differences(OLD, new) == [
        "step test is a touch instead of a split",
        "step test chooses by nothing instead of weight 1; weight 1",
        "the message of test is new",
    ]
    assert "the message of test is gone" in differences(new, OLD)


def test_says_what_becomes_of_every_part_of_a_message() -> None:
    """Parts come, go and change, in each language."""
    german, french = Message("Hallo", "Betreff"), Message("Salut")
    old = Message("Hi", "Subject", "<p>Hi</p>", languages={"de": german, "fr": french})
    new = Message("", "Other", None, "<mjml/>", languages={"de": attrs.evolve(german, subject="Anderes")})

    assert list(message_differences("mail", old, new)) == [
        "the text of mail is gone",
        "the subject of mail changed",
        "the html of mail is gone",
        "the mjml of mail is new",
        "the subject of mail (de) changed",
        "the message of mail (fr) is gone",
    ]
    assert list(message_differences("mail", None, None)) == []


def test_hides_nothing_that_belongs_to_no_step() -> None:
    """A message that no step sends is a difference, too."""
    new = attrs.evolve(OLD, messages={**OLD.messages, "nobody": Message("Hi")})

    assert differences(OLD, new) == ["the message of nobody is new"]


def test_says_what_becomes_of_attributes() -> None:
    """Attributes come and go, and are read in another way."""
    old = attrs.evolve(OLD, attributes={"amount": AttributeType.TEXT, "name": AttributeType.TEXT})
    new = attrs.evolve(OLD, attributes={"amount": AttributeType.NUMBER})

    assert differences(old, new) == [
        "attribute name is gone",
        "attribute amount is of the type number instead of text",
    ]


@thorough
@given(campaigns, campaigns)
def test_is_complete(one: Campaign, other: Campaign) -> None:
    """Two campaigns that differ never go without a sentence, and a campaign does not differ from itself."""
    assert bool(differences(one, other)) == (one != other)
    assert differences(one, one) == []


def differing(old: object, new: object) -> Iterator[tuple[type, str]]:
    """The fields, however deep within, in which two values of attrs classes differ."""
    if type(old) is type(new) and attrs.has(type(old)):
        for each in attrs.fields(type(old)):
            here, there = getattr(old, each.name), getattr(new, each.name)
            if here != there:
                yield type(old), each.name
                yield from differing(here, there)
    if isinstance(old, tuple) and isinstance(new, tuple):
        for pair in zip(old, new, strict=False):
            yield from differing(*pair)


def test_knows_every_field() -> None:
    """The table above has a change of every field, so that a new field cannot be forgotten."""
    told = {field for new, _ in CHANGES for field in differing(OLD, new)}
    wanted = {
        (kind, each.name)
        for kind in (Campaign, Plan, ContactRules, Reentry, Backoff, Step, Split)
        for each in attrs.fields(kind)
    }

    # The key is what steps are known by; another one is another step.
    assert wanted - told == {(Step, "key"), (Split, "key")}


@thorough
@given(campaigns, st.data())
def test_is_complete_for_single_values(campaign: Campaign, data: st.DataObject) -> None:
    """Whatever single value of a campaign differs is told."""
    other = data.draw(campaigns)
    path, names = data.draw(st.sampled_from(SINGLE))
    name = data.draw(st.sampled_from(names))
    here, there = (getattr(each, path) if path else each for each in (campaign, other))
    changed = attrs.evolve(here, **{name: getattr(there, name)})
    new = attrs.evolve(campaign, **{path: changed}) if path else changed

    assert bool(differences(campaign, new)) == (campaign != new)
