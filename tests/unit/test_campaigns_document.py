"""docs/campaigns.md: every campaign in it is read, checked, drawn and run to its end."""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.calendar.world import WorldCalendar
from adapters.templates.jinja import JinjaRenderer
from application.check_templates import parse_checked
from application.drawing.mermaid import mermaid
from application.drawing.svg import svg
from domain.enrollment.state import Status
from domain.language.parse import parse
from domain.language.schema.campaign import campaign_schema
from domain.simulation.assumptions import Assumptions, usual
from drumbeat import Campaign as PythonCampaign
from tests.unit.domain.interpreter import Interpreter

PAGE = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text(encoding="utf-8")
EXAMPLES = Path(__file__).parents[2] / "examples"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def _python(source: str) -> Mapping[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "docs/campaigns.md", "exec"), names)
    [campaign] = [value for value in names.values() if isinstance(value, PythonCampaign)]
    return campaign.definition()


DEFINITIONS: list[Mapping[str, Any]] = [
    YAML(typ="safe", pure=True).load(text) if kind == "yaml" else _python(text)
    for kind, text in BLOCKS
    if kind in ("yaml", "python")
]


def test_the_page_has_examples() -> None:
    """Each section has one, and no two have one key."""
    keys = [definition["campaign"] for definition in DEFINITIONS]

    assert len(set(keys)) == len(keys) > 10


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each["campaign"])
def test_an_example_is_a_campaign(definition: Mapping[str, Any]) -> None:
    """It passes what publishing checks, without a warning, and the schema that editors use."""
    jsonschema = pytest.importorskip("jsonschema")
    checked = parse_checked(JinjaRenderer(), WorldCalendar(), definition)

    assert checked.warnings == ()
    jsonschema.validate(definition, campaign_schema())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each["campaign"])
def test_an_example_can_be_drawn(definition: Mapping[str, Any]) -> None:
    """Both drawings show every step."""
    campaign = parse_checked(JinjaRenderer(), WorldCalendar(), definition).campaign
    pictures = mermaid(campaign), svg(campaign)

    assert all(step.key in picture for step in campaign.plan.steps for picture in pictures)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda each: each["campaign"])
def test_an_example_runs_to_its_end(definition: Mapping[str, Any]) -> None:
    """In a silent world and in fifty that misbehave."""
    plan = parse_checked(JinjaRenderer(), WorldCalendar(), definition).campaign.plan
    runs = [Interpreter(plan, chance) for chance in (None, *map(Random, range(50)))]

    assert {run.carry_out().state.status for run in runs} == {Status.FINISHED}


def test_the_assumptions_are_those_of_the_examples() -> None:
    """Each line that the page shows can be said of one of them: names and values are right."""
    read = YAML(typ="safe", pure=True).load
    assumed = [usual(parse(read(path))) for path in sorted(EXAMPLES.glob("*.yaml"))]
    [block] = [text for kind, text in BLOCKS if kind == "text"]
    lines = [line.partition("#")[0].partition("=") for line in block.splitlines()]

    for name, _, value in lines:
        assert any(_can_be_said(each, name.strip(), value.strip()) for each in assumed), name
    assert len(lines) > 5


def _can_be_said(assumptions: Assumptions, name: str, value: str) -> bool:
    try:
        assumptions.but(name, value)
    except ValueError:
        return False
    return True
