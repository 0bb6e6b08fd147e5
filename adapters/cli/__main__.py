"""The command line: ``drumbeat``, or ``python -m adapters.cli``.

Everything is imported inside `main`: that takes a second or two, and Ctrl-C must be answered from the start.
"""

import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.cli.tools import CampaignCheck, Tools, UseCases

STOPPED = 130
"""The exit status after Ctrl-C, as shells have it: 128 + SIGINT."""


def main() -> None:
    """Run the installed command."""
    try:
        from adapters.cli.commands import make_app

        app = make_app(_tools())
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was started.\n")
        sys.exit(STOPPED)
    app()


def _tools() -> "Tools":
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
        personas=sandbox.PERSONAS,
        vendors=sandbox.vendors(),
        open_accounts=lambda *site: Accounts(*sandbox.open_accounts(*site)),
        migrate=_migrate,
        check=_check,
        open=_use_cases,
        asks=os.isatty(0) and os.isatty(1),
    )


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


@asynccontextmanager
async def _use_cases(environ: Mapping[str, str]) -> "AsyncIterator[UseCases]":
    from adapters.cli.tools import UseCases
    from bootstrap import container
    from bootstrap.settings import load

    _temporal_as_in(environ)
    settings = load(environ)
    async with container.running(settings, "drumbeat-cli") as wired:
        yield UseCases(
            tenant=settings.tenant,
            publish_campaign=wired.publish_campaign(),
            enroll_contacts=wired.enroll_contacts(),
            summarize_campaign=wired.summarize_campaign(),
            reconcile_campaign=wired.reconcile_campaign(),
            show_timeline=wired.show_timeline(),
            show_campaigns=wired.show_campaigns(),
            move_enrollments=wired.move_enrollments(),
            control_campaign=wired.control_campaign(),
            control_enrollment=wired.control_enrollment(),
            find_enrollments=wired.find_enrollments(),
            record_event=wired.record_event(),
            import_suppressions=wired.import_suppressions(),
            check_suppression=wired.check_suppression(),
        )


def _temporal_as_in(environ: Mapping[str, str]) -> None:
    """Temporal's client reads the environment of the process, so that must say what `environ` says.

    What a user has exported for another Temporal, say a key for Temporal Cloud, must not reach a local one.
    """
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in environ.items() if name.startswith("TEMPORAL_")})


if __name__ == "__main__":
    main()
