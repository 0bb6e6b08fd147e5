"""Plans and campaigns: every rule that they keep, and plans in another measure of time."""

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import AttributeType
from domain.backoff import Backoff
from domain.campaign import Campaign, Message, Plan, choice_problems, message_problems
from domain.campaign_rules import choices, plan_problems
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.errors import DomainError, InvalidCampaign
from domain.limits import KEY, MAX_DURATION, MAX_STEPS
from domain.refusals import CHOICES, Consequence, Refusal
from domain.statuses import Channel, DeliveryStatus, Result
from domain.steps import (
    COMPLETE,
    ESCALATE,
    EXIT,
    HOLD_OUT,
    NEXT,
    WAIT,
    Fallback,
    Route,
    RouteKind,
    Split,
    Step,
)
from tests.unit.domain.scenes import DAY, HOUR, email, plan, sms, voice
from tests.unit.domain.strategies import plans, thorough

Path = tuple[str | int, ...]
NAN = float("nan")
TOO_LONG = MAX_DURATION + timedelta.resolution
LESS_THAN_NOTHING = -timedelta.resolution


def _to(key: str | None) -> Route:
    return Route(RouteKind.STEP, key)


def _waiting(wait: timedelta = DAY, delay: timedelta = timedelta(0)) -> Step:
    return evolve(sms(), wait=wait, delay=delay)


def _pressed(*keys: str, to: Route = COMPLETE, channel: Channel = Channel.VOICE) -> Step:
    return evolve(voice(), channel=channel, pressed=dict.fromkeys(keys, to))


def _fallback(
    status: DeliveryStatus = DeliveryStatus.DELIVERED, within: timedelta = HOUR, to: Route = NEXT
) -> Step:
    return evolve(sms(), fallback=Fallback(status, within, to))


def _retry(**policy: Any) -> Step:
    return sms(retry=Backoff(**policy))


