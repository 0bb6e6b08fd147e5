"""Sending over several providers: who is passed over, who probes, and what is never given to another one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from attrs import evolve

from application.errors import DatabaseUnavailable, OutcomeUnknown, TransientFault
from application.ports.attempts import Attempt
from application.ports.messaging import Accepted, Refused
from application.send_message import AT_THE_NEXT, SendResult, SendStatus
from domain.attempts import AttemptState
from domain.circuit import FAULTS, FIRST_PAUSE, LEASE, Circuit
from domain.enrollment.state import Outcome
from domain.idempotency import AttemptKey
from domain.statuses import Channel
from tests.fakes.database import FakeCircuits, FakeDatabase, FakeTransaction
from tests.fakes.providers import FakeProvider
from tests.unit.application.world import World

DOWN = TransientFault("HTTP 503", timedelta(seconds=30))
DOWN_FOR_LONG = TransientFault("HTTP 503", timedelta(minutes=9))


@pytest.fixture
def spare(world: World) -> FakeProvider:
    """A second provider for SMS."""
    spare = FakeProvider(name="spare-sms")
    world.more_sms.append(spare)
    return spare


async def people(world: World, count: int) -> list[AttemptKey]:
    """The first attempts of so many enrollments."""
    return [AttemptKey(await world.enroll(f"p{n}"), "text", 1) for n in range(count)]


async def fail(world: World, *keys: AttemptKey) -> None:
    """Send these attempts while the preferred provider is down."""
    for key in keys:
        world.sms.answers = [DOWN]
        with pytest.raises(TransientFault):
            await world.send(key, Channel.SMS)


def circuit_of(world: World, provider: str = "fake-sms") -> Circuit:
    return world.database.state.circuits.get((Channel.SMS, provider), Circuit())


async def open_circuit(world: World, provider: str = "fake-sms") -> None:
    """Open a provider's circuit, as other workers' faults do."""
    circuit = Circuit()
    for _ in range(FAULTS):
        circuit = circuit.failed(world.clock())
    world.database.state.circuits[Channel.SMS, provider] = circuit


async def test_the_preferred_provider_gets_the_attempts_while_it_is_well(
    world: World, spare: FakeProvider
) -> None:
    """The order of the settings counts, and a provider that is well is never written about."""
    for key in await people(world, 3):
        await world.send(key, Channel.SMS)

    assert (len(world.sms.sent), spare.sent) == (3, [])
    assert world.database.state.circuits == {}


async def test_a_provider_that_is_down_is_passed_over(world: World, spare: FakeProvider) -> None:
    """After some faults in a row new attempts go to the next provider."""
    *first, after = await people(world, FAULTS + 1)
    await fail(world, *first)

    result = await world.send(after, Channel.SMS)

    assert result.status is SendStatus.ACCEPTED
    assert [message.key for message in spare.sent] == [after]
    assert (await world.stored(after)).provider == "spare-sms"
    assert world.telemetry.circuits == [("sms", "fake-sms", True)]
    assert world.telemetry.sends[-1] == ("sms", "spare-sms", "accepted")


async def test_a_provider_that_asks_for_a_long_pause_is_passed_over_at_once(
    world: World, spare: FakeProvider
) -> None:
    """Its attempts come so seldom then that a row of faults would never come about."""
    first, after = await people(world, 2)
    world.sms.answers = [DOWN_FOR_LONG]
    with pytest.raises(TransientFault) as fault:
        await world.send(first, Channel.SMS)

    results = [await world.send(key, Channel.SMS) for key in (first, after)]

    assert fault.value.retry_after == AT_THE_NEXT
    assert [result.status for result in results] == [SendStatus.ACCEPTED] * 2
    assert [message.key for message in spare.sent] == [first, after]


async def test_a_provider_that_does_not_answer_is_passed_over(world: World, spare: FakeProvider) -> None:
    """Time-outs count like refused connections, though their own attempts stay where they are."""
    *first, after = await people(world, FAULTS + 1)
    world.sms.answers = [OutcomeUnknown("time-out")] * FAULTS
    results = [await world.send(key, Channel.SMS) for key in (*first, after)]

    assert [result.status for result in results] == [SendStatus.UNKNOWN] * FAULTS + [SendStatus.ACCEPTED]
    assert [message.key for message in spare.sent] == [after]


@pytest.mark.parametrize("answer", [Accepted("SM1"), Refused("21211 not a number")])
async def test_an_answer_ends_a_row_of_faults(
    world: World, spare: FakeProvider, answer: Accepted | Refused
) -> None:
    """A provider that takes or refuses messages works, even if others fail in between."""
    keys = await people(world, 2 * FAULTS)
    for number, key in enumerate(keys):
        world.sms.answers = [answer if number == FAULTS - 1 else DOWN]
        if number == FAULTS - 1:
            await world.send(key, Channel.SMS)
        else:
            await fail(world, key)

    assert spare.sent == []
    assert circuit_of(world).faults == FAULTS


async def test_a_released_attempt_goes_to_the_other_provider_under_its_own_key(
    world: World, spare: FakeProvider
) -> None:
    """The first one did not take it, so it is one attempt still, with one row and one key."""
    [key] = await people(world, 1)
    await fail(world, *[key] * FAULTS)
    released = await world.stored(key)

    result = await world.send(key, Channel.SMS)

    stored = await world.stored(key)
    assert (released.state, released.provider) == (AttemptState.RELEASED, "fake-sms")
    assert result == SendResult(SendStatus.ACCEPTED, f"ref-{key}")
    assert (stored.state, stored.provider) == (AttemptState.ACCEPTED, "spare-sms")
    assert {message.key for message in (*world.sms.sent, *spare.sent)} == {key}
    assert len(world.database.state.attempts) == 1


async def test_the_wait_that_one_provider_asks_for_does_not_keep_from_the_next(
    world: World, spare: FakeProvider
) -> None:
    """Retry-After holds for whoever said it, as long as attempts still go there."""
    waits = []
    for key in await people(world, FAULTS):
        world.sms.answers = [DOWN]
        with pytest.raises(TransientFault) as fault:
            await world.send(key, Channel.SMS)
        waits.append(fault.value.retry_after)

    assert waits == [DOWN.retry_after] * (FAULTS - 1) + [AT_THE_NEXT]


@pytest.mark.parametrize(
    ("ability", "result"),
    [
        ({}, SendResult(SendStatus.UNKNOWN)),
        ({"can_look_up": True}, SendResult(SendStatus.ACCEPTED, "SM7")),
        ({"honours_key": True}, SendResult(SendStatus.ACCEPTED, "SM7")),
    ],
    ids=["given up", "looked up", "sent again"],
)
async def test_an_attempt_in_doubt_stays_with_its_provider(
    world: World, spare: FakeProvider, ability: dict[str, bool], result: SendResult
) -> None:
    """It may have been sent, so nobody else gets it, even where its provider's circuit is open."""
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    await open_circuit(world)
    for name in ability:
        setattr(world.sms, name, True)
    world.sms.answers, world.sms.found = [Accepted("SM7")], [Accepted("SM7")]
    spare.honours_key = spare.can_look_up = True

    assert await world.send(key, Channel.SMS) == result
    assert (spare.sent, spare.looked_up) == ([], [])
    assert (await world.stored(key)).provider == "fake-sms"


