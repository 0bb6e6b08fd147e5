"""What the command line needs of the wiring; the entrypoint hands it in."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from application.check_suppression import CheckSuppression
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.enroll_contacts import EnrollContacts
from application.find_enrollments import FindEnrollments
from application.import_suppressions import ImportSuppressions
from application.move_enrollments import MoveEnrollments
from application.ports.files import ContactFile, SuppressionFile
from application.preview_campaign import PreviewCampaign
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.show_campaigns import ShowCampaigns
from application.show_timeline import ShowTimeline
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from domain.campaign import Campaign
from domain.statuses import Channel


@frozen
class UseCases:
    """Use cases, wired to one environment."""

    tenant: str
    publish_campaign: PublishCampaign
    enroll_contacts: EnrollContacts
    summarize_campaign: SummarizeCampaign
    reconcile_campaign: ReconcileCampaign
    show_timeline: ShowTimeline
    show_campaigns: ShowCampaigns
    move_enrollments: MoveEnrollments
    control_campaign: ControlCampaign
    control_enrollment: ControlEnrollment
    find_enrollments: FindEnrollments
    record_event: RecordEvent
    import_suppressions: ImportSuppressions
    check_suppression: CheckSuppression


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
class Finding:
    """Something to say about a campaign file.

    Args:
        reason: one sentence.
        line: the line, from 1; None where it is about the whole file.
        column: the character on that line, from 1; None where it is about the whole line.
    """

    reason: str
    line: int | None = None
    column: int | None = None


@frozen
class CampaignCheck:
    """What there is to say about a campaign file.

    Args:
        file: what was read; None where it cannot be used.
        problems: everything that is wrong.
        warnings: what is allowed and may be a mistake.
    """

    file: CampaignFile | None
    problems: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


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
        check_campaign: reads a campaign file and tells what is wrong with it instead of raising it.
        preview: shows what a contact would get from a campaign.
        read_contacts: reads a contact file.
        read_suppressions: reads a file of addresses that must not be contacted.
        read_address: an address as contacts have it; a ValueError says, as half a sentence, why it is none.
        write_rejects: writes the rows of a contact file, or of one of suppressions, that were refused.
        personas: how the sandbox's people can behave.
        vendors: who can be chosen for ``sms``, ``email``, ``voice`` and ``desk``, and is in the sandbox.
        open_accounts: opens accounts at the sandbox's vendors.
        migrate: brings the database that an environment names up to date.
        check: says whether that database answers and is up to date.
        open: gives the use cases for an environment (variables as `bootstrap.settings` reads them).
        asks: whether a person sits at the terminal and can be asked.
    """

    prepare: Callable[[], None]
    read_campaign: Callable[[Path], CampaignFile]
    check_campaign: Callable[[Path], CampaignCheck]
    preview: Callable[[], PreviewCampaign]
    read_contacts: Callable[[Path], ContactFile]
    read_suppressions: Callable[[Path], SuppressionFile]
    read_address: Callable[[Channel, str], str]
    write_rejects: Callable[[Path, ContactFile | SuppressionFile], None]
    personas: frozenset[str]
    vendors: Mapping[str, Sequence[str]]
    open_accounts: OpenAccounts
    migrate: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    check: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    open: Callable[[Mapping[str, str]], AbstractAsyncContextManager[UseCases]]
    asks: bool = False
