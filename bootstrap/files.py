"""Readers of the files that people bring along."""

from functools import partial
from pathlib import Path
from typing import Any

from adapters.files.campaign_yaml import load_campaign
from adapters.files.contacts_csv import load_contacts as read_contacts
from adapters.files.contacts_csv import write_rejects
from adapters.templates.jinja import JinjaRenderer
from application.check_templates import parse_checked
from domain.campaign import Campaign

__all__ = ["read_campaign", "read_contacts", "write_rejects"]


def read_campaign(path: Path) -> tuple[dict[str, Any], Campaign]:
    """Read a campaign and check its templates.

    Raises:
        adapters.files.errors.FileProblem: with everything that is wrong, each with its line and column.
    """
    return load_campaign(path, partial(parse_checked, JinjaRenderer()))