async def test_an_attempt_in_doubt_does_not_go_back_to_the_preferred_provider(
    world: World, spare: FakeProvider
) -> None:
    """The other way round: what the spare one may have is not sent by the preferred one."""
    [key] = await people(world, 1)
    await open_circuit(world)

    async def lose_the_database() -> None:
        world.database.down = True

    spare.meanwhile = lose_the_database
    with pytest.raises(DatabaseUnavailable):
        await evolve(world.send, record_pauses=[])(key, Channel.SMS)
    world.database.down = False
    world.database.state.circuits.clear()
    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.UNKNOWN)
    assert (world.sms.sent, len(spare.sent)) == ([], 1)


async def test_an_attempt_in_doubt_of_a_provider_that_is_configured_no_more_is_given_up(
    world: World, spare: FakeProvider
) -> None:
    """Nobody can be asked, and nobody else may send it."""
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    spare.honours_key = spare.can_look_up = True
    without = evolve(world.send, providers={Channel.SMS: [spare]})

    assert await without(key, Channel.SMS) == SendResult(SendStatus.UNKNOWN)
    assert (await world.stored(key)).state is AttemptState.UNKNOWN
    assert (spare.sent, spare.looked_up) == ([], [])
    assert world.telemetry.sends == [("sms", "fake-sms", "unknown")]


