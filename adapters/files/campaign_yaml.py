"""A campaign from a YAML or JSON file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adapters.files.campaign_source import CampaignSource
from adapters.files.text import read_text
from adapters.files.yaml_document import read_yaml
from domain.campaign import Campaign
from domain.language.parse import parse

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
    source = open_campaign(path)
    return source.definition, source.read(read)


def open_campaign(path: Path) -> CampaignSource:
    """Read the definition as it is written, and where its values stand.

    Args:
        path: a YAML 1.2 or JSON file in UTF-8.

    Raises:
        FileProblem: it is not one YAML document, or is too large or too deep.
    """
    document = read_yaml(path, read_text(path, most=MAX_BYTES))
    return CampaignSource(path, document.data, document.place, document.faults, document.lost)