@pytest.mark.parametrize(
    ("steps", "path", "says"),
    [
        ([], ("steps",), "at least one step"),
        ([sms("Text")], ("steps", 0, "key"), "'Text' is not a key"),
        ([sms("")], ("steps", 0, "key"), "'' is not a key"),
        ([sms("a:b")], ("steps", 0, "key"), "'a:b' is not a key"),
        ([sms("a" * 41)], ("steps", 0, "key"), "is not a key"),
        ([sms("a\n")], ("steps", 0, "key"), "is not a key"),
        ([sms(), email(), voice("text")], ("steps", 2, "key"), "'text' is taken by steps.0"),
        ([_waiting(wait=timedelta(0))], ("steps", 0, "wait"), "more than zero and at most 366 days"),
        ([_waiting(wait=LESS_THAN_NOTHING)], ("steps", 0, "wait"), "more than zero"),
        ([_waiting(wait=TOO_LONG)], ("steps", 0, "wait"), "at most 366 days"),
        ([_waiting(delay=LESS_THAN_NOTHING)], ("steps", 0, "delay"), "zero or more and at most 366 days"),
        ([_waiting(delay=TOO_LONG)], ("steps", 0, "delay"), "at most 366 days"),
        ([_retry(attempts=0)], ("steps", 0, "retry", "attempts"), "from 1 to 20"),
        ([_retry(attempts=21)], ("steps", 0, "retry", "attempts"), "from 1 to 20"),
        ([_retry(factor=0.9)], ("steps", 0, "retry", "factor"), "from 1 to 10"),
        ([_retry(factor=10.1)], ("steps", 0, "retry", "factor"), "from 1 to 10"),
        ([_retry(factor=NAN)], ("steps", 0, "retry", "factor"), "from 1 to 10"),
        ([_retry(jitter=-0.1)], ("steps", 0, "retry", "jitter"), "from 0 to 1"),
        ([_retry(jitter=1.1)], ("steps", 0, "retry", "jitter"), "from 0 to 1"),
        ([_retry(jitter=NAN)], ("steps", 0, "retry", "jitter"), "from 0 to 1"),
        ([_retry(first=LESS_THAN_NOTHING)], ("steps", 0, "retry", "first"), "zero or more"),
        ([_retry(first=TOO_LONG)], ("steps", 0, "retry", "first"), "at most 366 days"),
        ([_retry(cap=LESS_THAN_NOTHING)], ("steps", 0, "retry", "cap"), "zero or more"),
        ([_retry(cap=TOO_LONG)], ("steps", 0, "retry", "cap"), "at most 366 days"),
        ([_retry(on={Result.BUSY})], ("steps", 0, "retry", "on"), "a step on sms never comes to 'busy'"),
        ([sms(on={Result.OPENED: NEXT})], ("steps", 0, "on", "opened"), "it can come to clicked, delivered,"),
        ([sms(on={Result.FAILED: WAIT})], ("steps", 0, "on", "failed"), "nothing more comes after 'failed'"),
        ([sms(on={Result.UNANSWERED: WAIT})], ("steps", 0, "on", "unanswered"), "cannot be waited on"),
        ([sms(on={Result.UNKNOWN: WAIT})], ("steps", 0, "on", "unknown"), "cannot be waited on"),
        ([sms(on={Result.REJECTED: WAIT})], ("steps", 0, "on", "rejected"), "cannot be waited on"),
        (
            [sms(on={Result.REPLIED: _to("call")}), email()],
            ("steps", 0, "on", "replied"),
            "there is no step 'call'; known are text, mail",
        ),
        ([sms(on={Result.REPLIED: _to(None)})], ("steps", 0, "on", "replied"), "there is no step None"),
        (
            [sms(), email(on={Result.REPLIED: _to("text")})],
            ("steps", 1, "on", "replied"),
            "'text' is not after 'mail', so this could go round for ever: routes lead forward; to repeat",
        ),
        ([sms(on={Result.REPLIED: _to("text")})], ("steps", 0, "on", "replied"), "routes lead forward"),
        (
            [sms(on={Result.REPLIED: _to("maul")}), email()],
            ("steps", 0, "on", "replied"),
            "you mean mail?",
        ),
        ([sms(on={Result.REPLIED: HOLD_OUT})], ("steps", 0, "on", "replied"), "hold_out is for splits"),
        ([_pressed("0", "9")], ("steps", 0, "on", "pressed", "9"), "9 is the opt-out of every call"),
        ([_pressed("A")], ("steps", 0, "on", "pressed", "A"), "is no key; known are 0, 1, 2,"),
        ([_pressed("1", to=_to("nowhere"))], ("steps", 0, "on", "pressed", "1"), "no step 'nowhere'"),
        ([_pressed("1", to=HOLD_OUT)], ("steps", 0, "on", "pressed", "1"), "hold_out is for splits"),
        ([_pressed("1", channel=Channel.SMS)], ("steps", 0, "on", "pressed"), "this is a step on sms"),
        (
            [_fallback(DeliveryStatus.OPENED)],
            ("steps", 0, "fallback", "if_not"),
            "known are delivered,",
        ),
        ([_fallback(DeliveryStatus.FAILED)], ("steps", 0, "fallback", "if_not"), "never comes to 'failed'"),
        (
            [_fallback(within=timedelta(0))],
            ("steps", 0, "fallback", "within"),
            "more than zero and less",
        ),
        ([_fallback(within=DAY)], ("steps", 0, "fallback", "within"), "less than the step's wait"),
        ([_fallback(to=WAIT)], ("steps", 0, "fallback", "then"), "a fallback that waits changes nothing"),
        ([_fallback(to=_to("text"))], ("steps", 0, "fallback", "then"), "routes lead forward"),
        ([_fallback(to=HOLD_OUT)], ("steps", 0, "fallback", "then"), "hold_out is for splits"),
        ([Split("halves", ())], ("steps", 0, "split"), "a split has from 1 to 20 branches"),
        ([Split("halves", (NEXT,) * 21)], ("steps", 0, "split"), "a split has from 1 to 20 branches"),
        (
            [Split("halves", (NEXT, WAIT))],
            ("steps", 0, "split", 1, "then"),
            "could be waited on",
        ),
        ([Split("halves", (_to("halves"),))], ("steps", 0, "split", 0, "then"), "routes lead forward"),
        (
            [Split("halves", (HOLD_OUT, _to("txt"))), sms()],
            ("steps", 0, "split", 1, "then"),
            "mean text?",
        ),
        ([Split("Halves", (HOLD_OUT,))], ("steps", 0, "key"), "is not a key"),
    ],
)
def test_rules_of_steps(steps: list[Step], path: Path, says: str) -> None:
    """Each broken rule is found at its place, alone, and says what would be right."""
    (problem,) = plan_problems("scene", steps, EXIT)

    assert problem.path == path
    assert says in problem.problem


def test_a_plan_has_fifty_steps_at_most() -> None:
    """Fifty steps are a plan; one more is told to be too many, beside what is wrong with single steps."""
    steps = [evolve(sms(), key=f"s{index}") for index in range(MAX_STEPS)]
    more = [evolve(sms(), key="first", wait=timedelta(0)), *steps]
    problems = [(problem.path, problem.problem) for problem in plan_problems("scene", more, EXIT)]

    assert MAX_STEPS == 50
    assert list(plan_problems("scene", steps, EXIT)) == []
    assert [path for path, _ in problems] == [("steps",), ("steps", 0, "wait")]
    assert "there are 51 steps, and a campaign has at most 50" in problems[0][1]


