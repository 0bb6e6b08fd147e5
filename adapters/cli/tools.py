"""What the command line needs of the wiring; the entrypoint hands it in."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from application.enroll_contacts import EnrollContacts
from application.ports.files import ContactFile
from application.publish_campaign import PublishCampaign
from application.show_timeline import ShowTimeline
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from domain.campaign import Campaign


@frozen
class UseCases:
    """Use cases, wired to one environment."""

    tenant: str
    publish_campaign: PublishCampaign
    enroll_contacts: EnrollContacts
    summarize_campaign: SummarizeCampaign
    reconcile_campaign: ReconcileCampaign
    show_timeline: ShowTimeline


@frozen
class CampaignFile:
    """A campaign as read from a file.

    Args:
        definition: as written, plain data.
        campaign: as understood.
    """

    definition: Mapping[str, Any]
    campaign: Campaign


@frozen
class Accounts:
    """Accounts at the vendors of a sandbox, as environment variables.

    Args:
        ours: for our processes, and for the sandbox.
        theirs: what only the vendors know; for the sandbox alone.
    """

    ours: Mapping[str, str] = field(repr=False)
    theirs: Mapping[str, str] = field(repr=False)


OpenAccounts = Callable[[Sequence[str], str, str, Callable[[], int]], Accounts]
"""Opens an account at each vendor: their names, the sandbox's address, our public address, free ports."""


@frozen
class Tools:
    """What differs between a command line and a test of one.

    Args:
        prepare: reads the settings of this process and sets up its log.
        read_campaign: reads a campaign file.
        read_contacts: reads a contact file.
        write_rejects: writes the rows of a contact file that were refused.
        personas: how the sandbox's people can behave.
        vendors: who can be chosen for ``sms``, ``email``, ``voice`` and ``desk``, and is in the sandbox.
        open_accounts: opens accounts at the sandbox's vendors.
        migrate: brings the database that an environment names up to date.
        check: says whether that database answers and is up to date.
        open: gives the use cases for an environment (variables as `bootstrap.settings` reads them).
    """

    prepare: Callable[[], None]
    read_campaign: Callable[[Path], CampaignFile]
    read_contacts: Callable[[Path], ContactFile]
    write_rejects: Callable[[Path, ContactFile], None]
    personas: frozenset[str]
    vendors: Mapping[str, Sequence[str]]
    open_accounts: OpenAccounts
    migrate: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    check: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    open: Callable[[Mapping[str, str]], AbstractAsyncContextManager[UseCases]]