async def test_an_attempt_in_doubt_is_not_rejected_where_its_channel_has_lost_all_providers(
    world: World,
) -> None:
    """It may have been sent: to call it rejected would be a lie."""
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)

    result = await evolve(world.send, providers={})(key, Channel.SMS)

    assert result == SendResult(SendStatus.UNKNOWN)


async def test_a_resend_that_is_not_taken_leaves_the_attempt_in_doubt(
    world: World, spare: FakeProvider
) -> None:
    """A 503 to the second call says nothing about the first, so the attempt is not released to others."""
    world.sms.honours_key = True
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    world.sms.answers = [DOWN]
    with pytest.raises(OutcomeUnknown):
        await world.send(key, Channel.SMS)
    await open_circuit(world)
    in_doubt = await world.stored(key)

    again = await world.send(key, Channel.SMS)

    assert (in_doubt.state, in_doubt.provider) == (AttemptState.CLAIMED, "fake-sms")
    assert again.status is SendStatus.ACCEPTED
    assert (len(world.sms.sent), spare.sent) == (2, [])


async def test_one_of_many_probes(world: World, spare: FakeProvider) -> None:
    """Of the sends that come at once when the pause is over, one tries the provider and the others pass."""
    await open_circuit(world)
    world.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    keys = await people(world, 5)
    all_under_way = asyncio.Event()
    world.sms.meanwhile = all_under_way.wait
    ends = asyncio.as_completed([world.send(key, Channel.SMS) for key in keys])
    results = [await next(ends) for _ in keys[1:]]
    all_under_way.set()
    results.append(await next(ends))

    assert {result.status for result in results} == {SendStatus.ACCEPTED}
    assert (len(world.sms.sent), len(spare.sent)) == (1, len(keys) - 1)