@pytest.mark.parametrize("at_end", [WAIT, NEXT, HOLD_OUT, _to("text")])
def test_an_end_must_be_one(at_end: Route) -> None:
    """Past the last step there is nothing to wait for or to go to."""
    (problem,) = plan_problems("scene", [sms()], at_end)

    assert problem.path == ("at_end",)


@pytest.mark.parametrize("name", ["", "Reminder", "1st", "a b", "a:b", "é"])
def test_a_campaign_key_is_plain(name: str) -> None:
    """A campaign's key is part of ids, so only plain ones will do."""
    (problem,) = plan_problems(name, [sms()], EXIT)

    assert problem.path == ("campaign",)
    assert f"{name!r} is not a key" in problem.problem


@pytest.mark.parametrize("wrong", [timedelta(0), LESS_THAN_NOTHING, TOO_LONG])
def test_the_whole_plan_has_bounds_too(wrong: timedelta) -> None:
    """Neither a handoff nor a send may take no time, or forever."""
    problems = plan_problems("scene", [sms()], EXIT, handoff_wait=wrong, patience=wrong)

    assert [problem.path for problem in problems] == [("handoff", "wait"), ("patience",)]


@pytest.mark.parametrize(
    ("terms", "path", "says"),
    [
        ({"goals": {"a goal"}}, ("goals",), "'a goal' is not a key"),
        ({"goal_statuses": {DeliveryStatus.SENT}}, ("goals",), "'sent' is on the way"),
        ({"goal_statuses": {DeliveryStatus.OPTED_OUT}}, ("goals",), "ends everything anyway"),
        ({"refused": {Refusal.CONSENT: Consequence.DEFER}}, ("refused", "consent"), "known are skip, end"),
        ({"refused": {Refusal.PAUSED: Consequence.END}}, ("refused", "paused"), "there is nothing to choose"),
    ],
)
def test_rules_of_ends(terms: dict[str, Any], path: Path, says: str) -> None:
    """What wins and what follows from a refusal is one of the things that can."""
    (problem,) = plan_problems("scene", [sms()], EXIT, **terms)

    assert problem.path == path
    assert says in problem.problem


@pytest.mark.parametrize("refusal", Refusal)
def test_choices_are_those_of_the_refusal(refusal: Refusal) -> None:
    """What may follow is told in one order; of most refusals there is nothing to choose."""
    assert set(choices(refusal)) == CHOICES.get(refusal, frozenset())


def test_every_problem_is_told() -> None:
    """A plan with several faults tells them all, in the order of the definition."""
    steps = [sms("X", on={Result.FAILED: WAIT}), _retry(attempts=0, factor=0)]
    paths = [problem.path for problem in plan_problems("", steps, NEXT)]

    assert paths == [
        ("campaign",),
        ("at_end",),
        ("steps", 0, "key"),
        ("steps", 0, "on", "failed"),
        ("steps", 1, "retry", "attempts"),
        ("steps", 1, "retry", "factor"),
    ]


def test_a_wrong_plan_cannot_be_made() -> None:
    """A plan with a fault is refused when it is made, naming the first one."""
    with pytest.raises(InvalidCampaign, match=r"steps\.0\.key: 'X' is not a key") as caught:
        plan(sms("X"))

    assert isinstance(caught.value, DomainError)


@thorough
@given(plans)
def test_valid_plans_have_no_problems(plan: Plan) -> None:
    """The random plans of these tests keep every rule, and their keys are keys."""
    terms = {"goals": plan.goals, "goal_statuses": plan.goal_statuses, "refused": plan.refused}

    assert list(plan_problems(plan.campaign, plan.steps, plan.at_end, **terms)) == []
    assert all(KEY.fullmatch(step.key) for step in plan.steps)


def test_steps_are_found_by_key() -> None:
    """A step's place counts from 0, and a step that is not there has none."""
    assert [plan().index(key) for key in ("text", "mail", "call", "nowhere")] == [0, 1, 2, None]


def test_a_plan_heeds_what_its_steps_heed() -> None:
    """Nobody is woken for what the step does not heed, nor for a step that is not there."""
    assert plan().heeds("text", Result.REPLIED)
    assert not plan().heeds("text", Result.DELIVERED)
    assert not plan().heeds("nowhere", Result.REPLIED)


