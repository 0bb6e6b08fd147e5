"""One test message: who carries it, who must not get one, and what is told."""

import pytest

from application.errors import OutcomeUnknown, TransientFault
from application.ports.messaging import Content, OutboundMessage, Refused
from application.ports.suppressions import EVERYBODY
from application.send_test import NoSuchProvider, SendOutcome, SendTest, SentTest
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.clock import NOW, Counter
from tests.fakes.providers import Answer, FakeProvider
from tests.unit.application.world import PHONE, TENANT, World

CONTENT = Content("A test.")


@pytest.fixture
def second() -> FakeProvider:
    return FakeProvider(name="second")


@pytest.fixture
def send(world: World, second: FakeProvider) -> SendTest:
    return SendTest(world.database, {Channel.SMS: [world.sms, second]}, world.clock, Counter("drawn"))


async def test_the_first_provider_gets_it_under_a_key_that_is_drawn(world: World, send: SendTest) -> None:
    """Two tests are two messages."""
    first, again = [await send(TENANT, Channel.SMS, PHONE, CONTENT) for _ in range(2)]

    assert first == SentTest("fake-sms", SendOutcome.TAKEN, "test:drawn-1:1", "ref-test:drawn-1:1")
    assert again.key == "test:drawn-2:1"
    assert world.sms.sent[0] == OutboundMessage(AttemptKey("test", "drawn-1", 1), PHONE, CONTENT, since=NOW)


async def test_a_provider_can_be_named(world: World, send: SendTest, second: FakeProvider) -> None:
    """Nobody else is tried, whatever comes of it."""
    second.answers = [TransientFault("second: HTTP 503")]
    sent = await send(TENANT, Channel.SMS, PHONE, CONTENT, "second")

    assert (sent.provider, sent.outcome) == ("second", SendOutcome.NOT_TAKEN)
    assert (len(second.sent), len(world.sms.sent)) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Refused("21211 not a valid number"), SendOutcome.REFUSED, "21211 not a valid number"),
        (TransientFault("fake: HTTP 401"), SendOutcome.NOT_TAKEN, "fake: HTTP 401"),
        (OutcomeUnknown("fake: ReadTimeout"), SendOutcome.UNKNOWN, "fake: ReadTimeout"),
    ],
)
async def test_what_was_not_taken_is_told_with_its_reason(
    world: World, send: SendTest, answer: Answer, outcome: SendOutcome, reason: str
) -> None:
    """It is not tried again."""
    world.sms.answers = [answer]
    sent = await send(TENANT, Channel.SMS, PHONE, CONTENT)

    assert (sent.outcome, sent.ref, sent.reason) == (outcome, None, reason)
    assert len(world.sms.sent) == 1


@pytest.mark.parametrize("tenant", [TENANT, EVERYBODY])
async def test_a_suppressed_address_gets_nothing(world: World, send: SendTest, tenant: str) -> None:
    """Whether the tenant or everybody has suppressed it; the reason does not show it."""
    async with world.database.transaction() as tx:
        await tx.suppressions.add(tenant, Channel.SMS, PHONE, "opted_out", NOW)
    sent = await send(TENANT, Channel.SMS, PHONE, CONTENT)

    assert sent.outcome is SendOutcome.SUPPRESSED
    assert PHONE not in sent.reason
    assert world.sms.sent == []


async def test_what_another_tenant_has_suppressed_does_not_count(world: World, send: SendTest) -> None:
    """Each tenant knows its own people."""
    async with world.database.transaction() as tx:
        await tx.suppressions.add("somebody-else", Channel.SMS, PHONE, "opted_out", NOW)
    sent = await send(TENANT, Channel.SMS, PHONE, CONTENT)

    assert sent.outcome is SendOutcome.TAKEN
    assert len(world.sms.sent) == 1


def test_who_would_carry_it_can_be_asked_first(send: SendTest) -> None:
    """The first of the channel, or the one that is named."""
    assert send.carrier(Channel.SMS) == "fake-sms"
    assert send.carrier(Channel.SMS, "second") == "second"


@pytest.mark.parametrize(
    ("channel", "name", "says"),
    [
        (Channel.SMS, "third", "third does not carry sms here; these do: fake-sms, second"),
        (Channel.VOICE, None, "Nobody carries voice here"),
    ],
)
async def test_a_channel_without_the_provider_is_a_sentence(
    send: SendTest, channel: Channel, name: str | None, says: str
) -> None:
    """With those that there are, and the setting."""
    with pytest.raises(NoSuchProvider, match=says) as raised:
        await send(TENANT, channel, PHONE, CONTENT, name)

    assert f"DRUMBEAT_PROVIDERS_{channel.value.upper()}" in str(raised.value)
