"""A campaign from a YAML or JSON file."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from adapters.files.errors import Fault, FileProblem
from adapters.files.text import read_text
from adapters.files.yaml_document import Document, read_yaml
from domain.campaign import Campaign
from domain.definition import parse
from domain.errors import InvalidCampaign, InvalidDefinition

MAX_BYTES = 256 * 1024
"""A campaign is a page or two; anything larger is another file."""


def _no_more(_campaign: Campaign) -> Iterable[InvalidCampaign]:
    return ()


def load_campaign(
    path: Path, more_problems: Callable[[Campaign], Iterable[InvalidCampaign]] = _no_more
) -> tuple[dict[str, Any], Campaign]:
    """Read a campaign.

    Args:
        path: a YAML 1.2 or JSON file in UTF-8.
        more_problems: looks for what is wrong beside the definition's own rules, e.g. with its templates.

    Returns:
        The definition as plain data that JSON can hold, and the campaign that it defines.

    Raises:
        FileProblem: with everything that is wrong, each with its line and column.
    """
    document = read_yaml(path, read_text(path, most=MAX_BYTES))
    try:
        campaign = parse(document.data)
    except InvalidDefinition as error:
        raise _placed(path, document, error.problems) from error
    if problems := tuple(more_problems(campaign)):
        raise _placed(path, document, problems)
    return document.data, campaign


def _placed(path: Path, document: Document, problems: Iterable[InvalidCampaign]) -> FileProblem:
    return FileProblem(path, [Fault(str(problem), *document.place(problem.path)) for problem in problems])
