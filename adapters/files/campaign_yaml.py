"""A campaign from a YAML or JSON file."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.files.errors import Fault, FileProblem
from adapters.files.text import read_text
from adapters.files.yaml_document import Document, read_yaml
from domain.campaign import Campaign
from domain.definition import parse
from domain.errors import InvalidDefinition

MAX_BYTES = 256 * 1024
"""A campaign is a page or two; anything larger is another file."""


def load_campaign(
    path: Path, read: Callable[[Mapping[str, Any]], Campaign] = parse
) -> tuple[dict[str, Any], Campaign]:
    """Read a campaign.

    Args:
        path: a YAML 1.2 or JSON file in UTF-8.
        read: reads the definition, or raises InvalidDefinition; by default its templates are not looked at.

    Returns:
        The definition as plain data that JSON can hold, and the campaign that it defines.

    Raises:
        FileProblem: with everything that is wrong, each with its line and column.
    """
    document = read_yaml(path, read_text(path, most=MAX_BYTES))
    try:
        campaign = read(document.data)
    except InvalidDefinition as error:
        raise FileProblem(path, [*document.faults, *_placed(document, error)]) from error
    if document.faults:
        raise FileProblem(path, document.faults)
    return document.data, campaign


def _placed(document: Document, error: InvalidDefinition) -> Iterator[Fault]:
    for problem in error.problems:
        if not document.lost(problem.path):
            yield Fault(str(problem), *document.place(problem.path))
