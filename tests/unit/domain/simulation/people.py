"""Campaigns to simulate, people who do as they are told, and chance that is none."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field
from ruamel.yaml import YAML

from domain.campaign import Campaign
from domain.language.parse import parse
from domain.simulation.assumptions import Assumptions, usual
from domain.simulation.model import Model
from domain.simulation.simulate import simulate
from domain.simulation.tally import Tally

EXAMPLES = Path(__file__).parents[4] / "examples"
MONDAY = datetime(2030, 3, 4, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEARS = timedelta(days=3650)


@define
class Always:
    """The same number again and again."""

    number: float

    def random(self) -> float:
        return self.number


@define
class Drawn:
    """These numbers, one after the other."""

    numbers: list[float] = field(factory=list)

    def random(self) -> float:
        return self.numbers.pop(0)


def step(key: str = "text", channel: str = "sms", **more: Any) -> dict[str, Any]:
    """A step that waits for a day."""
    words = {"subject": "Hello", "text": "Hello"} if channel == "email" else {"text": "Hello"}
    return {"key": key, "channel": channel, "wait": "1d", "message": words, **more}


def split(key: str, *branches: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": key, "split": [*branches]}


def campaign(*steps: Mapping[str, Any], **more: Any) -> Campaign:
    """A campaign of these steps; of one SMS where none are given."""
    return parse({"campaign": "tried", "version": 1, "steps": [*(steps or (step(),))], **more})


def example(name: str) -> Campaign:
    return parse(YAML(typ="safe", pure=True).load(EXAMPLES / f"{name}.yaml"))


def assumed(of: Campaign, **changes: str) -> Assumptions:
    """What is usually assumed, but for some; underscores stand where dots are, the first one in each name."""
    found = usual(of)
    for name, text in changes.items():
        found = found.but(name.replace("_", ".", 1), text)
    return found


def calm(of: Campaign, **changes: str) -> Assumptions:
    """All messages arrive and nobody does anything, but for what is said."""
    found = usual(of)
    for name, _ in usual(of):
        place, _, word = name.partition(".")
        is_certain = place in ("contacts", "dates") or word in ("delivered", "answered")
        found = found.but(name, "1" if is_certain else "0")
    for name, text in changes.items():
        found = found.but(name.replace("_", ".", 1), text)
    return found


def model(of: Campaign, assumptions: Assumptions) -> Model:
    return Model(of, assumptions, UTC, MONDAY)


def tried(
    of: Campaign,
    assumptions: Assumptions,
    *,
    enrollments: int = 40,
    seed: int = 1,
    over: timedelta = timedelta(0),
    lasting: timedelta = YEARS,
) -> Tally:
    """So many people in a campaign."""
    return simulate(
        model(of, assumptions), enrollments, lambda number: Random(f"{seed}/{number}"), over, lasting
    )