class LateDatabase(FakeDatabase):
    """A database in which somebody else changes each circuit first."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[FakeTransaction]:
        async with super().transaction() as tx:
            tx.circuits = LateCircuits(tx.circuits.state)
            yield tx


class LateCircuits(FakeCircuits):
    async def note(self, channel: Channel, provider: str, known: Circuit, now: Circuit) -> bool:
        return False


async def test_who_loses_the_probe_goes_to_the_next_provider(world: World, spare: FakeProvider) -> None:
    """Two workers read the same circuit and one of them takes the probe: the other does not wait for it."""
    await open_circuit(world)
    world.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    world.database = LateDatabase(clock=world.clock, state=world.database.state)
    [key] = await people(world, 1)

    result = await world.send(key, Channel.SMS)

    assert result.status is SendStatus.ACCEPTED
    assert (world.sms.sent, len(spare.sent)) == ([], 1)


async def test_a_word_about_a_provider_may_be_lost(world: World) -> None:
    """Where somebody else notes a fault at the same moment, the answer is recorded all the same."""
    world.database = LateDatabase(clock=world.clock, state=world.database.state)
    [key] = await people(world, 1)
    await fail(world, key)

    assert (await world.stored(key)).state is AttemptState.RELEASED
    assert circuit_of(world) == Circuit()
    assert world.telemetry.circuits == []


async def test_a_probe_that_is_served_closes_the_circuit(world: World, spare: FakeProvider) -> None:
    """From then on all attempts go to the preferred provider again."""
    await open_circuit(world)
    before, probe, after = await people(world, 3)
    await world.send(before, Channel.SMS)
    world.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    for key in (probe, after):
        await world.send(key, Channel.SMS)

    assert [message.key for message in spare.sent] == [before]
    assert [message.key for message in world.sms.sent] == [probe, after]
    assert circuit_of(world) == Circuit()
    assert world.telemetry.circuits == [("sms", "fake-sms", True), ("sms", "fake-sms", False)]


async def test_a_probe_that_fails_opens_the_circuit_for_longer(world: World, spare: FakeProvider) -> None:
    """The pause that was long enough at first is not long enough any more."""
    await open_circuit(world)
    probe, *after = await people(world, 3)
    world.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    await fail(world, probe)
    for key in after:
        world.clock.advance(seconds=FIRST_PAUSE.total_seconds() - 1)
        await world.send(key, Channel.SMS)

    assert [message.key for message in spare.sent] == after
    assert circuit_of(world).opened == 2


async def test_a_probe_that_was_lost_is_replaced(world: World, spare: FakeProvider) -> None:
    """Its worker has died: when its lease is over, the next attempt is the probe."""
    await open_circuit(world)
    now = world.clock.advance(seconds=FIRST_PAUSE.total_seconds())
    lost = circuit_of(world).probed(now)
    world.database.state.circuits[Channel.SMS, "fake-sms"] = lost
    passing, probe = await people(world, 2)
    await world.send(passing, Channel.SMS)
    world.clock.advance(seconds=LEASE.total_seconds())
    await world.send(probe, Channel.SMS)

    assert [message.key for message in spare.sent] == [passing]
    assert [message.key for message in world.sms.sent] == [probe]


async def test_the_first_provider_is_called_where_all_circuits_are_open(
    world: World, spare: FakeProvider
) -> None:
    """To pass over everybody would help nobody, and a success of the first closes its circuit."""
    for provider in ("fake-sms", "spare-sms"):
        await open_circuit(world, provider)
    for key in await people(world, 2):
        await world.send(key, Channel.SMS)

    assert (len(world.sms.sent), spare.sent) == (2, [])
    assert (circuit_of(world), circuit_of(world, "spare-sms").opened) == (Circuit(), 1)


async def test_one_provider_alone_is_never_blocked(world: World) -> None:
    """Its circuit opens, for people who watch; its attempts go on, with the wait that it asks for."""
    for key in await people(world, 3 * FAULTS):
        world.sms.answers = [DOWN]
        with pytest.raises(TransientFault) as fault:
            await world.send(key, Channel.SMS)
        assert fault.value.retry_after == DOWN.retry_after

    assert len(world.sms.sent) == 3 * FAULTS
    assert circuit_of(world).opened == 1


async def test_a_refusal_of_our_own_gate_says_nothing_about_a_provider(world: World) -> None:
    """What was not sent teaches nothing."""
    await open_circuit(world)
    before = circuit_of(world)
    [key] = await people(world, 1)
    await world.suppress()
    result = await world.send(key, Channel.SMS)

    assert result.status is SendStatus.REFUSED
    assert circuit_of(world) == before


async def test_channels_have_circuits_of_their_own(world: World) -> None:
    """A provider whose voice service is down may still send texts."""
    world.voice.name = "fake-sms"
    await open_circuit(world)
    key = AttemptKey(await world.enroll(), "broken", 1)

    await world.send(key, Channel.VOICE)

    assert list(world.database.state.circuits) == [(Channel.SMS, "fake-sms")]


class Turns:
    """A pacing whose turns must be waited for; it does as it is told, and keeps who asked.

    Attributes:
        meanwhile: what happens while somebody waits.
        fault: raised instead of giving a turn.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, Channel]] = []
        self.fault: TransientFault | None = None
        self.meanwhile: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)

    async def at_once(self, provider: str, channel: Channel) -> bool:
        return False

    async def turn(self, provider: str, channel: Channel) -> None:
        self.asked.append((provider, channel))
        await self.meanwhile()
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def turns(world: World) -> Turns:
    """Turns that the world's sends must wait for."""
    world.pacing = turns = Turns()
    return turns


async def test_nothing_is_claimed_while_a_send_waits_for_its_turn(world: World, turns: Turns) -> None:
    """A worker that dies in the line leaves no attempt in doubt, and the wait is no part of the send."""
    [key] = await people(world, 1)
    seen = []

    async def look() -> None:
        seen.append(dict(world.database.state.attempts))
        world.clock.advance(seconds=3)

    turns.meanwhile = look
    result = await world.send(key, Channel.SMS)

    assert result.status is SendStatus.ACCEPTED
    assert (turns.asked, seen) == ([("fake-sms", Channel.SMS)], [{}])
    assert world.telemetry.seconds == [0.0]


