"""What the command line works with, wired: for ``drumbeat`` and for the entrypoints that are a part of it.

Everything is imported inside the functions: that takes a second or two, and a command that needs no use case
does not wait for them.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from adapters.cli.tools import CampaignCheck, Tools, UseCases
    from application.check_system import Diagnosis
    from application.ports.replay import ReplayGate


def tools() -> "Tools":
    """The command line's tools, as this installation has them."""
    from adapters.cli.tools import Accounts, CampaignFile, Tools
    from bootstrap import files, sandbox

    return Tools(
        prepare=_prepare,
        read_campaign=lambda path: CampaignFile(*files.read_campaign(path)),
        check_campaign=_check_campaign,
        preview=files.preview,
        read_contacts=files.read_contacts,
        read_suppressions=files.read_suppressions,
        read_address=files.read_address,
        write_rejects=files.write_rejects,
        open_contacts=files.open_contacts,
        open_rejects=files.open_rejects,
        read_external_ids=files.read_external_ids,
        personas=sandbox.PERSONAS,
        vendors=sandbox.vendors(),
        open_accounts=lambda *site: Accounts(*sandbox.open_accounts(*site)),
        migrate=_migrate,
        check=_check,
        losses=_losses,
        downgrade=_downgrade,
        doctor=_doctor,
        replay=_replay,
        open=_use_cases,
        asks=os.isatty(0) and os.isatty(1),
    )


def schedule_app() -> "typer.Typer":
    """The group ``schedule`` as an app of its own."""
    from adapters.cli.schedules import schedules
    from adapters.cli.shell import Shell

    return schedules(Shell(tools()))


def _check_campaign(path: Path) -> "CampaignCheck":
    from adapters.cli.tools import CampaignCheck, CampaignFile, Finding
    from bootstrap import files

    seen = files.inspect_campaign(path)
    problems, warnings = (
        tuple(Finding(fault.reason, fault.line, fault.column) for fault in faults)
        for faults in (seen.problems, seen.warnings)
    )
    if seen.definition is None or seen.campaign is None:
        return CampaignCheck(None, problems, warnings)
    return CampaignCheck(CampaignFile(seen.definition, seen.campaign), problems, warnings)


def _prepare() -> None:
    from bootstrap.settings import load
    from bootstrap.telemetry import configure_logging

    configure_logging(load(os.environ).telemetry)


async def _migrate(environ: Mapping[str, str]) -> None:
    from bootstrap import schema
    from bootstrap.settings import load

    await schema.upgrade(load(environ))


async def _check(environ: Mapping[str, str]) -> None:
    from bootstrap import schema
    from bootstrap.settings import load

    await schema.check(load(environ))


async def _losses(environ: Mapping[str, str], revision: str) -> list[str]:
    from bootstrap import schema
    from bootstrap.settings import load

    return await schema.losses(load(environ), revision)


async def _downgrade(environ: Mapping[str, str], revision: str) -> None:
    from bootstrap import schema
    from bootstrap.settings import load

    await schema.downgrade(load(environ), revision)


async def _doctor(environ: Mapping[str, str]) -> "list[Diagnosis]":
    from bootstrap.doctor import diagnose

    return await diagnose(environ)


def _replay(environ: Mapping[str, str]) -> "ReplayGate":
    from adapters.temporal.replay.replays import TemporalReplayGate
    from bootstrap.settings import load

    return TemporalReplayGate(lambda: datetime.now(UTC), load(environ).worker.task_queue)


@asynccontextmanager
async def _use_cases(environ: Mapping[str, str]) -> "AsyncIterator[UseCases]":
    from adapters.cli.tools import UseCases
    from bootstrap import container
    from bootstrap.settings import load
    from bootstrap.telemetry import for_commands

    _temporal_as_in(environ)
    settings = for_commands(load(environ))
    async with container.running(settings, "drumbeat-cli") as wired:
        yield UseCases(
            tenant=settings.tenant,
            publish_campaign=wired.publish_campaign,
            enroll_contacts=wired.enroll_contacts,
            summarize_campaign=wired.summarize_campaign,
            reconcile_campaign=wired.reconcile_campaign,
            show_enrollment=wired.show_enrollment,
            show_campaigns=wired.show_campaigns,
            move_enrollments=wired.move_enrollments,
            move_enrollment=wired.move_enrollment,
            control_campaign=wired.control_campaign,
            control_enrollment=wired.control_enrollment,
            control_handoffs=wired.control_handoffs,
            control_schedules=wired.control_schedules,
            find_enrollments=wired.find_enrollments,
            record_event=wired.record_event,
            import_suppressions=wired.import_suppressions,
            check_suppression=wired.check_suppression,
            store_batch=wired.store_batch,
            order_audience=wired.order_audience,
            control_batches=wired.control_batches,
            keep_audiences=wired.keep_audiences,
            control_suppressions=wired.control_suppressions,
            addresses=wired.addresses(),
            keep_contacts=wired.keep_contacts,
            find_contacts=wired.find_contacts,
            export_contact=wired.export_contact,
            erase_contact=wired.erase_contact,
            find_stuck=wired.find_stuck,
            control_api_keys=wired.control_api_keys,
            authenticate_key=wired.authenticate_key,
            check_providers=wired.check_providers,
            send_test=wired.send_test,
        )


def _temporal_as_in(environ: Mapping[str, str]) -> None:
    """Temporal's client reads the environment of the process, so that must say what `environ` says.

    What a user has exported for another Temporal, say a key for Temporal Cloud, must not reach a local one.
    """
    # Read before anything is deleted: it may be the environment of the process itself.
    wanted = {name: value for name, value in environ.items() if name.startswith("TEMPORAL_")}
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        del os.environ[name]
    os.environ.update(wanted)