def test_a_plan_heeds_its_goals_everywhere() -> None:
    """A status that wins is heeded of any step, and of one that is not there, too."""
    winning = evolve(plan(), goal_statuses=frozenset({DeliveryStatus.DELIVERED}))

    assert winning.heeds("text", Result.DELIVERED)
    assert winning.heeds("nowhere", Result.DELIVERED)
    assert not winning.heeds("nowhere", Result.REPLIED)


def test_touches_are_the_steps_that_send() -> None:
    """A plan tells its steps that send apart from its splits."""
    assert plan(Split("halves", (NEXT,)), sms(), email()).touches == (sms(), email())


def test_a_split_heeds_nothing() -> None:
    """Nothing is sent by a split, so nothing is told of it."""
    assert not plan(Split("halves", (NEXT,)), sms()).heeds("halves", Result.REPLIED)


def _durations(plan: Plan) -> list[timedelta]:
    return [plan.patience, plan.handoff_wait or timedelta(0), *chain.from_iterable(map(_of_step, plan.steps))]


def _of_step(step: Step | Split) -> list[timedelta]:
    if isinstance(step, Split):
        return []
    delay = [step.delay] if isinstance(step.delay, timedelta) else []
    within = [] if step.fallback is None else [step.fallback.within]
    return [step.wait, *delay, step.retry.first, step.retry.cap, *within]


def _timeless(step: Step | Split) -> Step | Split:
    """A step without its durations; what the calendar says is none."""
    if isinstance(step, Split):
        return step
    retry = evolve(step.retry, first=DAY, cap=DAY)
    delay = DAY if isinstance(step.delay, timedelta) else step.delay
    fallback = step.fallback and evolve(step.fallback, within=DAY)
    return evolve(step, wait=DAY, delay=delay, retry=retry, fallback=fallback)


@thorough
@given(plans, st.sampled_from([1 / 86400, 0.5, 1.0]))
def test_scaling_touches_every_duration(plan: Plan, factor: float) -> None:
    """Every duration is multiplied, and nothing else changes."""
    scaled = plan.scaled(factor)

    assert _durations(scaled) == [duration * factor for duration in _durations(plan)]
    assert [_timeless(step) for step in scaled.steps] == [_timeless(step) for step in plan.steps]
    assert evolve(scaled, steps=plan.steps, patience=HOUR, handoff_wait=None) == evolve(
        plan, patience=HOUR, handoff_wait=None
    )


@pytest.mark.parametrize("factor", [0, 1e-15, 400, 1e300, -1])
def test_a_scale_out_of_bounds_is_refused(factor: float) -> None:
    """Nothing is left of a wait, or it becomes too long: that is no plan."""
    with pytest.raises(InvalidCampaign):
        plan().scaled(factor)


GOOD = Message("Hello", "Subject", "<p>Hello</p>")


@pytest.mark.parametrize(
    ("step", "message", "path"),
    [
        (sms(), None, ("text",)),
        (sms(), Message(""), ("text",)),
        (voice(), Message(" \n"), ("text",)),
        (email(), Message("Hello"), ("subject",)),
        (email(), Message("Hello", "  "), ("subject",)),
        (email(), Message("Hello", "Hi", "<p>Hello</p>", "<mjml/>"), ("mjml",)),
        (email(), Message("", "Hi", " "), ("text",)),
        (sms(), Message("Hello", mjml="<mjml/>"), ()),
        (sms(), Message("Hello", languages={"de": Message(" ")}), ("languages", "de", "text")),
        (email(), Message("Hi", "Hi", languages={"de": Message("Hallo")}), ("languages", "de", "subject")),
        (voice(), Message("Hi", languages={"de": Message("Hallo", "Betreff")}), ("languages", "de")),
        (sms(), Message("Hello", "Subject"), ()),
        (voice(), Message("Hello", html="<p>Hello</p>"), ()),
    ],
)
def test_rules_of_messages(step: Step, message: Message | None, path: Path) -> None:
    """A message that is missing or does not fit its channel is found at its place."""
    messages = {} if message is None else {step.key: message}
    (problem,) = message_problems([step], messages)

    assert problem.path == ("steps", 0, "message", *path)


