"""The four ledgers of a small system: real HTTP, real database, real Temporal, and a sandbox with faults."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from attrs import evolve, frozen
from sqlalchemy import delete

from adapters.db import tables
from adapters.http.serving import listen
from adapters.providers.sandbox.draws import fraction
from domain.enrollment.state import Outcome
from domain.guarantees import Abilities, Capabilities, DeskAbilities
from domain.ledgers.audit import audit
from domain.ledgers.findings import Kind, Resolution
from domain.ledgers.records import Ledgers, Sort
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.system import System, http_app, running_system, sqlite
from tests.fakes.temporal_server import start_server
from trials.drill.ledgers import collect

ABLE = Capabilities(
    {("twilio", Channel.SMS): Abilities(can_look_up=True, calls_back=True)},
    {"slack": DeskAbilities(calls_back=True)},
)
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1d",
            "message": {"text": "Hello"},
            "on": {"delivered": "complete", "failed": "escalate"},
        }
    ],
    "handoff": {"summary": "Call."},
}
FAULTS = {
    "+12025550101": "none",
    "+12025550102": "cut_after",
    "+12025550103": "stray",
    "+12025550104": "forged",
    "+12025550105": "repeats",
    "+12025550106": "none",
}
UNDELIVERABLE = "+12025550106"


@frozen
class Small:
    """A system, its sandbox, and who was enrolled."""

    system: System
    sandbox: RunningSandbox
    enrolled: dict[str, str]

    async def collected(self) -> Ledgers:
        async with httpx.AsyncClient(base_url=self.sandbox.url, trust_env=False) as client:
            return await collect(
                sandbox=client,
                engine=self.system.database.engine,
                client=self.system.client,
                acknowledged=self.enrolled.values(),
            )


@asynccontextmanager
async def small_system(folder: Path, faults: Mapping[str, str], **changes: Any) -> AsyncIterator[Small]:
    """One contact for each fault; all has ended and nothing is on its way.

    Args:
        folder: of the database.
        faults: by phone number.
        changes: to `SandboxSettings`.
    """
    listener = listen("127.0.0.1", 0)
    url = "http://{}:{}".format(*listener.getsockname())
    async with (
        await start_server() as temporal,
        sqlite(folder) as database,
        running_sandbox(vendors=["twilio", "slack"], callback_base_url=url, **changes) as sandbox,
    ):
        ours = evolve(sandbox, wiring=evolve(sandbox.wiring, public_url=url))
        await sandbox.faults(**faults)
        await sandbox.people(**dict.fromkeys(faults, "ignores") | {UNDELIVERABLE: "undeliverable"})
        async with (
            running_system(temporal.client, "small", database, ours.sms(), desk=ours.desk()) as system,
            http_app(database, system.runs, listener=listener, readers={"twilio": ours.reader("twilio")}),
        ):
            await system.publish(CAMPAIGN)
            enrolled = {phone: await system.enroll("spring", phone) for phone in faults}
            for enrollment in enrolled.values():
                await system.run_of(enrollment).result()
            await sandbox.settled()
            yield Small(system, sandbox, enrolled)


async def test_what_is_collected_agrees_and_what_is_taken_away_is_found(tmp_path: Path) -> None:
    """Every fault was met and nothing is wrong; a row that is deleted then is missed, and whose it was."""
    async with small_system(tmp_path, FAULTS) as small:
        ledgers = await small.collected()
        lost = small.enrolled["+12025550101"]
        async with small.system.database.engine.begin() as connection:
            rows = tables.interactions
            await connection.execute(
                delete(rows).where(rows.c.enrollment_id == lost, rows.c.kind == "delivered")
            )
        report, then = audit(ledgers, ABLE), audit(await small.collected(), ABLE)

    assert (report.findings, report.unavoidable) == ((), ())
    assert [(each.enrollment_id, each.resolution) for each in report.doubts] == [
        (small.enrolled["+12025550102"], Resolution.CALLBACK)
    ]
    assert (report.counts.enrollments, report.counts.ended, report.counts.sends) == (6, 6, 6)
    assert Counter(each.sort for each in ledgers.provider.deliveries) == {
        Sort.GENUINE: 12,
        Sort.STRAY: report.counts.stray,
        Sort.FORGED: report.counts.forged,
    }
    assert report.counts.stray > 0 < report.counts.forged
    assert report.counts.repeated > 10
    assert {row.outcome for row in ledgers.tables.enrollments} == {Outcome.COMPLETED, Outcome.ESCALATED}
    assert len(ledgers.provider.cases) == len(ledgers.tables.handoffs) == 1
    assert {(each.kind, each.enrollment_id) for each in then.findings} == {
        (Kind.LOST_WEBHOOK, lost),
        (Kind.WRONG_DELIVERY, lost),
    }


async def test_a_look_up_is_told_from_a_callback(tmp_path: Path) -> None:
    """The line was cut and callbacks are slow: the second try of the send finds what the first one sent."""
    phone = next(
        phone
        for phone in (f"+12025550{nth}" for nth in range(100, 200))
        if fraction("demo", "delay", phone, "sms", 0) > 0.8
    )
    async with small_system(tmp_path, {phone: "cut_after"}, seed="demo", speed=0.2) as small:
        report = audit(await small.collected(), ABLE)

    assert report.clean
    assert [each.resolution for each in report.doubts] == [Resolution.LOOK_UP]
