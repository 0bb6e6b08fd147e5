"""Duplicated webhooks: one state change, one row. The whole system, with the providers' sandbox."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from sqlalchemy import select
from temporalio.testing import WorkflowEnvironment

from adapters.db import tables
from adapters.http.serving import listen
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from adapters.providers.twilio.sms import TwilioSmsProvider
from adapters.temporal.common import names
from domain.idempotency import AttemptKey
from tests.fakes.sandbox import ACCOUNT, AUTH_TOKEN, free_port, open_accounts
from tests.fakes.serving import serve
from tests.fakes.signing import SignedRequest, twilio_request
from tests.fakes.system import System, http_app, running_system, sqlite, twilio_text
from tests.integration.temporal.world import until

PHONE = "+12025550101"
COPIES = 50
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "steps": [
        {
            "key": "text",
            "channel": "sms",
            "wait": "1d",
            "message": {"text": "Hello {{who}}"},
            "retry": {"attempts": 3, "first": "1h", "on": ["failed"]},
        }
    ],
}


@frozen
class Whole:
    """The system and the sandbox that calls it back.

    Args:
        system: worker, database and Temporal.
        url: of our HTTP app.
        sandbox: of the sandbox.
    """

    system: System
    url: str
    sandbox: str

    async def arrange(self, persona: str, fault: str = "none") -> None:
        """Say what sort of person is behind the phone, and how the provider treats them."""
        for page, value in (("people", persona), ("faults", fault)):
            answer = await self.system.http.put(f"{self.sandbox}/sandbox/{page}", json={PHONE: value})
            answer.raise_for_status()

    async def settled(self) -> dict[str, Any]:
        """The sandbox's ledger, once no callback is on its way any more."""
        while True:
            page: dict[str, Any] = (await self.system.http.get(f"{self.sandbox}/sandbox/ledger")).json()
            if not page["callbacks"]["pending"]:
                return page
            await asyncio.sleep(0.02)

    async def delivered(self, *words: str) -> SignedRequest:
        """The delivery in the staging table whose body holds these words, signed as it was."""
        async with self.system.database.engine.begin() as connection:
            rows = (await connection.execute(select(tables.webhooks))).all()
        [row] = [row for row in rows if all(word.encode() in row.body for word in words)]
        fields = dict(httpx.QueryParams(row.body.decode()))
        signed = twilio_request(self.url + row.target, fields)
        assert signed.body == row.body
        return signed

    async def repeat(self, signed: SignedRequest) -> Counter[int]:
        """Deliver copies, all at once; gives how often each status was answered."""
        answers = await asyncio.gather(*(self.system.post(signed) for _ in range(COPIES)))
        return Counter(answer.status_code for answer in answers)


@pytest.fixture
async def whole(temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path) -> AsyncIterator[Whole]:
    """Worker, HTTP app, SQLite, Temporal and sandbox, on free ports."""
    listener = listen("127.0.0.1", 0)  # before the app is there, since the sandbox is told its address
    own_url = "http://{}:{}".format(*listener.getsockname())
    port = free_port()
    account = open_accounts(["twilio"], Site(f"http://127.0.0.1:{port}", own_url, free_port))
    settings = SandboxSettings(vendors=("twilio",), callback_base_url=own_url, speed=50.0)
    async with (
        sqlite(tmp_path) as database,
        serve(create_app(settings, account), port) as sandbox,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        sms = TwilioSmsProvider(
            client=client,
            account_sid=ACCOUNT,
            auth_token=AUTH_TOKEN,
            sender="+12025550100",
            callback_base_url=own_url,
            base_url=sandbox,
        )
        async with (
            running_system(temporal.client, task_queue, database, sms) as system,
            http_app(database, system.runs, listener=listener) as url,
        ):
            await system.publish(CAMPAIGN)
            yield Whole(system, url, sandbox)


async def test_duplicates_of_a_failure_change_the_state_once(whole: Whole) -> None:
    """Fifty more copies of the sandbox's own webhook: one row, one staging row, one signal, one back-off."""
    await whole.arrange("undeliverable")
    enrollment = await whole.system.enroll("spring", PHONE)
    before = await until(whole.system.run_of(enrollment), status="scheduled", attempt=2)
    await whole.settled()
    failure = await whole.delivered("MessageStatus=undelivered")

    statuses = await whole.repeat(failure)
    after = await whole.system.run_of(enrollment).query(names.STATE)

    assert statuses == {200: COPIES}
    assert after == before
    assert await _kinds(whole, enrollment) == {"sent": 1, "failed": 1, "backed_off": 1}
    assert await whole.system.staged() == 2
    assert await whole.system.signals(enrollment) == ["provider_event"]
    await whole.system.run_of(enrollment).signal(names.CANCEL)
    assert await whole.system.run_of(enrollment).result() == "cancelled"


async def test_copies_that_come_all_at_once_are_one_event(whole: Whole) -> None:
    """Fifty copies of a reply race each other to a run that waits: it is completed once."""
    await whole.arrange("ignores")
    enrollment = await whole.system.enroll("spring", PHONE)
    await until(whole.system.run_of(enrollment), status="waiting")
    ledger = await whole.settled()

    statuses = await whole.repeat(twilio_text(whole.url, PHONE, "Yes, that suits me."))
    outcome = await whole.system.run_of(enrollment).result()

    assert statuses == {200: COPIES}
    assert outcome == "completed"
    assert await _kinds(whole, enrollment) == {"sent": 1, "delivered": 1, "replied": 1, "finished": 1}
    assert await whole.system.staged(tables.webhooks.c.target == "/webhooks/twilio") == 1
    assert await whole.system.signals(enrollment) == ["provider_event"]
    assert [taken["attempt"] for taken in ledger["accepted"]] == [str(AttemptKey(enrollment, "text", 1))]


async def test_a_provider_that_repeats_and_reorders_changes_nothing(whole: Whole) -> None:
    """The sandbox's own duplicates, out of order, give the rows and the outcome of a tidy provider."""
    await whole.arrange("replies", fault="scrambles")
    enrollment = await whole.system.enroll("spring", PHONE)
    outcome = await whole.system.run_of(enrollment).result()
    ledger = await whole.settled()

    assert outcome == "completed"
    assert sum(ledger["callbacks"]["events"].values()) >= 6
    assert ledger["callbacks"]["given_up"] == 0
    assert await _kinds(whole, enrollment) == {"sent": 1, "delivered": 1, "replied": 1, "finished": 1}
    assert await whole.system.staged() == 3


async def _kinds(whole: Whole, enrollment: str) -> Counter[str]:
    return Counter(row.kind for row in await whole.system.timeline(enrollment))
