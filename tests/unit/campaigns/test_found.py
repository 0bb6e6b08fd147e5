"""What random campaigns have found, each as the smallest case."""

from application.ports.messaging import Refused
from application.send_message import SendStatus
from domain.attempts import AttemptState
from domain.statuses import Channel
from tests.unit.application.world import World


async def test_an_opt_out_that_is_told_at_a_repeated_call_counts() -> None:
    """Whether the first call was taken stays unknown; the address is left alone, and the run hears of it."""
    world = World()
    await world.publish()
    enrollment = await world.enroll()
    key = await world.attempt(enrollment, AttemptState.CLAIMED)
    world.sms.honours_key = True
    world.sms.answers = [Refused("21610", suppresses=True)]

    result = await world.send(key, Channel.SMS)
    world.clock.advance(minutes=1)
    await world.relay()

    assert result.status is SendStatus.UNKNOWN
    assert await world.is_suppressed()
    assert world.runs.opted_out == [enrollment]


async def test_a_repeated_call_counts_from_when_it_is_made() -> None:
    """Where the first call never arrived, the message goes out hours later, and caps count from then."""
    world = World()
    await world.publish()
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.sms.honours_key = True
    later = world.clock.advance(hours=5)

    await world.send(key, Channel.SMS)

    assert (await world.stored(key)).claimed_at == later
