"""Readers of the files that people bring along."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from adapters.calendar.world import WorldCalendar
from adapters.files.campaign_python import open_python_campaign
from adapters.files.campaign_source import CampaignSource
from adapters.files.campaign_yaml import open_campaign
from adapters.files.contact_rows import email_address
from adapters.files.contact_stream import open_contacts, read_upload
from adapters.files.contacts_csv import load_contacts as read_contacts
from adapters.files.errors import Fault, FileProblem
from adapters.files.external_ids_csv import load_external_ids as read_external_ids
from adapters.files.phones import e164
from adapters.files.rejects import open_rejects, write_rejects
from adapters.files.suppressions_csv import load_suppressions as read_suppressions
from adapters.templates.jinja import JinjaRenderer
from application.check_templates import Checked, parse_checked
from application.preview_campaign import PreviewCampaign
from domain.campaign import Campaign
from domain.statuses import Channel

__all__ = [
    "check_campaign",
    "inspect_campaign",
    "open_contacts",
    "open_rejects",
    "preview",
    "read_address",
    "read_campaign",
    "read_contacts",
    "read_external_ids",
    "read_suppressions",
    "read_upload",
    "write_rejects",
]


@frozen
class Inspection:
    """What there is to say about a campaign file.

    Args:
        definition: as written; None where it cannot be used.
        campaign: as understood; None where it cannot be used.
        problems: everything that is wrong, each with its place.
        warnings: what is allowed and may be a mistake, each with its place.
    """

    definition: Mapping[str, Any] | None
    campaign: Campaign | None
    problems: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def read_campaign(path: Path) -> tuple[dict[str, Any], Campaign]:
    """Read a campaign and check its templates: Python where the name ends so, else YAML or JSON.

    Raises:
        adapters.files.errors.FileProblem: with everything that is wrong, each with its line and column.
    """
    definition, checked = check_campaign(path)
    return definition, checked.campaign


def check_campaign(path: Path) -> tuple[dict[str, Any], Checked]:
    """Read a campaign as `read_campaign` does, and tell its warnings, too.

    Raises:
        adapters.files.errors.FileProblem: as above.
    """
    source = _open(path)
    return source.definition, _check(source)


def inspect_campaign(path: Path) -> Inspection:
    """Read a campaign as `read_campaign` does, and tell what is wrong instead of raising it."""
    try:
        source = _open(path)
        checked = _check(source)
    except FileProblem as problem:
        return Inspection(None, None, problem.faults)
    warnings = tuple(source.fault(warning.path, str(warning)) for warning in checked.warnings)
    return Inspection(source.definition, checked.campaign, warnings=warnings)


def preview() -> PreviewCampaign:
    """Shows what a contact would get from a campaign that was read here."""
    return PreviewCampaign(JinjaRenderer())


def read_address(channel: Channel, text: str) -> str:
    """An address as contacts and suppressions have it: international, or an e-mail address.

    Raises:
        ValueError: it is none of the channel; the message is half a sentence without the address.
    """
    return email_address(text) if channel is Channel.EMAIL else e164(text, None)


def _open(path: Path) -> CampaignSource:
    return open_python_campaign(path) if path.suffix == ".py" else open_campaign(path)


def _check(source: CampaignSource) -> Checked:
    renderer = JinjaRenderer()
    found: list[Checked] = []

    def read(definition: Mapping[str, Any]) -> Campaign:
        found.append(parse_checked(renderer, WorldCalendar(), definition))
        return found[-1].campaign

    source.read(read)
    return found[-1]
