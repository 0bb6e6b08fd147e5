"""E-mails in doubt at the vendors that can be asked: one contract for all of them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from attrs import evolve, frozen

from application.errors import OutcomeUnknown, TransientFault
from application.ports.attempts import Attempt
from application.ports.messaging import Accepted, MessageProvider, OutboundMessage
from application.send_message import SendStatus
from domain.attempts import AttemptState
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.fakes.serving import cut_before_answer
from tests.integration.providers.mails import CONTENT, TO, mail, taken
from tests.unit.application.world import World

CREDENTIALS: Mapping[str, str] = {"mailgun": "api_key", "postmark": "server_token"}


@frozen
class Mailer:
    """One vendor and its sandbox."""

    name: str
    sandbox: RunningSandbox

    def provider(self, **changes: Any) -> MessageProvider:
        """Our adapter; changes are to its settings."""
        return self.sandbox.provider(self.name, Channel.EMAIL, **changes)

    async def taken(self, key: str) -> list[dict[str, Any]]:
        """What the vendor has of an attempt."""
        return taken(await self.sandbox.ledger(), key)


@pytest.fixture(scope="module", params=sorted(CREDENTIALS))
async def mailer(request: pytest.FixtureRequest) -> AsyncIterator[Mailer]:
    async with running_sandbox(vendors=[request.param], hold_seconds=20.0) as sandbox:
        yield Mailer(request.param, sandbox)


async def test_a_look_up_finds_what_was_taken_and_nothing_else(mailer: Mailer) -> None:
    """After a cut line the message is found by its attempt; one that never arrived is not."""
    async with cut_before_answer(mailer.sandbox.url) as cut:
        with pytest.raises(OutcomeUnknown):
            await mailer.provider(base_url=cut).send(mail("doubted"))
    [row] = await mailer.taken("doubted")

    assert await mailer.provider().find(mail("doubted")) == Accepted(row["provider_ref"])
    assert await mailer.provider().find(mail("never")) is None
    with pytest.raises(TransientFault):
        await mailer.provider(**{CREDENTIALS[mailer.name]: "wrong"}).find(mail("doubted"))


async def test_a_repeated_activity_does_not_send_twice(mailer: Mailer) -> None:
    """The line is cut after the vendor took it: a look-up finds it, and the vendor has it once."""
    world = World()
    await world.publish()
    key = AttemptKey(await world.enroll(email=TO), "mail", 1)
    async with cut_before_answer(mailer.sandbox.url) as cut:
        send = evolve(world.send, providers={Channel.EMAIL: [mailer.provider(base_url=cut)]})
        with pytest.raises(OutcomeUnknown):
            await send(key, Channel.EMAIL)
    again = evolve(send, providers={Channel.EMAIL: [mailer.provider()]})
    results = [await again(key, Channel.EMAIL) for _ in range(2)]

    assert [result.status for result in results] == [SendStatus.ACCEPTED] * 2
    assert len(await mailer.taken(key.enrollment_id)) == 1


async def test_an_attempt_in_doubt_is_found_and_not_sent_again(mailer: Mailer) -> None:
    """A worker died between its call and its record: the next one looks the message up."""
    world = World()
    await world.publish()
    key = AttemptKey(await world.enroll("bo", email=TO), "mail", 1)
    async with world.database.transaction() as tx:
        await tx.attempts.claim(Attempt(key, Channel.EMAIL, mailer.name, AttemptState.CLAIMED, world.clock()))
    await mailer.provider().send(OutboundMessage(key, TO, CONTENT))
    result = await evolve(world.send, providers={Channel.EMAIL: [mailer.provider()]})(key, Channel.EMAIL)
    [row] = await mailer.taken(key.enrollment_id)

    assert (result.status, result.provider_ref) == (SendStatus.ACCEPTED, row["provider_ref"])
