"""What the command line needs of the wiring; the entrypoint hands it in."""

import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from application.authenticate_key import AuthenticateKey
from application.check_providers import CheckProviders
from application.check_suppression import CheckSuppression
from application.check_system import Diagnosis
from application.control_api_keys import ControlApiKeys
from application.control_batches import ControlBatches
from application.control_campaign import ControlCampaign
from application.control_enrollment import ControlEnrollment
from application.control_handoffs import ControlHandoffs
from application.control_schedules import ControlSchedules
from application.control_suppressions import ControlSuppressions
from application.enroll_audience import OrderAudience
from application.enroll_contacts import EnrollContacts
from application.erase_contact import EraseContact
from application.export_contact import ExportContact
from application.find_contacts import FindContacts
from application.find_enrollments import FindEnrollments
from application.find_stuck import FindStuck
from application.import_suppressions import ImportSuppressions
from application.keep_audiences import KeepAudiences
from application.keep_contacts import KeepContacts
from application.move_enrollment import MoveEnrollment
from application.move_enrollments import MoveEnrollments
from application.ports.addresses import Addresses
from application.ports.files import ContactFile, ContactStream, RejectedRow, SuppressionFile
from application.ports.replay import ReplayGate
from application.preview_campaign import PreviewCampaign
from application.publish_campaign import PublishCampaign
from application.record_event import RecordEvent
from application.send_test import SendTest
from application.show_campaigns import ShowCampaigns
from application.show_enrollment import ShowEnrollment
from application.store_batch import StoreBatch
from application.summarize_campaign import ReconcileCampaign, SummarizeCampaign
from domain.campaign import Campaign
from domain.statuses import Channel


@frozen
class UseCases:
    """Use cases, wired to one environment; each is made when a command asks for it.

    A command so needs no settings but those of what it uses, and is not told of others that are missing.
    """

    tenant: str
    addresses: Addresses
    publish_campaign: Callable[[], PublishCampaign]
    enroll_contacts: Callable[[], EnrollContacts]
    summarize_campaign: Callable[[], SummarizeCampaign]
    reconcile_campaign: Callable[[], ReconcileCampaign]
    show_enrollment: Callable[[], ShowEnrollment]
    show_campaigns: Callable[[], ShowCampaigns]
    move_enrollments: Callable[[], MoveEnrollments]
    move_enrollment: Callable[[], MoveEnrollment]
    control_campaign: Callable[[], ControlCampaign]
    control_enrollment: Callable[[], ControlEnrollment]
    control_handoffs: Callable[[], ControlHandoffs]
    control_schedules: Callable[[], ControlSchedules]
    find_enrollments: Callable[[], FindEnrollments]
    record_event: Callable[[], RecordEvent]
    import_suppressions: Callable[[], ImportSuppressions]
    check_suppression: Callable[[], CheckSuppression]
    control_suppressions: Callable[[], ControlSuppressions]
    keep_contacts: Callable[[], KeepContacts]
    find_contacts: Callable[[], FindContacts]
    export_contact: Callable[[], ExportContact]
    erase_contact: Callable[[], EraseContact]
    find_stuck: Callable[[], FindStuck]
    control_api_keys: Callable[[], ControlApiKeys]
    authenticate_key: Callable[[], AuthenticateKey]
    store_batch: Callable[[], StoreBatch]
    order_audience: Callable[[], OrderAudience]
    control_batches: Callable[[], ControlBatches]
    keep_audiences: Callable[[], KeepAudiences]
    check_providers: Callable[[], CheckProviders]
    send_test: Callable[[], SendTest]


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


def _become(argv: Sequence[str], environ: Mapping[str, str]) -> None:
    os.execve(argv[0], list(argv), dict(environ))  # noqa: S606 - our own interpreter and module


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
        open_contacts: opens a file of very many contacts, which are read one after the other.
        open_rejects: opens the file that the rows go to which are refused of it, by the names of its columns.
        read_external_ids: reads a list of contacts: their names, each with its line.
        personas: how the sandbox's people can behave.
        vendors: who can be chosen for ``sms``, ``email``, ``voice`` and ``desk``, and is in the sandbox.
        open_accounts: opens accounts at the sandbox's vendors.
        migrate: brings the database that an environment names up to date.
        check: says whether that database answers and is up to date.
        losses: what taking that database back to a revision would lose.
        downgrade: takes it back.
        doctor: looks at everything that an environment names, and finds what to mend.
        replay: gives what follows histories once more, as an environment says where runs are.
        become: puts another command, with its environment, in the place of this process; it does not return.
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
    open_contacts: Callable[[Path], AbstractContextManager[ContactStream]]
    open_rejects: Callable[[Path, Sequence[str]], AbstractContextManager[Callable[[RejectedRow], None]]]
    read_external_ids: Callable[[Path], Mapping[str, int]]
    personas: frozenset[str]
    vendors: Mapping[str, Sequence[str]]
    open_accounts: OpenAccounts
    migrate: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    check: Callable[[Mapping[str, str]], Coroutine[Any, Any, None]]
    losses: Callable[[Mapping[str, str], str], Coroutine[Any, Any, list[str]]]
    downgrade: Callable[[Mapping[str, str], str], Coroutine[Any, Any, None]]
    doctor: Callable[[Mapping[str, str]], Coroutine[Any, Any, list[Diagnosis]]]
    replay: Callable[[Mapping[str, str]], ReplayGate]
    open: Callable[[Mapping[str, str]], AbstractAsyncContextManager[UseCases]]
    become: Callable[[Sequence[str], Mapping[str, str]], None] = _become
    asks: bool = False
