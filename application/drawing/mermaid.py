"""A campaign as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""

import re
from collections.abc import Iterator, Mapping

from domain.campaign import Campaign
from domain.language.graph import Edge, Graph, Node, NodeKind, graph_of

_SHAPES: Mapping[NodeKind, tuple[str, str]] = {
    NodeKind.START: ("([", "])"),
    NodeKind.GOALS: ("{{", "}}"),
    NodeKind.STEP: ("[", "]"),
    NodeKind.SPLIT: ("{", "}"),
    NodeKind.END: ("([", "])"),
}

# What means nothing to Mermaid or its Markdown, whatever stands beside it.
_PLAIN = frozenset(" ,.:()/'+-")

# Even within quotes Mermaid drops the end of a character's number where one of these, a colon and the number
# follow each other on a line.
_KEYWORDS = re.compile("style|classDef")


def mermaid(campaign: Campaign) -> str:
    """Draw a campaign.

    Returns:
        The source of a flowchart from top to bottom, with a line break at its end.
    """
    return "\n".join(_lines(graph_of(campaign))) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    # Ids of our own: a key such as "end" is a word of the language.
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    yield "flowchart TD"
    yield from (f"    {ids[node.id]}{_box(node)}" for node in graph.nodes)
    yield from (f"    {ids[edge.source]} {_arrow(edge)} {ids[edge.target]}" for edge in graph.edges)


def _box(node: Node) -> str:
    opening, closing = _SHAPES[node.kind]
    return f'{opening}"{"<br/>".join(map(_escaped, (node.title, *node.lines)))}"{closing}'


def _arrow(edge: Edge) -> str:
    return f'-->|"{_escaped(edge.label)}"|' if edge.labels else "-->"


def _escaped(text: str) -> str:
    """A text of which nothing is taken for syntax: such characters are written by their number."""
    words = " ".join(text.split())
    starts = {match.start() for match in _KEYWORDS.finditer(words)}
    return "".join(
        char if index not in starts and _is_plain(words, index) else f"#{ord(char)};"
        for index, char in enumerate(words)
    )


def _is_plain(text: str, index: int) -> bool:
    char = text[index]
    if char == "_":
        # Within a word it emphasizes nothing; at its edge it might.
        return text[:index][-1:].isalnum() and text[index + 1 :][:1].isalnum()
    return char.isalnum() or char in _PLAIN
