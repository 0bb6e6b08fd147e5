"""From an e-mail's headers to the opt-out and back: real database, real HTTP, the sandbox in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from attrs import frozen

from adapters.db.database import SqlDatabase
from adapters.http.app import HttpOptions, HttpServices, create_app
from adapters.http.links import LinkServices
from adapters.links.signed import SignedLinks
from application.dispatch_events import DispatchEvents
from application.ingest_provider_event import IngestProviderEvent
from application.ports.attempts import Attempt
from application.ports.messaging import Content, OutboundMessage
from application.preferences import Preferences
from application.unsubscribe import Unsubscribe
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.clock import NOW, FakeClock
from tests.fakes.runs import FakeRuns
from tests.fakes.sandbox import running_sandbox
from tests.fakes.serving import serve
from tests.fakes.system import sqlite
from tests.integration.db import rows

EMAIL = "ada@example.com"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@frozen
class Served:
    """An app that serves the pages.

    Args:
        database: behind it.
        runs: what the runs have heard.
        links: below its address.
        key: an e-mail that has gone out.
    """

    database: SqlDatabase
    runs: FakeRuns
    links: SignedLinks
    key: AttemptKey

    async def suppressed(self) -> bool:
        """Whether the e-mail's address is."""
        async with self.database.transaction() as tx:
            return await tx.suppressions.holds("acme", Channel.EMAIL, EMAIL)

    async def kinds(self) -> list[str]:
        """What the timeline says."""
        async with self.database.transaction() as tx:
            return [row.kind for row in await tx.interactions.of_enrollment(self.key.enrollment_id)]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    clock, runs, key = FakeClock(), FakeRuns(), rows.key(step="mail")
    async with sqlite(tmp_path) as database:
        await rows.enrolled(database, "ada")
        async with database.transaction() as tx:
            await tx.enrollments.mark_started([key.enrollment_id], NOW)
            await tx.attempts.claim(
                Attempt(key, Channel.EMAIL, "sendgrid", AttemptState.CLAIMED, claimed_at=NOW)
            )
        dispatch = DispatchEvents(database, runs)
        links = SignedLinks("http://127.0.0.1", ("s" * 32,))
        services = HttpServices(
            readers={},
            ingest=IngestProviderEvent(database, dispatch, clock, "acme"),
            clock=clock,
            links=LinkServices(
                links, Unsubscribe(database, dispatch, clock), Preferences(database, dispatch, clock)
            ),
        )
        async with serve(create_app(services, HttpOptions(links.public_url))) as url:
            yield Served(database, runs, SignedLinks(url, ("s" * 32,)), key)


async def test_the_link_that_arrives_in_an_email_opts_its_reader_out(served: Served) -> None:
    """A mail program finds it in the headers, looks, and posts; the address is suppressed with that."""
    async with running_sandbox(vendors=["sendgrid"]) as sandbox, httpx.AsyncClient(trust_env=False) as reader:
        url = served.links.unsubscribe(served.key)
        message = OutboundMessage(served.key, EMAIL, Content("Hi", "Tea?"), unsubscribe_url=url)
        await sandbox.provider("sendgrid", Channel.EMAIL).send(message)
        [row] = (await sandbox.ledger())["accepted"]
        looked = await reader.get(row["one_click"])
        head = await reader.head(row["one_click"])
        before = await served.suppressed()
        clicks = await asyncio.gather(
            *(reader.post(row["one_click"], data={"List-Unsubscribe": "One-Click"}) for _ in range(5))
        )

    assert (looked.status_code, head.status_code, head.content, before) == (200, 200, b"", False)
    assert [click.status_code for click in clicks] == [200] * 5
    assert await served.suppressed()
    assert await served.kinds() == ["opted_out"]
    assert [told.status for told in served.runs.told] == ["opted_out"]


async def test_choices_are_stored_and_can_be_taken_back(served: Served) -> None:
    """Off is an opt-out that the run hears of, on takes it back; both stand in the timeline."""
    url = served.links.preferences(served.key.enrollment_id)
    async with httpx.AsyncClient(trust_env=False) as reader:
        off = await reader.post(url, headers=FORM, content="channel=email&wanted=no")
        while_off = await served.suppressed()
        on = await reader.post(url, headers=FORM, content="channel=email&wanted=yes")

    assert (off.status_code, on.status_code) == (200, 200)
    assert while_off
    assert not await served.suppressed()
    assert sorted(await served.kinds()) == ["opt_out", "opted_in", "opted_out"]
    assert served.runs.opted_out == [served.key.enrollment_id]
