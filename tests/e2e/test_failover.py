"""Two providers of one channel, the first of which goes down. The whole system, with the sandbox."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field, frozen
from temporalio.testing import WorkflowEnvironment

from adapters.providers import registry
from adapters.providers.common.http import Timeouts
from adapters.providers.common.vendor import Wiring
from adapters.providers.sandbox.app import create_app
from adapters.providers.sandbox.settings import SandboxSettings
from adapters.providers.sandbox.vendor import Site
from adapters.temporal.common import names
from application.environment import read_group
from application.ports.attempts import Attempt
from application.ports.messaging import MessageProvider
from domain.attempts import AttemptState
from domain.circuit import CircuitState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import free_port, open_accounts
from tests.fakes.serving import serve
from tests.fakes.system import System, running_system, sqlite
from tests.integration.temporal.world import until

FIRST, SECOND = "twilio", "vonage"
DOUBTFUL = "+12025550100"
OTHERS = [f"+120255501{number:02}" for number in range(1, 11)]
CAMPAIGN: dict[str, Any] = {
    "campaign": "spring",
    "version": 1,
    "steps": [{"key": "text", "channel": "sms", "wait": "1d", "message": {"text": "Hello {{who}}"}}],
}
IMPATIENT = Timeouts(connect=1.0, read=0.5, pool=1.0, total=5.0)


@define
class Line(httpx.AsyncBaseTransport):
    """The way to a provider, which can be cut.

    Args:
        is_cut: nobody can connect.
    """

    is_cut: bool = False
    _inner: httpx.AsyncHTTPTransport = field(factory=httpx.AsyncHTTPTransport, init=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            raise httpx.ConnectError("the line is cut", request=request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@frozen
class Whole:
    """The system and its two providers. Nothing is called back: nobody listens.

    Args:
        system: worker, database and Temporal.
        line: to the first provider.
        sandbox: where both are.
    """

    system: System
    line: Line
    sandbox: str

    async def arrange(self, page: str, told: Mapping[str, str]) -> None:
        """Say what sort of person is behind a phone, or how the providers treat them."""
        answer = await self.system.http.put(f"{self.sandbox}/sandbox/{page}", json=dict(told))
        answer.raise_for_status()

    async def taken(self) -> dict[str, list[str]]:
        """Attempt key to the ids that the providers gave to it."""
        page: dict[str, Any] = (await self.system.http.get(f"{self.sandbox}/sandbox/ledger")).json()
        refs: dict[str, list[str]] = {}
        for send in page["accepted"]:
            refs.setdefault(send["attempt"], []).append(send["provider_ref"])
        return refs

    async def attempt(self, enrollment: str) -> Attempt:
        """The only attempt of an enrollment."""
        async with self.system.database.transaction() as tx:
            [attempt] = await tx.attempts.of_enrollment(enrollment)
        return attempt

    async def health(self) -> CircuitState:
        """What is known of the first provider."""
        async with self.system.database.transaction() as tx:
            circuits = await tx.circuits.all()
        return circuits[Channel.SMS, FIRST].state(datetime.now(UTC))


@pytest.fixture
async def whole(temporal: WorkflowEnvironment, task_queue: str, tmp_path: Path) -> AsyncIterator[Whole]:
    """Worker, SQLite, Temporal and sandbox, on free ports."""
    port, nobody = free_port(), f"http://127.0.0.1:{free_port()}"
    environ = open_accounts([FIRST, SECOND], Site(f"http://127.0.0.1:{port}", nobody, free_port))
    settings = SandboxSettings(vendors=(FIRST, SECOND), callback_base_url=nobody)
    line = Line()
    async with (
        sqlite(tmp_path) as database,
        serve(create_app(settings, environ), port) as sandbox,
        httpx.AsyncClient(transport=line) as to_first,
        httpx.AsyncClient(trust_env=False) as to_second,
        running_system(
            temporal.client,
            task_queue,
            database,
            _provider(FIRST, environ, Wiring(to_first, nobody, IMPATIENT)),
            _provider(SECOND, environ, Wiring(to_second, nobody, Timeouts())),
        ) as system,
    ):
        await system.publish(CAMPAIGN)
        yield Whole(system, line, sandbox)


def _provider(name: str, environ: Mapping[str, str], wiring: Wiring) -> MessageProvider:
    vendor = registry.vendors()[name]
    return vendor.message_provider(Channel.SMS, read_group(vendor.settings, name, environ), wiring)


async def test_what_the_first_provider_cannot_take_goes_out_once_through_the_second(whole: Whole) -> None:
    """Every message goes out, none twice, and one that the first may have had is never the second's."""
    system = whole.system
    await whole.arrange("people", dict.fromkeys([DOUBTFUL, *OTHERS], "ignores"))
    await whole.arrange("faults", {DOUBTFUL: "hangs"})
    doubtful = await system.enroll("spring", DOUBTFUL)
    while not await whole.taken():  # noqa: ASYNC110 - only HTTP tells
        await asyncio.sleep(0.02)
    whole.line.is_cut = True
    others = [await system.enroll("spring", phone) for phone in OTHERS]
    for enrollment in others:
        await until(system.run_of(enrollment), status="waiting", in_doubt=False)
    meanwhile = await whole.attempt(doubtful)
    health = await whole.health()
    whole.line.is_cut = False
    await until(system.run_of(doubtful), status="waiting", in_doubt=False)

    assert (meanwhile.provider, meanwhile.state) == (FIRST, AttemptState.CLAIMED)
    assert health is CircuitState.OPEN
    attempts = [await whole.attempt(enrollment) for enrollment in (doubtful, *others)]
    assert {attempt.state for attempt in attempts} == {AttemptState.ACCEPTED}
    assert Counter(attempt.provider for attempt in attempts) == {FIRST: 1, SECOND: len(OTHERS)}
    assert await whole.taken() == {
        str(AttemptKey(attempt.key.enrollment_id, "text", 1)): [attempt.provider_ref] for attempt in attempts
    }
    for enrollment in (doubtful, *others):
        await system.run_of(enrollment).signal(names.CANCEL)
        await system.run_of(enrollment).result()