async def test_a_send_without_a_turn_comes_again_and_blames_nobody(world: World, turns: Turns) -> None:
    """It is a transient fault with a time to come again, and none of the provider's."""
    turns.fault = TransientFault("no turn", timedelta(seconds=5))
    keys = await people(world, FAULTS)
    for key in keys:
        with pytest.raises(TransientFault) as fault:
            await world.send(key, Channel.SMS)
        assert fault.value is turns.fault

    assert (world.database.state.circuits, world.database.state.attempts) == ({}, {})
    assert world.telemetry.sends == [("sms", "fake-sms", "paced")] * FAULTS


async def test_the_turn_is_asked_of_the_provider_that_was_chosen(
    world: World, spare: FakeProvider, turns: Turns
) -> None:
    """Each provider has a rate of its own."""
    await open_circuit(world)
    [key] = await people(world, 1)

    await world.send(key, Channel.SMS)

    assert turns.asked == [("spare-sms", Channel.SMS)]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.OPTED_OUT, SendStatus.OPTED_OUT), (Outcome.COMPLETED, SendStatus.REFUSED)],
)
async def test_the_gate_is_asked_after_the_wait(
    world: World, turns: Turns, outcome: Outcome, status: SendStatus
) -> None:
    """Who opts out while a message waits for its turn does not get it."""
    [key] = await people(world, 1)

    async def end() -> None:
        await world.finish(key.enrollment_id, outcome)

    turns.meanwhile = end
    result = await world.send(key, Channel.SMS)

    assert result.status is status
    assert world.sms.sent == []


async def test_what_is_not_to_be_sent_takes_no_turn(world: World, turns: Turns) -> None:
    """Recorded answers, paused campaigns and attempts that are given up do not hold up the others."""
    recorded, paused = await people(world, 2)
    await world.attempt(recorded.enrollment_id)
    in_doubt = await world.attempt(await world.enroll("doubt"), AttemptState.CLAIMED)
    await world.pause()
    statuses = [(await world.send(key, Channel.SMS)).status for key in (recorded, paused, in_doubt)]

    assert statuses == [SendStatus.ACCEPTED, SendStatus.REFUSED, SendStatus.UNKNOWN]
    assert turns.asked == []


async def test_a_resend_waits_for_its_turn_and_stays_in_doubt_without_one(world: World, turns: Turns) -> None:
    """To get no turn says nothing about the first call."""
    world.sms.honours_key = True
    turns.fault = TransientFault("no turn", timedelta(seconds=5))
    key = await world.attempt(await world.enroll(), AttemptState.CLAIMED)
    with pytest.raises(OutcomeUnknown):
        await world.send(key, Channel.SMS)
    in_doubt, turns.fault = await world.stored(key), None

    result = await world.send(key, Channel.SMS)

    assert in_doubt.state is AttemptState.CLAIMED
    assert result.status is SendStatus.ACCEPTED
    assert turns.asked == [("fake-sms", Channel.SMS)] * 2


async def test_an_attempt_that_another_worker_took_during_the_wait_is_left_to_it(
    world: World, spare: FakeProvider, turns: Turns
) -> None:
    """Its answer is given back, whoever sent it."""
    [key] = await people(world, 1)

    async def somebody_else() -> None:
        async with world.database.transaction() as tx:
            claimed = Attempt(key, Channel.SMS, "spare-sms", AttemptState.CLAIMED, world.clock())
            await tx.attempts.claim(claimed)
            await tx.attempts.record(key, AttemptState.ACCEPTED, world.clock(), provider_ref="SM3")

    turns.meanwhile = somebody_else
    result = await world.send(key, Channel.SMS)

    assert result == SendResult(SendStatus.ACCEPTED, "SM3")
    assert world.sms.sent == []
    assert world.telemetry.sends == [("sms", "spare-sms", "accepted")]


async def test_what_does_not_go_out_is_no_probe(world: World, spare: FakeProvider) -> None:
    """A message that the gate refuses would tell nothing about the provider."""
    await open_circuit(world)
    refused, probe = await people(world, 2)
    async with world.database.transaction() as tx:
        await tx.enrollments.finish(refused.enrollment_id, Outcome.COMPLETED, world.clock())
    world.clock.advance(seconds=FIRST_PAUSE.total_seconds())

    results = [await world.send(key, Channel.SMS) for key in (refused, probe)]

    assert [result.status for result in results] == [SendStatus.REFUSED, SendStatus.ACCEPTED]
    assert [message.key for message in world.sms.sent] == [probe]
    assert circuit_of(world) == Circuit()
