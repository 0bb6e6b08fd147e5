"""Campaigns to draw: the hardest ones that can be written."""

import random
from datetime import timedelta
from pathlib import Path

from adapters.files.campaign_yaml import load_campaign
from domain.campaign import Campaign, Message, Plan
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.limits import MAX_STEPS
from domain.statuses import POSSIBLE, Channel
from domain.steps import COMPLETE, CONCLUSIVE, ESCALATE, EXIT, NEXT, WAIT, Route, RouteKind, Split, Step

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))

NASTY = 'a]"b--> end; style: #1 <b>&amp; `_x_` %%{init} \\ \x00 \ud800 \U0001f600 ' + "w" * 90
"""Text that is syntax in some language, or no text at all."""


def largest(seed: int = 4) -> Campaign:
    """A campaign of as many steps as there may be, whose results lead anywhere."""
    chance = random.Random(seed)
    steps: list[Step | Split] = []
    for index in range(MAX_STEPS):
        later = [Route(RouteKind.STEP, f"step-{each}") for each in range(index + 1, MAX_STEPS)]
        onward = [NEXT, COMPLETE, ESCALATE, EXIT, *later]
        if index % 10 == 7:
            steps.append(Split(f"step-{index}", tuple(chance.choices(onward, k=3))))
            continue
        channel = chance.choice(list(Channel))
        routes = {
            result: chance.choice(onward if result in CONCLUSIVE else [WAIT, *onward])
            for result in sorted(POSSIBLE[channel])
        }
        steps.append(Step(f"step-{index}", channel, timedelta(days=1), routes=routes))
    splits = {step.key: Splitter(weights=(1, 2, 3)) for step in steps if isinstance(step, Split)}
    messages = {
        step.key: Message("Hi", "Subject" if step.channel is Channel.EMAIL else None)
        for step in steps
        if isinstance(step, Step)
    }
    events = {f"event-{index}": f"step-{5 * index}" for index in range(10)}
    plan = Plan("largest", 1, tuple(steps), goals=frozenset({"paid"}))
    return Campaign(plan, messages, "", splits=splits, events=events)


def nasty() -> Campaign:
    """A campaign whose conditions hold text that means something to whoever draws it."""
    condition = Condition((Comparison("name", Operator.ANY_OF, (NASTY, "style")),))
    steps = (
        Split("lifestyle", (Route(RouteKind.STEP, "end"), NEXT)),
        Step("graph", Channel.SMS, timedelta(days=1), conditional=True),
        Step("end", Channel.SMS, timedelta(days=1)),
    )
    messages = {"graph": Message("Hi"), "end": Message("Hi")}
    return Campaign(
        Plan("class", 1, steps),
        messages,
        "",
        splits={"lifestyle": Splitter((condition,))},
        conditions={"graph": condition},
    )


def drawn() -> dict[str, Campaign]:
    """All of them by name, with the examples."""
    examples = {path.stem: load_campaign(path)[1] for path in EXAMPLES}
    return {**examples, "largest": largest(), "nasty": nasty()}
