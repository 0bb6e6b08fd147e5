"""The table of the idempotency keys, and requests that come many times at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.errors import KeyInUse
from application.idempotent_requests import IdempotentRequests
from application.ports.database import Database
from application.ports.idempotency_keys import Answer, KeyedRequest
from tests.fakes.clock import NOW, Counter, FakeClock

LATER = NOW + timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=1)
ANSWER = Answer(
    201, {"content-type": "application/json", "location": "/v1/things/1"}, b'{"phone":"+1555\xc3\xa9"}'
)


def request(holder: str = "one", **details: Any) -> KeyedRequest:
    return KeyedRequest(**({"fingerprint": "abc", "holder": holder, "claimed_at": NOW} | details))


async def claimed(database: Database, made: KeyedRequest, tenant: str = "acme", key: str = "k") -> bool:
    async with database.transaction() as tx:
        return await tx.idempotency_keys.claim(tenant, key, made, LONG_AGO)


async def answered(database: Database, key: str, answer: Answer = ANSWER, tenant: str = "acme") -> None:
    await claimed(database, request(), tenant, key)
    async with database.transaction() as tx:
        await tx.idempotency_keys.answer(tenant, key, "one", answer, LATER)


async def stored(database: Database, key: str = "k", tenant: str = "acme") -> KeyedRequest | None:
    async with database.transaction() as tx:
        return await tx.idempotency_keys.get(tenant, key)


async def test_one_of_many_claims_a_key(database: Database) -> None:
    """The others find the one that did; each tenant has its own keys."""
    holders = [str(number) for number in range(10)]

    won = await asyncio.gather(*(claimed(database, request(holder)) for holder in holders))
    found = await stored(database)
    theirs = await claimed(database, request("they"), tenant="others")

    assert won.count(True) == 1
    assert found == request(holders[won.index(True)])
    assert theirs
    assert await stored(database, "another") is None


async def test_an_answer_is_read_back_as_it_was_kept(database: Database) -> None:
    """Byte for byte; only its holder may tell it, and only once."""
    await claimed(database, request())

    async with database.transaction() as tx:
        strangers = await tx.idempotency_keys.answer("acme", "k", "another", ANSWER, LATER)
        first = await tx.idempotency_keys.answer("acme", "k", "one", ANSWER, LATER)
        second = await tx.idempotency_keys.answer("acme", "k", "one", Answer(500, {}, b""), LATER)

    assert (strangers, first, second) == (False, True, False)
    assert await stored(database) == request(answered_at=LATER, answer=ANSWER)


async def test_a_released_key_is_free_again(database: Database) -> None:
    """Its holder may release it as long as there is no answer, and nobody else."""
    await claimed(database, request())
    await answered(database, "done")

    async with database.transaction() as tx:
        await tx.idempotency_keys.release("acme", "k", "another")
        kept = await tx.idempotency_keys.get("acme", "k")
        await tx.idempotency_keys.release("acme", "k", "one")
        await tx.idempotency_keys.release("acme", "done", "one")

    assert kept == request()
    assert await claimed(database, request("two"))
    assert await stored(database, "done") is not None


async def test_one_of_many_takes_over_from_who_has_gone(database: Database) -> None:
    """Only as long as the row is as it was read: who has told a sign of life since keeps it."""
    await claimed(database, request())

    async def take_over(holder: str) -> bool:
        mine = request(holder, claimed_at=LATER)
        async with database.transaction() as tx:
            return await tx.idempotency_keys.take_over("acme", "k", request(), mine)

    won = await asyncio.gather(*(take_over(str(number)) for number in range(5)))
    found = await stored(database)

    assert won.count(True) == 1
    assert found == request(str(won.index(True)), claimed_at=LATER)
    assert not await take_over("late")


async def test_a_holder_tells_that_it_is_alive(database: Database) -> None:
    """It learns where it is not the holder any more, or has answered."""
    await claimed(database, request())

    async with database.transaction() as tx:
        renewed = await tx.idempotency_keys.renew("acme", "k", "one", LATER)
        strangers = await tx.idempotency_keys.renew("acme", "k", "another", LATER)
        found = await tx.idempotency_keys.get("acme", "k")
        await tx.idempotency_keys.answer("acme", "k", "one", ANSWER, LATER)
        after = await tx.idempotency_keys.renew("acme", "k", "one", LATER)

    assert (renewed, strangers, after) == (True, False, False)
    assert found == request(claimed_at=LATER)


async def test_what_is_old_is_forgotten(database: Database) -> None:
    """All at once, or one by one where a key is used again."""
    await answered(database, "old")
    await answered(database, "older")
    await claimed(database, request(claimed_at=LATER), key="new")

    async with database.transaction() as tx:
        again = await tx.idempotency_keys.claim("acme", "old", request("two", claimed_at=LATER), LATER)
        await tx.idempotency_keys.forget(LATER)

    assert again
    assert await stored(database, "old") == request("two", claimed_at=LATER)
    assert await stored(database, "older") is None
    assert await stored(database, "new") is not None


async def test_answers_about_a_person_are_erased(database: Database) -> None:
    """Those that hold one of the byte strings; what is under way, others', and of other tenants stays."""
    for key, body in (("a", b'{"phone":"+1555"}'), ("b", b'{"name":"J\xc3\xa9"}'), ("c", b"{}")):
        await answered(database, key, evolve(ANSWER, body=body))
    await answered(database, "a", tenant="others")
    await claimed(database, request(), key="under way")

    async with database.transaction() as tx:
        nothing = [await tx.idempotency_keys.redact("acme", needles) for needles in ([], [b""], [b"%", b"_"])]
        erased = await tx.idempotency_keys.redact("acme", [b"+1555", "Jé".encode(), b""])
        again = await tx.idempotency_keys.redact("acme", [b"+1555"])

    assert (nothing, erased, again) == ([0, 0, 0], 2, 0)
    assert await stored(database, "a") == request(answered_at=LATER)
    assert await stored(database, "b") == request(answered_at=LATER)
    for key, tenant in (("c", "acme"), ("a", "others")):
        found = await stored(database, key, tenant)
        assert found is not None
        assert found.answer is not None
    assert await stored(database, "under way") == request()


@pytest.mark.parametrize("status", [201, 422])
async def test_a_request_that_is_repeated_at_once_is_carried_out_once(
    database: Database, clock: FakeClock, status: int
) -> None:
    """Of twenty, one does the work; the others get its answer, or are told to come again while it goes on."""
    once = IdempotentRequests(database, clock, Counter())
    done: list[int] = []

    async def work() -> Answer:
        done.append(status)
        async with database.transaction() as tx:  # as a handler does, so that the others run meanwhile
            await tx.api_keys.get("nobody")
        return evolve(ANSWER, status=status)

    async def repeat() -> tuple[Answer, bool] | KeyInUse:
        try:
            return await once("acme", "k", "same", work)
        except KeyInUse as busy:
            return busy

    at_once = await asyncio.gather(*(repeat() for _ in range(20)))
    later = await repeat()

    answers = [each for each in at_once if not isinstance(each, KeyInUse)]
    assert done == [status]
    assert [replayed for _, replayed in answers].count(False) == 1
    assert {answer.status for answer, _ in answers} == {status}
    assert later == (evolve(ANSWER, status=status), True)
