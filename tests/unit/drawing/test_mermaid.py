"""Campaigns as Mermaid flowcharts: valid whatever their texts hold."""

import re
from datetime import timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.drawing.mermaid import mermaid
from domain.campaign import Campaign, Message, Plan
from domain.conditions import Comparison, Condition, Operator, Splitter
from domain.language.graph import graph_of
from domain.statuses import Channel
from domain.steps import NEXT, Split, Step
from tests.unit.drawing.scenes import drawn
from tests.unit.language.definitions import campaigns, thorough

# The part of the grammar that we use, as strict as can be: no text has a quote, a bracket or a pipe.
_TEXT = r"(?:[^\W_]|[ ,.:()/'+_-]|#\d+;|<br/>)+"
_SHAPES = {"([": "])", "[": "]", "{": "}", "{{": "}}"}
_BOX = "|".join(rf'{re.escape(opening)}"{_TEXT}"{re.escape(ending)}' for opening, ending in _SHAPES.items())
NODE = re.compile(rf"    (n\d+)(?:{_BOX})")
EDGE = re.compile(rf'    (n\d+) -->(?:\|"({_TEXT})"\|)? (n\d+)')


def read(source: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The nodes and edges of a flowchart; everything in it must be one or the other."""
    first, *rest = source.removesuffix("\n").split("\n")
    assert first == "flowchart TD"
    nodes = [match[1] for line in rest if (match := NODE.fullmatch(line))]
    edges = [(match[1], match[3]) for line in rest if (match := EDGE.fullmatch(line))]
    assert len(nodes) + len(edges) == len(rest), "\n".join(rest)
    return nodes, edges


def shown(source: str) -> str:
    """The texts as Mermaid shows them."""
    return unescape(re.sub(r"#(\d+);", r"&#\1;", source))


@pytest.mark.parametrize("campaign", drawn().values(), ids=drawn())
def test_is_a_flowchart(campaign: Campaign) -> None:
    """Every node of the graph is declared once, and every edge joins two of them."""
    graph = graph_of(campaign)
    nodes, edges = read(mermaid(campaign))

    assert len(nodes) == len(set(nodes)) == len(graph.nodes)
    assert len(edges) == len(graph.edges)
    assert {end for edge in edges for end in edge} == set(nodes)


@thorough
@given(campaigns)
def test_is_a_flowchart_of_any_campaign(campaign: Campaign) -> None:
    """Whatever can be published can be drawn, with every key."""
    source = mermaid(campaign)
    read(source)

    assert all(f'"{step.key}<br/>' in source for step in campaign.plan.steps)


@given(st.text(min_size=1, max_size=150))  # longer ones are cut
def test_takes_no_text_for_syntax(text: str) -> None:
    """A value of a condition is shown as it is, whatever it holds; several blanks are one."""
    split = Split("split", (NEXT, NEXT))
    condition = Condition((Comparison("name", Operator.IS, (text,)),))
    step = Step("text", Channel.SMS, timedelta(days=1))
    plan = Plan("hello", 1, (split, step))
    source = mermaid(Campaign(plan, {"text": Message("Hi")}, "", splits={"split": Splitter((condition,))}))
    read(source)

    assert not re.search("(style|classDef).*:", source)
    # HTML has no way to write some characters of no use; browsers show another one.
    if text.isprintable():
        assert " ".join(f"name is {text}".split()) in shown(source)


def test_says_everything_in_its_place() -> None:
    """The drawing of a small campaign, in full."""
    campaign = drawn()["hello"]

    assert mermaid(campaign) == (
        "flowchart TD\n"
        '    n0(["hello<br/>version 1"])\n'
        '    n1["hello<br/>SMS at once<br/>waits 1 hour"]\n'
        '    n2(["completed"])\n'
        '    n3(["exited"])\n'
        "    n0 --> n1\n"
        '    n1 -->|"replied, clicked, delivered"| n2\n'
        '    n1 -->|"failed, rejected, unknown, unanswered"| n3\n'
    )