def test_every_problem_of_a_message_is_told() -> None:
    """An e-mail without any words lacks its text and its subject."""
    paths = [problem.path for problem in message_problems([email()], {})]

    assert paths == [("steps", 0, "message", "text"), ("steps", 0, "message", "subject")]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (sms(), Message("Hello")),
        (voice(), Message("Hello")),
        (email(), Message("Hello", "Subject")),
        (email(), GOOD),
        (email(), Message("", "Subject", "<p>Hello</p>")),
        (email(), Message("", "Subject", mjml="<mjml/>")),
        (email(), Message("Hi", "Hi", languages={"de": Message("", "Hallo", "<p>Hallo</p>")})),
        (Split("halves", (NEXT,)), GOOD),
    ],
)
def test_fitting_messages(step: Step | Split, message: Message) -> None:
    """A text is enough for a text or a call; a mail has a subject, too, and its text may come from HTML."""
    assert list(message_problems([step], {step.key: message})) == []


def test_a_campaign_holds_what_it_was_published_with() -> None:
    """A campaign does not change with the mapping it was made from."""
    messages = {"text": Message("Hello")}
    campaign = Campaign(plan(sms()), messages, "Call them")
    messages.clear()

    assert campaign.messages == {"text": Message("Hello")}


def test_a_campaign_without_its_words_cannot_be_made() -> None:
    """A campaign whose step has nothing to say is refused."""
    with pytest.raises(InvalidCampaign, match="every step needs a text"):
        Campaign(plan(sms()), {}, "Call them")


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (None, "Hello"),
        ("", "Hello"),
        ("de", "Hallo"),
        (" DE ", "Hallo"),
        ("de-AT", "Hallo"),
        ("pt_BR", "Oi"),
        ("pt", "Hello"),
        ("fr-CA", "Hello"),
    ],
)
def test_a_message_has_languages(tag: str | None, text: str) -> None:
    """The nearest language is taken, from the particular to the general; else the first words."""
    message = Message("Hello", languages={"de": Message("Hallo"), "pt-br": Message("Oi")})

    assert message.in_language(tag).text == text


GERMAN = Condition((Comparison("language", Operator.IS, ("de",)),))


@pytest.mark.parametrize(
    ("step", "splits", "conditions", "path"),
    [
        (Split("halves", (NEXT, EXIT)), {}, {}, "split"),
        (Split("halves", (NEXT, EXIT)), {"halves": Splitter(weights=(1,))}, {}, "split"),
        (Split("halves", (NEXT,)), {"halves": Splitter((GERMAN,))}, {}, "split"),
        (evolve(sms(), conditional=True), {}, {}, "when"),
        (sms(), {}, {"text": GERMAN}, "when"),
    ],
)
def test_rules_of_choices(
    step: Step | Split, splits: dict[str, Splitter], conditions: dict[str, Condition], path: str
) -> None:
    """A split has a way to choose for each branch, and a step a condition exactly where its plan says so."""
    (problem,) = choice_problems([step], splits, conditions)

    assert problem.path == ("steps", 0, path)


def test_a_campaign_without_its_choices_cannot_be_made() -> None:
    """A campaign whose split cannot choose is refused; one whose choices fit is made, and keeps copies."""
    halves = plan(Split("halves", (NEXT, EXIT)), evolve(sms(), conditional=True))
    messages = {"text": Message("Hello")}
    types = {"amount": AttributeType.NUMBER}
    campaign = Campaign(
        halves,
        messages,
        "Call them",
        splits={"halves": Splitter(weights=(1, 1))},
        conditions={"text": GERMAN},
        attributes=types,
    )
    types.clear()

    with pytest.raises(InvalidCampaign, match="no choice for each of its branches"):
        Campaign(halves, messages, "Call them", conditions={"text": GERMAN})

    assert campaign.attributes == {"amount": AttributeType.NUMBER}


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ({"upgraded": "fax"}, "'upgraded' leads to 'fax', and there is no such step"),
        ({"paid": "text"}, "'paid' wins the enrollment, so it leads to no step"),
    ],
)
def test_an_event_leads_to_a_step_or_wins(events: dict[str, str], problem: str) -> None:
    """A campaign whose event leads nowhere, or two ways, cannot be made; others keep a copy."""
    followed, messages = plan(sms(), goals=frozenset({"paid"})), {"text": Message("Hello")}
    good = {"upgraded": "text"}
    campaign = Campaign(followed, messages, "Call them", events=good)
    good.clear()

    with pytest.raises(InvalidCampaign, match=problem):
        Campaign(followed, messages, "Call them", events=events)

    assert campaign.events == {"upgraded": "text"}


@pytest.mark.parametrize("at_end", [EXIT, ESCALATE, COMPLETE])
def test_a_plan_may_end_in_three_ways(at_end: Route) -> None:
    """Past the last step a plan exits, completes or hands over."""
    assert plan(at_end=at_end).at_end == at_end
