"""The circuits table: one circuit for each provider on each channel, changed by compare-and-set."""

import asyncio
from datetime import timedelta

import pytest

from application.failover import Chosen, Failover
from application.ports.database import Database
from application.ports.telemetry import NoTelemetry
from domain.circuit import FAULTS, Circuit, CircuitState
from domain.statuses import Channel
from tests.fakes.clock import NOW
from tests.fakes.providers import FakeProvider

FAULT = Circuit(faults=1, last_fault_at=NOW)
OPEN = Circuit(faults=5, last_fault_at=NOW, open_until=NOW + timedelta(seconds=30, microseconds=1), opened=1)


async def note(database: Database, known: Circuit, now: Circuit, provider: str = "twilio") -> bool:
    async with database.transaction() as tx:
        return await tx.circuits.note(Channel.SMS, provider, known, now)


async def of(database: Database, *providers: str, channel: Channel = Channel.SMS) -> dict[str, Circuit]:
    async with database.transaction() as tx:
        return dict(await tx.circuits.of(channel, providers))


async def test_a_circuit_that_was_never_noted_is_closed(database: Database) -> None:
    """Nobody has to be entered before use."""
    assert await of(database, "twilio", "vonage") == {"twilio": Circuit(), "vonage": Circuit()}
    assert await of(database) == {}


async def test_what_is_noted_is_given_back_as_it_was(database: Database) -> None:
    """Every part comes back, for its provider and channel alone."""
    await note(database, Circuit(), OPEN)

    assert await of(database, "vonage", "twilio") == {"vonage": Circuit(), "twilio": OPEN}
    assert await of(database, "twilio", channel=Channel.VOICE) == {"twilio": Circuit()}


@pytest.mark.parametrize("known", [Circuit(), FAULT, OPEN])
async def test_a_circuit_is_replaced_by_who_knows_it(database: Database, known: Circuit) -> None:
    """It may be opened, changed and closed again; closed and clean, it is known like one never noted."""
    await note(database, Circuit(), known)
    replaced = await note(database, known, OPEN)
    closed = await note(database, OPEN, Circuit())
    again = await note(database, Circuit(), FAULT)

    assert (replaced, closed, again) == (True, True, True)
    assert await of(database, "twilio") == {"twilio": FAULT}


@pytest.mark.parametrize(
    "known", [Circuit(), Circuit(faults=1), Circuit(1, NOW, NOW), Circuit(1, NOW, None, 1)]
)
async def test_who_does_not_know_the_circuit_changes_nothing(database: Database, known: Circuit) -> None:
    """Every part counts, also the ones that are empty."""
    await note(database, Circuit(), FAULT)

    assert not await note(database, known, OPEN)
    assert await of(database, "twilio") == {"twilio": FAULT}


async def test_nobody_can_know_a_circuit_that_was_never_noted(database: Database) -> None:
    """What somebody thinks to have read elsewhere is not entered."""
    assert not await note(database, FAULT, OPEN)
    assert await of(database, "twilio") == {"twilio": Circuit()}


@pytest.mark.parametrize("known", [Circuit(), FAULT, OPEN])
async def test_one_of_many_wins(database: Database, known: Circuit) -> None:
    """Of ten who know the same and note something else at once, one succeeds: so a probe is taken."""
    if known != Circuit():
        await note(database, Circuit(), known)
    offers = [Circuit(faults=10 + n, last_fault_at=NOW) for n in range(10)]
    won = await asyncio.gather(*(note(database, known, offer) for offer in offers))

    assert sum(won) == 1
    assert await of(database, "twilio") == {"twilio": offers[won.index(True)]}


async def test_all_circuits_are_listed(database: Database) -> None:
    """People who watch see every circuit that was ever noted, closed ones too."""
    await note(database, Circuit(), OPEN)
    await note(database, Circuit(), FAULT, "vonage")
    await note(database, FAULT, Circuit(), "vonage")

    async with database.transaction() as tx:
        found = await tx.circuits.all()

    assert found == {(Channel.SMS, "twilio"): OPEN, (Channel.SMS, "vonage"): Circuit()}


async def test_one_of_many_workers_probes(database: Database) -> None:
    """Of ten who choose at once when the pause is over, one tries the provider; nobody fails or waits."""
    await note(database, Circuit(), OPEN)
    failover = Failover(
        Channel.SMS, [FakeProvider(name="twilio"), FakeProvider(name="vonage")], NoTelemetry()
    )

    async def choose() -> Chosen | None:
        async with database.transaction() as tx:
            return await failover.choose(tx, NOW + timedelta(minutes=1))

    chosen = await asyncio.gather(*(choose() for _ in range(10)))

    names = sorted((each.provider.name, each.probe) for each in chosen if each is not None)
    assert names == [("twilio", True), *[("vonage", False)] * 9]


async def test_many_workers_learn_at_once(database: Database) -> None:
    """Every fault counts, also where many are noted in one moment: the circuit is open after that."""
    provider = FakeProvider(name="twilio")
    failover = Failover(Channel.SMS, [provider], NoTelemetry())

    async def learn() -> None:
        async with database.transaction() as tx:
            await failover.note_fault(tx, Chosen(provider), NOW)

    await asyncio.gather(*(learn() for _ in range(10)))

    noted = (await of(database, "twilio"))["twilio"]
    assert noted.faults == FAULTS
    assert noted.state(NOW) is CircuitState.OPEN
    assert noted.last_fault_at == NOW
